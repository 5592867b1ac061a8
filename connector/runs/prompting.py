"""The work of a prompt: as that of a chat, with any operation that answers with text."""

from connector.activities import connections
from connector.client import errors
from connector.models import Run, prompting
from connector.models.recording import Recorder
from connector.runs import chat, dialects, kinds, threads
from connector.runs.jobs import Job
from connector.runs.live import Growing, LiveRun


@kinds.register(Run.Kind.PROMPT)
async def answer(live: LiveRun) -> Run.State:
    """Send the run's request and let its answers grow; `connector.runs.kinds.Work`."""
    return await chat.write(live, await threads.insist(threads.read, load, live.run_id))


def load(run_id: int) -> Job:
    """The run's request, put together from its rows and files. Sync; raises `errors.NotSent`."""
    run = Run.objects.select_related("configuration", "session").get(pk=run_id)
    answers = prompting.answers_of(run)
    if run.configuration is None or run.session is None or not answers:
        raise errors.NoConfiguration()
    prepared = prompting.prepare_run(run)
    dialect = dialects.of(run.operation)
    recorder = Recorder.of_run(run_id, run.configuration, run.user_id, prepared.fitted.told)
    return Job(
        client=connections.connect(run.configuration, recorder),
        fitted=prepared.fitted,
        limits=run.configuration.limits_for(dialect.operation),
        recorder=recorder,
        answers=[Growing(message.pk) for message in answers],
        dialect=dialect,
        streams=prepared.streams,
    )
