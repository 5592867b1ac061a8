"""How a prompt becomes rows: a session of its own with one question, an answer, and the run that will fill it.

When the answer asks for tools to be called, a person gives their results, and the exchange goes on in the same session
until a text comes. As in a chat everything is committed before anything is sent (`asking`); the rows know all that is
needed to send the same again.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models.functions import Now
from django.utils import timezone

from connector.catalogue import Fitted, Notice
from connector.client import errors
from connector.client.limits import MB, readable
from connector.client.multipart import File
from connector.models import admission, choosing, limits, text, tree
from connector.models.configuration import Configuration
from connector.models.run import Run, this_process
from connector.operations import asking, chat_completions, completions, responses

if TYPE_CHECKING:
    from connector.models.message import ChatCompletionsMessage as Message
    from connector.models.session import ChatCompletionsSession as Session
    from connector.models.stored_file import StoredFile

MODULES: dict[str, Any] = {  # the modules are alike, but their requests differ
    "chat_completions": chat_completions,
    "completions": completions,
    "responses": responses,
}
TAKES_CONVERSATION = ("chat_completions", "responses")
OURS = {"model", "messages", "input", "instructions", "prompt", "stream", "stream_options", "extra_body"}
MOST_FILES = 16
MOST_BYTES = 25 * MB  # of all files of one prompt; as text they are a third longer
NO_SYSTEM = Notice("system_prompt", "The system prompt was not sent: text completions have none.", "left_out")
REASONING = "reasoning_items"  # in a run's answer: thoughts that a model of responses wants to see again


@dataclass(frozen=True)
class Wish:
    """What somebody asks, with every variable filled in."""

    configuration: Configuration | None
    operation: str = "chat_completions"
    model: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    system_prompt: str = ""
    question: str = ""
    files: "Sequence[StoredFile]" = ()
    template: Mapping[str, Any] = field(default_factory=dict)  # as it was written: for the form, never sent


@dataclass(frozen=True)
class Prepared:
    """What a configuration makes of a wish."""

    model: str  # as asked: the model, or on Azure the deployment
    fitted: Fitted

    @property
    def parameters(self) -> dict[str, Any]:
        """The request without what is rows and files."""
        return {name: value for name, value in self.fitted.body.items() if name not in OURS - {"model"}}

    @property
    def streams(self) -> bool:
        """OpenAI API reference, completions/create: which of several answers is best is known only at the end."""
        return int(self.fitted.body.get("best_of") or 1) <= 1


def begin(user: Any, wish: Wish, token: str = "") -> Run:
    """`ChatCompletionsSession.objects.prompt`."""
    wish = _checked(user, wish)
    prepared = prepare(wish)
    session = _session_model()(
        user=user,
        kind=_session_model().Kind.PROMPT,
        configuration=wish.configuration,
        model=prepared.model,
        title=text.title_of(wish.question or wish.system_prompt),
        system_prompt=wish.system_prompt,
        parameters=dict(wish.parameters),
        template=dict(wish.template),
    )

    def make() -> Run:
        _admit(user)
        session.save(force_insert=True)
        parent = None
        if wish.question or wish.files:
            parent = session.messages.create(role="user", content=wish.question).pk
        return _answer(session, wish.operation, prepared, parent, wish.files, token)

    return admission.once(user and user.pk, token, lambda: admission.lock(user), make)


def give_results(answer: "Message", results: Mapping[str, str], token: str = "") -> Run:
    """`ChatCompletionsSession.give_results`."""
    session, run = answer.session, answer.run
    admission.check(session.user, session.configuration)
    calls = calls_of(answer)
    if run is None or not calls:
        raise errors.InvalidParameter(param="results", reason="this answer asks for no tool")
    texts = [_result(results, call, number) for number, call in enumerate(calls)]
    wish = wish_of(run)
    said = [*conversation(run), _said(answer), *(_tool_said(call, one) for call, one in zip(calls, texts, strict=True))]
    prepared = prepare(wish, said)

    def make() -> Run:
        _admit(session.user)
        session.refresh_from_db(fields=["leaf"])
        if session.leaf_id != answer.pk:
            raise errors.InvalidParameter(param="results", reason="they were given already")
        if Run.objects.going().filter(pk=run.pk).exists():
            raise errors.StillAnswering()
        parent = answer.pk
        for call, result in zip(calls, texts, strict=True):
            row = session.messages.create(role="tool", parent_id=parent, content=result, tool_call_id=call["id"])
            parent = row.pk
        return _answer(session, run.operation, prepared, parent, wish.files, token)

    return admission.once(session.user_id, token, lambda: admission.lock(session.user), make)


def again(run: Run, token: str = "") -> Run:
    """`ChatCompletionsSession.objects.prompt_again`."""
    session, user = run.session, run.user
    if session is None:
        raise errors.InvalidParameter(param="run", reason="what was asked is gone")
    wish = _checked(user, wish_of(run), is_whole=False)
    prepared = prepare(wish, conversation(run))
    path = _before(run)
    copy = _session_model()(
        user=user,
        kind=session.kind,
        configuration=wish.configuration,
        **{name: getattr(session, name) for name in ("model", "title", "system_prompt", "parameters", "template")},
    )

    def make() -> Run:
        _admit(user)
        copy.save(force_insert=True)
        parent = None
        for message in path:
            row = copy.messages.create(
                parent_id=parent,
                **{name: getattr(message, name) for name in ("role", "content", "run", *COPIED)},
            )
            parent = row.pk
        return _answer(copy, run.operation, prepared, parent, wish.files, token)

    return admission.once(run.user_id, token, lambda: admission.lock(user), make)


COPIED = ("choice", "reasoning", "refusal", "tool_calls", "tool_call_id", "finish_reason")  # of a message


def prepare(wish: Wish, said: Sequence[Mapping[str, Any]] = (), files: Sequence[File] = ()) -> Prepared:
    """The request as the configuration and the model's family take it. Nothing is sent.

    `said`: the exchange so far, as a chat would send it, when it is more than the question. `files`: their contents;
    without them a request is checked, not sent. Raises `errors.NoModel`, and `errors.InvalidParameter` for what the API
    would refuse.
    """
    configuration = wish.configuration
    if configuration is None or not configuration.enabled:
        raise errors.NoConfiguration()
    if wish.operation not in MODULES:
        raise errors.InvalidParameter(param="operation", reason=f"{wish.operation!r} answers with no text")
    module = MODULES[wish.operation]
    chosen = choosing.model_for(configuration, wish.operation, wish.model)
    family, overrides = choosing.known_of(configuration, chosen)
    said = list(said) or ([{"role": "user", "content": wish.question}] if wish.question or wish.files or files else [])
    content = _CONTENTS[wish.operation](wish, said, files)
    given = {name: value for name, value in wish.parameters.items() if name not in OURS}
    request = module.Request(model=chosen, **content, **asking.by_name(given, set(module.Request.__struct_fields__)))
    fitted = module.fit(request, configuration.parsed_endpoint(), family=family, overrides=overrides)
    if wish.operation not in TAKES_CONVERSATION and wish.system_prompt:
        fitted = replace(fitted, notices=[*fitted.notices, NO_SYSTEM])
    return Prepared(model=chosen, fitted=fitted)


def prepare_run(run: Run) -> Prepared:
    """The request of a run, its files read. Raises as `prepare`, and for a file that is gone."""
    wish = wish_of(run)
    return prepare(wish, conversation(run), [file.read() for file in wish.files])


def wish_of(run: Run) -> Wish:
    """What was asked with `run`, as far as its own row and files know it."""
    return Wish(
        configuration=run.configuration,
        operation=run.operation,
        model=run.model,
        parameters={name: value for name, value in run.request.items() if name not in OURS},
        system_prompt=run.system_prompt,
        files=files_of(run),
        template=run.session.template if run.session else {},
        question=next((str(said["content"]) for said in conversation(run) if said["role"] == "user"), ""),
    )


def files_of(run: Run) -> "list[StoredFile]":
    """What goes along, in its order; raises `errors.InvalidParameter` when something is gone."""
    wanted = [given["id"] for given in run.inputs if given["kind"] == "file"]
    found = apps.get_model("connector", "StoredFile")._default_manager.in_bulk(wanted) if wanted else {}
    if missing := [pk for pk in wanted if pk not in found]:
        raise errors.InvalidParameter(param="files", reason=f"{len(missing)} of the files that went along are gone")
    return [found[pk] for pk in wanted]


def conversation(run: Run) -> list[dict[str, Any]]:
    """What was said before the answers of `run`, as a chat sends it; without the system prompt."""
    return [_said(message) for message in _before(run)]


def answers_of(run: Run) -> "list[Message]":
    """The answers that `run` makes, in the order of the choices; not their copies in prompts that were asked again."""
    return list(run.messages.filter(session=run.session_id).order_by("choice"))


def _before(run: Run) -> "list[Message]":
    answer = next(iter(answers_of(run)), None)
    if answer is None or run.session is None:
        return []
    return tree.path(run.session.messages.select_related("run"), answer.parent_id)


def calls_of(answer: "Message") -> list[dict[str, Any]]:
    """The calls that `answer` asks for, each with an id, a name, and the text that it is given."""
    found = []
    for number, call in enumerate(answer.tool_calls):
        kind = call.get("type") if call.get("type") in ("function", "custom") else "function"
        inner = call.get(kind) or {}
        found.append(
            {
                "id": str(call.get("id") or f"call_{number}"),
                "type": kind,
                "name": str(inner.get("name") or ""),
                "given": str(inner.get("arguments" if kind == "function" else "input") or ""),
            }
        )
    return found


# From what was said to the request's own form.


def _as_chat(wish: Wish, said: Sequence[Mapping[str, Any]], files: Sequence[File]) -> dict[str, Any]:
    messages: list[dict[str, Any]] = [{"role": "system", "content": wish.system_prompt}] if wish.system_prompt else []
    messages += [{name: value for name, value in one.items() if name != REASONING} for one in said]
    if files:
        question = next(message for message in messages if message["role"] == "user")
        question["content"] = [*_text_part("text", question["content"]), *map(_chat_part, files)]
    return {"messages": messages}


def _chat_part(file: File) -> dict[str, Any]:
    if _is_picture(file):
        return {"type": "image_url", "image_url": {"url": _address(file)}}
    return {"type": "file", "file": {"filename": file.safe_name, "file_data": _address(file)}}


def _as_response(wish: Wish, said: Sequence[Mapping[str, Any]], files: Sequence[File]) -> dict[str, Any]:
    instructions = {"instructions": wish.system_prompt} if wish.system_prompt else {}
    if len(said) == 1 and said[0]["role"] == "user" and not files:
        return instructions | {"input": said[0]["content"]}
    items: list[dict[str, Any]] = []
    kinds: dict[str, str] = {}  # of calls, by their ids
    for one in said:
        role, content = one["role"], one.get("content")
        if role == "user":
            parts = [*_text_part("input_text", content), *map(_response_part, files)]
            items.append({"role": "user", "content": parts if files else content})
        elif role == "tool":
            kind = "custom_tool_call_output" if kinds.get(one["tool_call_id"]) == "custom" else "function_call_output"
            items.append({"type": kind, "call_id": one["tool_call_id"], "output": content})
        else:
            items += one.get(REASONING, [])
            items += [{"role": role, "content": content}] if content else []
            for call in one.get("tool_calls", []):
                kinds[call["id"]] = call["type"]
                items.append(_call_item(call))
    return instructions | ({"input": items} if items else {})


def _response_part(file: File) -> dict[str, Any]:
    if _is_picture(file):
        return {"type": "input_image", "image_url": _address(file), "detail": "auto"}
    return {"type": "input_file", "filename": file.safe_name, "file_data": _address(file)}


def _is_picture(file: File) -> bool:
    return file.type.startswith("image/")


def _address(file: File) -> str:
    return f"data:{file.type};base64,{base64.b64encode(file.content).decode()}"


def _call_item(call: Mapping[str, Any]) -> dict[str, Any]:
    """Without an id of its own: the answer it stood in is not stored at the provider."""
    inner = call[call["type"]]
    if call["type"] == "custom":
        return {"type": "custom_tool_call", "call_id": call["id"], "name": inner["name"], "input": inner["input"]}
    return {"type": "function_call", "call_id": call["id"], "name": inner["name"], "arguments": inner["arguments"]}


def _as_completion(wish: Wish, said: Sequence[Mapping[str, Any]], files: Sequence[File]) -> dict[str, Any]:
    if files or wish.files:
        raise errors.InvalidParameter(param="files", reason="text completions take no pictures and no files.")
    if not said or not said[0]["content"]:
        raise errors.InvalidParameter(param="question", reason="there is no text to go on with.")
    return {"prompt": said[0]["content"]}


_CONTENTS = {"chat_completions": _as_chat, "completions": _as_completion, "responses": _as_response}


def _text_part(kind: str, content: Any) -> list[dict[str, Any]]:
    return [{"type": kind, "text": content}] if content else []


def _said(message: "Message") -> dict[str, Any]:
    """A row as a chat sends it; of an answer to responses with what the model wants to see again."""
    if message.role == "tool":
        return _tool_said({"id": message.tool_call_id}, message.content)
    said: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        said |= {"content": message.content or None, "tool_calls": [_call(call) for call in calls_of(message)]}
    if message.run and (items := message.run.answer.get(REASONING)):
        said[REASONING] = items
    return said


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    kind = call["type"]
    inner = {"name": call["name"], "arguments" if kind == "function" else "input": call["given"]}
    return {"id": call["id"], "type": kind, kind: inner}


def _tool_said(call: Mapping[str, Any], result: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call["id"], "content": result}


# Rows.


def _checked(user: Any, wish: Wish, *, is_whole: bool = True) -> Wish:
    """With texts as they can be stored; raises `errors.NotSent`."""
    admission.check(user, wish.configuration)
    wish = replace(wish, system_prompt=text.cleaned(wish.system_prompt), question=text.cleaned(wish.question))
    for name in ("system_prompt", "question"):
        if len(getattr(wish, name).encode()) > text.MAX_MESSAGE_BYTES:
            raise errors.InvalidParameter(param=name, reason="a text can have 64 kB at most, its variables filled in.")
    if is_whole and not wish.question.strip() and not (wish.system_prompt.strip() or wish.files):
        raise errors.InvalidParameter(param="question", reason="there is nothing to send.")
    if len(wish.files) > MOST_FILES:
        raise errors.InvalidParameter(param="files", reason=f"{MOST_FILES} files at most can go along.")
    if (total := sum(file.bytes for file in wish.files)) > MOST_BYTES:
        reason = f"together they have {readable(total)}; {readable(MOST_BYTES)} can go along."
        raise errors.InvalidParameter(param="files", reason=reason)
    if any(file.user_id != (user and user.pk) for file in wish.files):
        raise errors.InvalidParameter(param="files", reason="one of them is not yours.")
    return wish


def _result(results: Mapping[str, str], call: Mapping[str, Any], number: int) -> str:
    result = text.cleaned(results.get(call["id"], ""))
    if not result.strip():
        raise errors.InvalidParameter(param=f"results[{number}]", reason=f"write what {call['name'][:64]} returned.")
    if len(result.encode()) > text.MAX_MESSAGE_BYTES:
        raise errors.InvalidParameter(param=f"results[{number}]", reason="a result can have 64 kB at most.")
    return result


def _admit(user: Any) -> None:
    if user:
        limits.check(user)


def _answer(
    session: "Session",
    operation: str,
    prepared: Prepared,
    parent: int | None,
    files: "Sequence[StoredFile]",
    token: str,
) -> Run:
    """The run that answers the message `parent`, and its empty answers; the leaf is the first one."""
    run = Run(
        user_id=session.user_id,
        configuration=session.configuration,
        session=session,
        kind=Run.Kind.PROMPT,
        operation=operation,
        token=token or None,
        model=prepared.model,
        request=prepared.parameters,
        inputs=[{"param": "files", "kind": "file", "id": file.pk} for file in files],
        system_prompt=session.system_prompt,
        notices=prepared.fitted.told,
        owner=this_process(),
        heartbeat=Now(),
    )
    run.save(force_insert=True)
    if files:
        run.stored_files.add(*files)
    answers = [
        session.messages.create(role="assistant", parent_id=parent, run=run, choice=choice)
        for choice in range(int(run.request.get("n") or 1))
    ]
    session.leaf_id = answers[0].pk
    session.touched = timezone.now()
    session.save(update_fields=["leaf", "touched"])
    return run


def _session_model() -> "type[Session]":
    """It is above this module: its verbs come here."""
    model: type[Session] = apps.get_model("connector", "ChatCompletionsSession")
    return model
