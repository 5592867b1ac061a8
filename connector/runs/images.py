"""The work of drawing: requests are sent, and each picture is kept the moment it comes."""

import asyncio
import contextlib
import dataclasses
import logging
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from django.db import DatabaseError

from connector.activities import connections
from connector.catalogue import Fitted
from connector.client import errors, media, wire
from connector.client.limits import Limits
from connector.client.transport import Client
from connector.models import GeneratedImage, Run, drawing
from connector.models.drawing import Prepared
from connector.models.pictures import FORMATS
from connector.models.recording import Recorder
from connector.models.text import storable
from connector.operations.images.answer import Event, Image, Response
from connector.runs import kinds, threads, unstored
from connector.runs.live import LiveRun
from connector.runs.patience import Patience

AT_ONCE = 4  # requests of one run side by side, where its model draws few pictures at a time
STORING = 120.0  # seconds for looking into a picture and storing it, waiting for a thread included
LONGEST_PROMPT = 32_000  # characters of a revised prompt that are kept, as many as the API takes of a prompt
LONGEST_FACT = 200  # characters
FACTS = ("created", "created_at", "background", "output_format", "quality", "size")

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Job:
    """A run made ready to be sent."""

    client: Client
    module: Any  # of connector.operations: they are alike
    prepared: Prepared
    limits: Limits
    recorder: Recorder
    images: list[GeneratedImage]  # by their places


@kinds.register(Run.Kind.IMAGE)
async def draw(live: LiveRun) -> Run.State:
    """Send the run's requests and keep what comes; `connector.runs.kinds.Work`."""
    job = await threads.insist(threads.read, load, live.run_id)
    live.recorder = job.recorder
    for image in job.images:
        live.draw(image.pk)
    drawer = Drawer(live, job)
    try:
        await drawer.draw()
    finally:
        await drawer.settle()
        drawer.close()
    return Run.State.DONE


def load(run_id: int) -> Job:
    """The run's requests, put together from its rows. Sync; raises `errors.NotSent`."""
    run = Run.objects.select_related("configuration", "user").get(pk=run_id)
    prepared = drawing.prepare_run(run)
    assert run.configuration  # noqa: S101  # `prepare_run` saw to it
    module = drawing.MODULES[run.operation]
    recorder = Recorder.of_run(run_id, run.configuration, run.user_id, run.notices)
    return Job(
        client=connections.connect(run.configuration, recorder),
        module=module,
        prepared=prepared,
        limits=run.configuration.limits_for(module.OPERATION),
        recorder=recorder,
        images=list(run.images.order_by("place")),
    )


