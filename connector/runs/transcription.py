"""The work of listening: a recording is sent, and its text is written down as it comes, with times and speakers."""

import dataclasses
import logging
import re
import time
from collections.abc import Iterable
from typing import Any

from django.db import DatabaseError

from connector.activities import connections
from connector.catalogue import Fitted
from connector.client import errors, wire
from connector.client.limits import Limits
from connector.client.transport import Client
from connector.models import Run, Transcription, listening, requesting
from connector.models.recording import Recorder
from connector.models.requesting import Prepared
from connector.models.text import storable
from connector.operations import transcriptions
from connector.operations.transcriptions import Event, Response, subtitles
from connector.runs import kinds, threads
from connector.runs.live import Growing, LiveRun
from connector.runs.patience import Patience

SUBTITLES = ("srt", "vtt")
MOST_SEGMENTS = 20_000  # a day of talk; more is a mistake of the provider
MOST_WORDS = 200_000

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Job:
    """A run made ready to be sent."""

    client: Client
    module: Any  # of connector.operations: they are alike
    prepared: Prepared
    fitted: Fitted
    limits: Limits
    recorder: Recorder
    transcription: Transcription


@kinds.register(Run.Kind.TRANSCRIPTION)
async def listen(live: LiveRun) -> Run.State:
    """Send the run's recording and write down what comes; `connector.runs.kinds.Work`."""
    live.errand = None
    job = await threads.insist(threads.read, load, live.run_id)
    live.recorder = job.recorder
    scribe = Scribe(live, job)
    live.begin([scribe.growing])
    try:
        await scribe.write()
    finally:
        await scribe.settle()
    return Run.State.DONE


def load(run_id: int) -> Job:
    """The run's request, put together from its rows. Sync; raises `errors.NotSent`."""
    transcription = Transcription.objects.select_related("run__configuration", "run__user").get(run=run_id)
    run = transcription.run
    prepared = requesting.prepare_run(run)
    assert run.configuration and isinstance(prepared.request, Fitted)  # noqa: S101  # `prepare_run` saw to it
    module = requesting.MODULES[run.operation]
    recorder = Recorder.of_run(run_id, run.configuration, run.user_id, prepared.notices)
    return Job(
        client=connections.connect(run.configuration, recorder),
        module=module,
        prepared=prepared,
        fitted=prepared.request,
        limits=run.configuration.limits_for(module.OPERATION),
        recorder=recorder,
        transcription=transcription,
    )


class Scribe:
    """Sends the request of a live run and writes down what comes."""

    def __init__(self, live: LiveRun, job: Job) -> None:
        self.live, self.job = live, job
        self.started = time.monotonic()
        self.first_sign: float | None = None
        self.growing = Growing(job.transcription.pk)
        self.segments: list[dict[str, Any]] = []
        self.words: list[dict[str, Any]] = []
        self.usage: dict[str, Any] = {}
        self.request_id = ""
        self.patience = Patience(live, job.limits)

    async def write(self) -> None:
        self.patience.begin()
        try:
            if listening.streams(self.job.transcription.run.operation, self.job.fitted.body):
                await self._stream()
            else:
                await self._create()
        except errors.ConnectorError as error:
            self.request_id = self.request_id or str(error.facts.get("request_id") or "")
            raise
        finally:
            self.patience.end()

    async def _stream(self) -> None:
        call = transcriptions.stream(
            self.job.client, self.job.fitted, limits=self.job.limits, on_wait=self.patience.on_wait
        )
        try:
            async with call as events:
                self.request_id = events.request_id
                async for event in events:
                    self._begin()
                    self._take(event)
        except errors.BadRequest as error:
            if not error.is_about("stream"):
                raise
            await self._create()

    async def _create(self) -> None:
        """Without streaming, for models and formats that do not know it."""
        response: Response = await self.job.module.create(
            self.job.client, self.job.fitted, limits=self.job.limits, on_wait=self.patience.on_wait
        )
        self._begin()
        if self.job.fitted.body.get("response_format") in SUBTITLES:
            self._keep_segments(subtitles.read(response.text))
            self._finish(" ".join(each["text"] for each in self.segments) or response.text)
        else:
            self._keep_segments(response.segments or ())
            self._keep_words(response)
            self._finish(response.text)
        self.job.transcription.language = storable(response.language or "")[:60]
        if response.duration is not None and response.duration >= 0:
            self.job.transcription.seconds = response.duration
            self.usage = self.usage or {"type": "duration", "seconds": response.duration}
        self._count(response)

    def _begin(self) -> None:
        if self.first_sign is None:
            self.first_sign = time.monotonic()
            self.patience.end()
            self.live.enter(Run.State.STREAMING)

    def _take(self, event: Event) -> None:
        if event.type == "transcript.text.delta" and event.delta:
            self.growing.write(event.delta)
            self.live.changed(len(event.delta))
        elif event.type == "transcript.text.segment" and len(self.segments) < MOST_SEGMENTS:
            self.segments.append(_segment(event.start or 0, event.end or 0, event.text or "", event.speaker))
        elif event.type == "transcript.text.done":
            self._finish(event.text or "")
            self._count(event)

    def _finish(self, text: str) -> None:
        """All of it, as the provider has it at the end; of segments with speakers only their words."""
        if self.segments and any(each.get("speaker") for each in self.segments):
            text = " ".join(each["text"] for each in self.segments)
        if text and text != self.growing.text.content:
            self.growing = Growing(self.job.transcription.pk, storable(text))
            self.live.begin([self.growing])

    def _keep_segments(self, segments: "Iterable[transcriptions.Segment]") -> None:
        found = [_segment(each.start, each.end, each.text, each.speaker) for each in segments]
        self.segments = found[:MOST_SEGMENTS]

    def _keep_words(self, response: Response) -> None:
        found = response.words or []
        self.words = [
            {"start": round(each.start, 3), "end": round(each.end, 3), "word": storable(each.word)}
            for each in found[:MOST_WORDS]
        ]

    def _count(self, came: Response | Event) -> None:
        if came.usage is not None:
            self.usage = {name: value for name, value in wire.to_dict(came.usage).items() if value}

    async def settle(self) -> None:
        """Note for the rows what is known at the end, however it came."""
        transcription = self.job.transcription
        transcription.segments, transcription.words = self.segments, self.words
        self.live.fields |= {
            "usage": self.usage,
            "request_id": self.request_id[:200],
            "retries": self.patience.retries,
            "first_token_ms": None if self.first_sign is None else round(1000 * (self.first_sign - self.started)),
            "duration_ms": round(1000 * (time.monotonic() - self.started)),
        }
        try:
            await threads.insist(threads.write, transcription.save_heard)
        except DatabaseError as error:  # the text, which was paid for, is saved with the end of the run
            logger.error("Transcription %s was saved without its times: %s", transcription.pk, error)


def _segment(start: float, end: float, text: str, speaker: str | None) -> dict[str, Any]:
    words = re.sub(r"\s+", " ", storable(text)).strip()
    found = {"start": round(max(start, 0.0), 3), "end": round(max(end, start, 0.0), 3), "text": words}
    return found | ({"speaker": storable(speaker)[:60]} if speaker else {})
