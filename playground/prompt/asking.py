"""What the form opens with: a prompt before, a saved one, an example, or only where one asked last."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404

from connector.client import errors
from connector.models import ChatCompletionsSession, Configuration, SavedPromptVersion, StoredFile, prompting
from playground import keys
from playground.access import UserRequest
from playground.parameters.fields import as_typed
from playground.parameters.form import Start
from playground.prompt import examples, owned
from playground.prompt.attachments import Attachments
from playground.prompt.forms import OPERATIONS, PromptForm, Written

FROM, SAVED, EXAMPLE, NEW = "from", "saved", "example", "new"  # of the query
INSERT = "insert"  # the button that was pressed to see how a schema or a tool looks
SAMPLES = {"schema": as_typed(examples.SCHEMA), "tools": as_typed(examples.TOOLS)}


def form(request: UserRequest) -> PromptForm:
    """The form as it opens; raises `Http404` for a prompt of somebody else."""
    if pk := _number(request, FROM):
        return _as_asked(request, owned.session(request, pk))
    if pk := _number(request, SAVED):
        return _as_saved(request, owned.version(request, pk))
    last = _last(request)
    written = examples.EXAMPLES.get(request.GET.get(EXAMPLE, ""), ("", Written()))[1]
    start = _start(request, last.configuration, last.model, {}) if last else Start()
    if last and last.template.get("operation") == "completions":
        start = Start(start.configuration)  # its model serves nothing else
    return PromptForm(request.user, start, written=written)


def posted(request: UserRequest, found: Attachments | None = None, *, sends: bool = False) -> PromptForm:
    data = request.POST.copy()
    wanted = data.get(INSERT, "")
    if wanted in SAMPLES:
        if not data.get(wanted, "").strip():
            data[wanted] = SAMPLES[wanted]
        if wanted == "schema":
            data["format"], data["strict"] = "json_schema", "on"
    return PromptForm(request.user, Start(), data, files=found.files if found else (), sends=sends)


def files_of(session: ChatCompletionsSession) -> list[StoredFile]:
    """What went along with it, as far as it is there."""
    run = session.runs.order_by("pk").first()
    try:
        return prompting.files_of(run) if run else []
    except errors.InvalidParameter:
        return []


def _as_asked(request: UserRequest, session: ChatCompletionsSession) -> PromptForm:
    template: Mapping[str, Any] = session.template
    operation = str(template.get("operation", ""))
    written = Written(
        operation=operation if operation in OPERATIONS else "chat_completions",
        system=str(template.get("system", session.system_prompt)),
        question=str(template.get("question", "")),
        values=dict(template.get("values", {})),
        parameters=session.parameters,
    )
    start = _start(request, session.configuration, session.model, session.parameters)
    return PromptForm(request.user, start, written=written, files=files_of(session))


def _as_saved(request: UserRequest, version: SavedPromptVersion) -> PromptForm:
    written = Written(
        operation=version.operation if version.operation in OPERATIONS else "chat_completions",
        system=version.system_prompt,
        question=version.question,
        values=version.values,
        parameters=version.parameters,
        name=version.prompt.name,
    )
    start = _start(request, version.configuration, version.model, version.parameters)
    return PromptForm(request.user, start, written=written)


def _start(request: UserRequest, configuration: Configuration | None, model: str, parameters: dict[str, Any]) -> Start:
    """A configuration that may not be used any more is not gone back to."""
    is_open = configuration is not None and configuration in Configuration.objects.for_user(request.user)
    return Start(
        configuration=configuration.pk if configuration and is_open else None,
        model=model if is_open else "",
        parameters=parameters,
    )


def _last(request: UserRequest) -> ChatCompletionsSession | None:
    theirs = ChatCompletionsSession.objects.for_user(request.user).prompts()
    return theirs.select_related("configuration").order_by("-pk").first()


def _number(request: UserRequest, name: str) -> int | None:
    """The number in the query; raises `Http404` for what is none."""
    text = request.GET.get(name, "")
    if text and keys.parse(text) is None:
        raise Http404
    return keys.parse(text)