class Drawer:
    """Sends the requests of a live run and keeps the pictures that come."""

    def __init__(self, live: LiveRun, job: Job) -> None:
        self.live, self.job = live, job
        self.started = time.monotonic()
        self.first_sign: float | None = None
        self.usage: dict[str, Any] = {}
        self.answer: dict[str, Any] = {}
        self.request_id = ""
        self.failures: list[errors.ConnectorError] = []  # of requests and of single pictures
        self.patience = Patience(live, job.limits)
        self.had_more = False
        self._keeping: set[asyncio.Task[None]] = set()

    async def draw(self) -> None:
        """Raises what went wrong when nothing could be kept, or when the only answer broke off."""
        gate = asyncio.Semaphore(AT_ONCE)
        images = deque(self.job.images)
        self.patience.begin()
        try:
            async with asyncio.TaskGroup() as requests:
                for share, fitted in zip(self.job.prepared.shares, self.job.prepared.requests(), strict=True):
                    own = [images.popleft() for _ in range(min(share, len(images)))]
                    requests.create_task(self._request(gate, fitted, own))
        finally:
            self.patience.end()
        await self.settle()
        if self.failures and not self.live.has_text:
            raise self.failures[0]
        broken = [failure for failure in self.failures if isinstance(failure, errors.BrokenOff)]
        if broken and len(self.job.prepared.shares) == 1:
            raise broken[0]

    async def _request(self, gate: asyncio.Semaphore, fitted: Fitted, images: Sequence[GeneratedImage]) -> None:
        """One request for `images`; what does not come of them is marked with the reason."""
        waiting = deque(images)
        error: errors.ConnectorError = errors.BadAnswer(reason="it has fewer pictures than were asked for")
        async with gate:
            try:
                await self._send(fitted, waiting)
            except errors.ConnectorError as found:
                error = found
        if waiting:
            await self._fail(list(waiting), error)

    async def _send(self, fitted: Fitted, waiting: deque[GeneratedImage]) -> None:
        if self.job.prepared.streams:
            try:
                return await self._stream(fitted, waiting)
            except errors.BadRequest as error:
                if not (error.is_about("stream") or error.is_about("partial_images")):
                    raise
        await self._create(fitted, waiting)

    async def _stream(self, fitted: Fitted, waiting: deque[GeneratedImage]) -> None:
        call = self.job.module.stream(self.job.client, fitted, limits=self.job.limits, on_wait=self.patience.on_wait)
        async with call as pictures:
            self.request_id = self.request_id or pictures.request_id
            async for event in pictures:
                self._begin(event)
                if event.is_completed:
                    self._take(event, waiting)
                elif waiting:
                    await self._show(event, waiting[0])

    async def _create(self, fitted: Fitted, waiting: deque[GeneratedImage]) -> None:
        """Without streaming, for models and servers that do not know it."""
        response = await self.job.module.create(
            self.job.client, fitted, limits=self.job.limits, on_wait=self.patience.on_wait
        )
        self.request_id = self.request_id or response.request_id or ""
        self._begin(response)
        for image in response.data:
            self._take(image, waiting)

    def _begin(self, came: Event | Response) -> None:
        if self.first_sign is None:
            self.first_sign = time.monotonic()
            self.patience.end()
            self.live.enter(Run.State.STREAMING)
            facts = {name: getattr(came, name, None) for name in FACTS}
            self.answer = {name: _short(fact) for name, fact in facts.items() if fact}
        if came.usage is not None:
            self.usage = _sum(self.usage, wire.to_dict(came.usage))

    async def _show(self, event: Event, image: GeneratedImage) -> None:
        """An unfinished picture. One that cannot be shown does not matter: another one follows."""
        with contextlib.suppress(errors.BadAnswer):
            content = await threads.look(_decoded, event)
            if content and media.type_of(content) in FORMATS and self.live.pictures[image.pk].state == "waiting":
                self.live.draw(image.pk, partial=content)

    def _take(self, answer: Image | Event, waiting: deque[GeneratedImage]) -> None:
        if not waiting:
            if not self.had_more:  # said once, however many there are
                logger.warning("Run %s got more pictures than it asked for.", self.live.run_id)
            self.had_more = True
            return
        task = asyncio.create_task(self._keep(waiting.popleft(), answer))
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)

    async def _keep(self, image: GeneratedImage, answer: Image | Event) -> None:
        image.revised_prompt = storable((answer.revised_prompt or "")[:LONGEST_PROMPT])
        content = b""
        try:
            content = await self._content(answer)
            async with asyncio.timeout(STORING):
                await threads.look(image.write, content)
            await threads.insist(threads.write, image.save_written)
            self.live.draw(image.pk, "kept")
        except errors.ConnectorError as error:
            if isinstance(error, errors.NotStored):
                unstored.keep(image.pk, content)
            await self._fail([image], error)
        except (TimeoutError, DatabaseError) as error:
            logger.error("Picture %s was not stored: %s", image.pk, error or "the storage took too long")
            unstored.keep(image.pk, content)
            await threads.look(image.remove_files)
            reason = "the storage takes too long" if isinstance(error, TimeoutError) else "the database is away"
            await self._fail([image], errors.NotStored(thing="picture", reason=reason))
        except Exception:
            logger.exception("Picture %s failed because of a mistake of ours.", image.pk)
            await self._fail([image], errors.Internal(reference=f"run {self.live.run_id}"))

    async def _content(self, answer: Image | Event) -> bytes:
        """The file, wherever it is; raises `errors.NotFetched` and `errors.BadAnswer`."""
        if content := await threads.look(_decoded, answer):
            return content
        if not answer.url:
            raise errors.BadAnswer(reason="neither a picture nor its address")
        return await self.job.client.fetch(answer.url)

    async def _fail(self, images: Sequence[GeneratedImage], error: errors.ConnectorError) -> None:
        self.failures.append(error)
        for image in images:
            image.state, image.error = GeneratedImage.State.FAILED, error.as_dict()
            # While the database is away the end of the run marks them.
            with contextlib.suppress(DatabaseError):
                await threads.write(image.save, update_fields=["state", "error", "revised_prompt"])
            self.live.draw(image.pk, "failed")

    async def settle(self) -> None:
        """Until everything that came is kept, however the run ends."""
        while self._keeping:
            await asyncio.wait(self._keeping)

    def close(self) -> None:
        """Note for the row what is known at the end, however it came."""
        facts: dict[str, Any] = self.failures[0].facts if self.failures else {}
        self.live.fields |= {
            "answer": self.answer,
            "usage": self.usage,
            "request_id": str(self.request_id or facts.get("request_id") or "")[:200],
            "retries": self.patience.retries,
            "first_token_ms": None if self.first_sign is None else round(1000 * (self.first_sign - self.started)),
            "duration_ms": round(1000 * (time.monotonic() - self.started)),
        }


def _decoded(answer: Image | Event) -> bytes | None:
    """The file, when it came along. For a thread: base64 of megabytes takes its time."""
    return answer.content


def _short(fact: Any) -> Any:
    return storable(fact[:LONGEST_FACT]) if isinstance(fact, str) else fact


def _sum(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Two usages together, part by part: each picture of a stream brings its own."""
    together = dict(one)
    for name, value in other.items():
        if isinstance(value, dict):
            together[name] = _sum(together.get(name) or {}, value)
        elif isinstance(value, int):
            together[name] = (together.get(name) or 0) + value
    return together
