"""The work of speaking: for each voice the parts of a text are sent one by one, and kept the moment they come."""

import asyncio
import contextlib
import dataclasses
import logging
import time
from collections.abc import Sequence
from typing import Any

from django.db import DatabaseError
from django.utils.text import slugify

from connector.activities import connections
from connector.catalogue import Fitted
from connector.client import errors, wire
from connector.client.limits import Limits
from connector.client.multipart import File
from connector.client.transport import Client
from connector.models import Run, Speech, Take, sounds, speaking
from connector.models.recording import Recorder
from connector.models.speaking import Prepared
from connector.operations import speech
from connector.runs import kinds, threads, unstored
from connector.runs.live import LiveRun
from connector.runs.patience import Patience

LEAST = 64  # bytes; less is a header and no sound

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Job:
    """A run made ready to be sent."""

    client: Client
    prepared: Prepared
    limits: Limits
    recorder: Recorder
    run: Run
    takes: list[Take]  # by their places


@kinds.register(Run.Kind.SPEECH)
async def speak(live: LiveRun) -> Run.State:
    """Send the run's requests and keep the sound that comes; `connector.runs.kinds.Work`."""
    live.errand = None
    job = await threads.insist(threads.read, load, live.run_id)
    live.recorder = job.recorder
    for take in job.takes:
        live.draw(take.pk)
    speaker = Speaker(live, job)
    try:
        await speaker.speak()
    finally:
        speaker.close()
    return Run.State.DONE


def load(run_id: int) -> Job:
    """The run's requests, put together from its rows. Sync; raises `errors.NotSent`."""
    spoken = Speech.objects.select_related("run__configuration", "run__user").get(run=run_id)
    prepared = speaking.prepare_run(spoken)
    configuration = spoken.run.configuration
    assert configuration  # noqa: S101  # `prepare_run` saw to it
    recorder = Recorder.of_run(run_id, configuration, spoken.run.user_id, spoken.run.notices)
    return Job(
        client=connections.connect(configuration, recorder),
        prepared=prepared,
        limits=configuration.limits_for(speech.OPERATION),
        recorder=recorder,
        run=spoken.run,
        takes=list(spoken.takes.all()),
    )


class Speaker:
    """Sends the requests of a live run and keeps what is spoken."""

    def __init__(self, live: LiveRun, job: Job) -> None:
        self.live, self.job = live, job
        self.started = time.monotonic()
        self.first_sign: float | None = None
        self.usage: dict[str, Any] = {}
        self.request_id = ""
        self.failures: list[errors.ConnectorError] = []
        self.patience = Patience(live, job.limits)

    async def speak(self) -> None:
        """Raises what went wrong when no voice said anything, or when the only one was cut off."""
        self.patience.begin()
        try:
            async with asyncio.TaskGroup() as voices:
                for take in self.job.takes:
                    voices.create_task(self._say(take))
        finally:
            self.patience.end()
        if len(self.failures) == len(self.job.takes):
            raise self.failures[0]

    async def _say(self, take: Take) -> None:
        """All parts by one voice. What came of them is kept, however it ends."""
        started = time.monotonic()
        contents: list[bytes] = []
        try:
            for number, fitted in enumerate(self.job.prepared.requests(take.place)):
                await self._part(take, number, fitted, contents)
        except errors.ConnectorError as error:
            self.failures.append(error)
            take.error = error.as_dict()
        except asyncio.CancelledError:
            take.error = self._why_stopped()
            raise
        finally:
            take.duration_ms = round(1000 * (time.monotonic() - started))
            await self._settle(take, contents)

    async def _part(self, take: Take, number: int, fitted: Fitted, contents: list[bytes]) -> None:
        """One part, kept also when it breaks off (`reliability.md` R72). `contents` gets what was kept."""
        came = bytearray()
        try:
            await self._hear(fitted, came)
        finally:
            if len(came) >= LEAST:
                content = await threads.look(sounds.playable, bytes(came), self.job.prepared.response_format)
                await self._keep(take, number, content)
                contents.append(content)
                self.live.draw(take.pk)

    async def _hear(self, fitted: Fitted, came: bytearray) -> None:
        call = speech.stream(self.job.client, fitted, limits=self.job.limits, on_wait=self.patience.on_wait)
        async with call as pieces:
            self._used({"characters": len(fitted.body["input"])})  # what some models are paid by
            self.request_id = self.request_id or pieces.request_id
            async for piece in pieces:
                self._begin()
                came += piece
        if len(came) < LEAST:
            raise errors.BadAnswer(reason="there is no sound in it")
        if pieces.usage:
            self._used(wire.to_dict(pieces.usage))

    def _used(self, more: dict[str, int]) -> None:
        for name, value in more.items():
            self.usage[name] = self.usage.get(name, 0) + value

    def _begin(self) -> None:
        if self.first_sign is None:
            self.first_sign = time.monotonic()
            self.patience.end()
            self.live.enter(Run.State.STREAMING)

    async def _keep(self, take: Take, number: int, content: bytes) -> None:
        part = f"-{number + 1}" if len(self.job.prepared.parts) > 1 else ""
        try:
            await self._stored(take.keep_part, self.job.run, number, self._file(take, content, part))
        except errors.NotStored:
            unstored.keep(unstored.of_take(take.pk), content)  # it was paid for
            raise

    async def _settle(self, take: Take, contents: Sequence[bytes]) -> None:
        """Join what came, and save how it ended."""
        take.state = Take.State.KEPT if contents else Take.State.FAILED
        if contents:
            with contextlib.suppress(errors.NotStored):  # the parts are there: they stay a list
                await self._stored(take.join, self.job.run, contents, self._file(take, contents[0]).name)
        # While the database is away the end of the run marks it.
        try:
            await threads.insist(threads.write, take.save_end)
        except DatabaseError as error:
            logger.error("Take %s was not saved: %s", take.pk, error)
        self.live.draw(take.pk, take.state)

    async def _stored(self, store: Any, *args: Any) -> None:  # Any: a method of `Take` and what it takes
        try:
            await threads.look(store, *args)
        except DatabaseError as error:
            raise errors.NotStored(thing="sound", reason="the database is away") from error

    def _file(self, take: Take, content: bytes, part: str = "") -> File:
        name = f"speech-{self.job.run.pk}-{slugify(take.voice_name)[:30]}{part}"  # not its words: lists show it
        return File(name, content, speech.MEDIA_TYPES.get(self.job.prepared.response_format, ""))

    def _why_stopped(self) -> dict[str, Any]:
        why = self.live.stopping
        return (why if isinstance(why, errors.ConnectorError) else errors.Stopped()).as_dict()

    def close(self) -> None:
        """Note for the row what is known at the end, however it came."""
        facts: dict[str, Any] = self.failures[0].facts if self.failures else {}
        self.live.fields |= {
            "usage": self.usage,
            "request_id": str(self.request_id or facts.get("request_id") or "")[:200],
            "retries": self.patience.retries,
            "first_token_ms": None if self.first_sign is None else round(1000 * (self.first_sign - self.started)),
            "duration_ms": round(1000 * (time.monotonic() - self.started)),
        }
