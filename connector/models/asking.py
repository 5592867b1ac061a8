"""How a question becomes rows: the user's message, an empty message per answer, and the run that will fill them.

One transaction each, committed before anything is sent. Its first statement writes, so that SQLite and PostgreSQL
both let one ask at a time pass: the form's token, the limits and the leaf are then looked at without a race.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db import connections, models, router, transaction
from django.db.models.functions import Now
from django.utils import timezone

from connector.client import errors
from connector.models import admission, limits, requests, text
from connector.models.prepared import Prepared, given
from connector.models.run import Errand, Run, this_process

if TYPE_CHECKING:
    from connector.models.message import ChatCompletionsMessage as Message
    from connector.models.session import ChatCompletionsSession as Session

ANSWERING = ("assistant",)

_as_it_is = Prepared(lambda: _sessions().filter(pk=given("session")).values_list("leaf_id", "title"))
_answering = Prepared(lambda: Run.objects.alive().filter(messages=given("message")).values_list("pk"))


def ask(session: "Session", question: str, token: str = "") -> Run:
    question = checked(question)
    return _once(session, token, lambda: _answer_to(session, _say(session, session.leaf_id, question), token))


def begin(session: "Session", question: str, token: str = "") -> Run:
    question = checked(question)
    return _once(session, token, lambda: answer_first(session, question, token))


def answer_first(session: "Session", question: str, token: str = "") -> Run:
    """The first question of a session that was just saved, and its run. The caller sees to transaction and limits."""
    return _answer_to(session, _say(session, None, question), token)


def edit(session: "Session", message: "Message", question: str, token: str = "") -> Run:
    _mine(session, message)
    question = checked(question)
    return _once(session, token, lambda: _answer_to(session, _say(session, message.parent_id, question), token))


def regenerate(session: "Session", message: "Message", token: str = "") -> Run:
    _mine(session, message)
    question = message.parent_id if message.role in ANSWERING else message.pk
    return _once(session, token, lambda: _answer(session, question, token))


def continue_(session: "Session", message: "Message", token: str = "") -> Run:
    _mine(session, message)
    if message.role not in ANSWERING:
        raise errors.InvalidParameter(param="message", reason="only an answer can be continued")
    if message.run_id and Run.objects.alive().filter(pk=message.run_id).exists():
        raise errors.StillAnswering()
    return _once(session, token, lambda: _answer(session, message.parent_id, token, begun=message))


def add_message(session: "Session", role: str, content: str) -> "Message":
    if role not in session.messages.model.Role:
        allowed = ", ".join(session.messages.model.Role)
        raise errors.InvalidParameter(param="role", reason=f"{role!r} is none of {allowed}")
    with transaction.atomic(using=router.db_for_write(Run)):
        _lock(session)
        message = session.messages.create(role=role, parent_id=session.leaf_id, content=text.cleaned(content))
        if role == "user":
            session.title = session.title or text.title_of(content)
        _move(session, message.pk)
    return message


def checked(question: str) -> str:
    """The question as it is kept; raises `errors.InvalidParameter` for one that is empty or too long."""
    question = text.cleaned(question)
    if not question.strip():
        raise errors.InvalidParameter(param="text", reason="a message cannot be empty")
    if len(question.encode()) > text.MAX_MESSAGE_BYTES:
        raise errors.InvalidParameter(param="text", reason="a message can have 64 kB at most")
    return question


def _mine(session: "Session", message: "Message") -> None:
    if message.session_id != session.pk:
        raise errors.InvalidParameter(param="message", reason="it belongs to another session")


def _once(session: "Session", token: str, make: Callable[[], Run]) -> Run:
    """What `make` makes, in one transaction; what was made before, when `token` was used already."""

    def checked() -> Run:
        admission.check(session.user, session.configuration)
        if session.user:
            limits.check(session.user)
        return make()

    return admission.once(session.user_id, token, lambda: _lock(session), checked)


def _lock(session: "Session") -> None:
    """Let one ask of this session and this user at a time pass, and look at the leaf as it is now."""
    if session.pk is None:
        session.save(force_insert=True)
    elif not type(session).objects.filter(pk=session.pk).update(touched=Now()):
        raise errors.InvalidParameter(param="session", reason="it is gone")
    else:
        session.leaf_id, session.title = _as_it_is.all(router.db_for_write(Run), session=session.pk)[0]
    if session.user_id and connections[router.db_for_write(Run)].features.has_select_for_update:
        list(get_user_model()._default_manager.select_for_update().filter(pk=session.user_id).values_list("pk"))


def _sessions() -> "models.QuerySet[Session]":
    """Of the model that asks here."""
    model: Any = Run._meta.get_field("session").related_model
    sessions: models.QuerySet[Session] = model._default_manager.all()
    return sessions


def _say(session: "Session", parent: int | None, question: str) -> "Message":
    """The user's message under `parent`, which must not be half an answer."""
    if parent and _answering.first(router.db_for_write(Run), message=parent):
        raise errors.StillAnswering()
    return session.messages.create(role="user", parent_id=parent, content=question)


def _answer_to(session: "Session", question: "Message", token: str) -> Run:
    session.title = session.title or text.title_of(question.content)
    return _answer(session, question.pk, token, question=question)


def _answer(
    session: "Session",
    parent: int | None,
    token: str,
    begun: "Message | None" = None,
    question: "Message | None" = None,
) -> Run:
    """The run that answers the message `parent`, and its empty answers; the leaf is the first one.

    The parameters are checked now, while there is a form to show an error in.
    """
    parameters = {**session.parameters, "n": None} if begun else session.parameters
    assert session.configuration  # noqa: S101  # `_check` came first
    prepared = requests.prepare(session.configuration, [{"role": "user", "content": "…"}], session.model, parameters)
    run = Run(
        user_id=session.user_id,
        configuration=session.configuration,
        session=session,
        token=token or None,
        model=prepared.model,
        request={name: value for name, value in prepared.body.items() if name != "messages"},
        system_prompt=text.cleaned(session.system_prompt),
        notices=prepared.notices,
        owner=this_process(),
        heartbeat=Now(),
    )
    run.save(force_insert=True)
    answers = [
        session.messages.model(
            session=session,
            role="assistant",
            parent_id=parent,
            run=run,
            choice=choice,
            content=begun.content if begun else "",
        )
        for choice in range(int(run.request.get("n") or 1))
    ]
    for answer in answers:  # one by one: a later choice has a higher pk on every database
        answer.save(force_insert=True)
    run.errand = Errand(
        configuration=session.configuration,
        session=session,
        model=run.model,
        parameters=parameters,
        system_prompt=run.system_prompt,
        answers=answers,
        fitted=prepared.fitted,
        question=question,
    )
    _move(session, answers[0].pk)
    return run


def _move(session: "Session", leaf: int) -> None:
    """Show `leaf`; the session goes to the top of the list."""
    session.leaf_id = leaf
    session.touched = timezone.now()
    session.save(update_fields=["leaf", "title", "touched"])
