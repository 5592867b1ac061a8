"""The work of a single request: it is sent, and the whole answer is kept; what is no JSON as files."""

import sys
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connector.activities import connections
from connector.client import errors, wire
from connector.client.limits import Limits
from connector.client.multipart import File
from connector.client.transport import Client
from connector.models import Run, StoredFile, requesting
from connector.models.recording import Recorder
from connector.models.requesting import RAW, Prepared
from connector.operations import raw
from connector.runs import kinds, threads
from connector.runs.live import LiveRun
from connector.runs.patience import Patience


@dataclass(frozen=True)
class Job:
    """A run made ready to be sent."""

    client: Client
    operation: str
    prepared: Prepared
    limits: Limits
    recorder: Recorder


@dataclass(frozen=True)
class Outcome:
    """What the row keeps of an answer: facts as JSON, and files."""

    answer: dict[str, Any]
    usage: dict[str, Any] = field(default_factory=dict)
    files: Sequence[File] = ()
    request_id: str = ""
    retries: int = 0


@kinds.register(Run.Kind.CALL)
async def call(live: LiveRun) -> Run.State:
    """Send the run's request and keep its answer; `connector.runs.kinds.Work`."""
    live.errand = None
    job = await threads.insist(threads.read, load, live.run_id)
    live.recorder = job.recorder
    patience = Patience(live, job.limits)
    patience.begin()
    started = time.monotonic()
    try:
        response = await _sent(job, patience)
    except errors.ConnectorError as error:
        live.fields["request_id"] = str(error.facts.get("request_id") or "")[:200]
        raise
    finally:
        patience.end()
        live.fields |= {"retries": patience.retries, "duration_ms": round(1000 * (time.monotonic() - started))}
    live.enter(Run.State.STREAMING)
    # An answer that came was paid for: from here on nothing stops it from being kept.
    outcome = await threads.look(keep, live.run_id, response)
    live.fields |= {"answer": outcome.answer, "usage": outcome.usage, "request_id": outcome.request_id[:200]}
    live.fields["retries"] = max(outcome.retries, patience.retries)
    return Run.State.DONE


def load(run_id: int) -> Job:
    """The run's request, put together from its rows. Sync; raises `errors.NotSent`."""
    run = Run.objects.select_related("configuration", "user").get(pk=run_id)
    prepared = requesting.prepare_run(run)
    assert run.configuration  # noqa: S101  # `prepare_run` saw to it
    operation = raw.OPERATION if run.operation == RAW else requesting.MODULES[run.operation].OPERATION
    recorder = Recorder.of_run(run_id, run.configuration, run.user_id, prepared.notices)
    client, limits = connections.connect(run.configuration, recorder), run.configuration.limits_for(operation)
    return Job(client, run.operation, prepared, limits, recorder)


def keep(run_id: int, response: Any) -> Outcome:
    """Store the files of an answer and say what the row keeps. Sync; raises `errors.NotStored`."""
    run = Run.objects.select_related("user").get(pk=run_id)
    outcome = OUTCOMES[run.operation](response)
    for place, file in enumerate(outcome.files):
        StoredFile.objects.keep(run.user, file, StoredFile.Purpose.OUTPUT, output_of=run, place=place)
    return outcome


async def _sent(job: Job, patience: Patience) -> Any:
    request = job.prepared.request
    if isinstance(request, raw.Request):
        # What should be JSON and is none was paid for as well; whoever looks at it sees what it is.
        request = replace(request, response_type="text")
        return await raw.send(job.client, request, limits=job.limits, on_wait=patience.on_wait)
    module = requesting.MODULES[job.operation]
    return await module.create(job.client, request, limits=job.limits, on_wait=patience.on_wait)


def _plain(response: Any) -> Outcome:
    """An answer in JSON, as it came."""
    facts = wire.to_dict(response)
    return Outcome(facts, facts.pop("usage", None) or {})


def _vectors(response: Any) -> Outcome:
    """Vectors as one file of 32-bit numbers, low byte first; the facts say how many they are, and how long."""
    numbers = array("f")
    for each in response.data:
        numbers.extend(each.embedding)
    if sys.byteorder == "big":
        numbers.byteswap()
    facts = {
        "model": response.model,
        "count": len(response.data),
        "dimensions": len(response.data[0].embedding) if response.data else 0,
    }
    usage = wire.to_dict(response.usage) if response.usage else {}
    return Outcome(facts, usage, [File("vectors.f32", numbers.tobytes(), "application/octet-stream")])


def _sound(audio: Any) -> Outcome:
    facts = {"media_type": audio.media_type, "bytes": len(audio)}
    return Outcome(facts, {}, [File(audio.name, bytes(audio), audio.media_type)], audio.request_id)


def _raw(response: raw.Response) -> Outcome:
    """Status and headers; the body as a file, which says whether it is a picture, text or anything else."""
    facts = {
        "status": response.status,
        "headers": dict(response.headers),
        "media_type": response.media_type,
        "bytes": len(response.content),
    }
    files = [File("answer", response.content, response.media_type)] if response.content else []
    return Outcome(facts, {}, files, response.request_id, response.retries)


OUTCOMES: dict[str, Callable[[Any], Outcome]] = {
    "embeddings": _vectors,
    "moderations": _plain,
    "speech": _sound,
    "transcriptions": _plain,
    "translations": _plain,
    RAW: _raw,
}
