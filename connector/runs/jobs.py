"""What a chat sends, put together from its rows. Sync: called in the threads of `threads`."""

import dataclasses

from connector.activities import connections
from connector.catalogue import Fitted
from connector.client import errors
from connector.client.limits import Limits
from connector.client.transport import Client
from connector.models import ChatCompletionsMessage, Run, requests, tree
from connector.models.prepared import Prepared, given
from connector.models.recording import Recorder
from connector.models.run import Errand
from connector.operations import chat_completions
from connector.runs import dialects
from connector.runs.live import Growing

_said = Prepared(
    lambda: ChatCompletionsMessage.objects.filter(session=given("session")).only(
        "pk", "parent", "role", "content", "refusal", "session"
    )
)


@dataclasses.dataclass(frozen=True)
class Job:
    """A run made ready to be sent."""

    client: Client
    fitted: Fitted
    limits: Limits
    recorder: Recorder
    answers: list[Growing]
    dialect: dialects.Dialect = dialects.CHAT
    streams: bool = True


def load(run_id: int, errand: Errand | None = None) -> Job:
    """The run's request, put together from its rows; of one that was just made much is known. `errors.NotSent`."""
    errand = errand or _fetched(run_id)
    configuration, session, answers = errand.configuration, errand.session, errand.answers
    if configuration is None or not configuration.enabled or session is None or not answers:
        raise errors.NoConfiguration()
    if errand.question and errand.question.parent_id is None:
        path = [errand.question]
    else:
        path = tree.path(_said.all(session=session.pk), answers[0].parent_id)
    messages = requests.conversation(errand.system_prompt, path, begun=answers[0].content)
    if errand.fitted:
        fitted = dataclasses.replace(errand.fitted, body={**errand.fitted.body, "messages": messages})
    else:
        fitted = requests.prepare(configuration, messages, errand.model, errand.parameters).fitted
    recorder = Recorder.of_run(run_id, configuration, session.user_id, fitted.told)
    return Job(
        client=connections.connect(configuration, recorder),
        fitted=fitted,
        limits=configuration.limits_for(chat_completions.OPERATION),
        recorder=recorder,
        answers=[Growing(message.pk, message.content) for message in answers],
    )


def _fetched(run_id: int) -> Errand:
    run = Run.objects.select_related("configuration", "session").get(pk=run_id)
    return Errand(
        configuration=run.configuration,
        session=run.session,
        model=run.model,
        parameters={name: value for name, value in run.request.items() if name != "model"},
        system_prompt=run.system_prompt,
        answers=list(run.messages.order_by("choice")),
    )
