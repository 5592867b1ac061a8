"""The page of a conversation and its parts, as responses."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from connector.client import errors
from connector.models import ChatCompletionsSession, Configuration, Run
from playground import unsent
from playground.access import UserRequest, wants_fragment
from playground.chat import exchange, listing
from playground.chat.forms import AskForm
from playground.chat.settings import SettingsForm

TEMPLATE = "playground/chat/session.html"


def new_session(request: UserRequest) -> ChatCompletionsSession:
    """A session that is not saved, with the configuration and model used last, if they may still be used."""
    last = ChatCompletionsSession.objects.for_user(request.user).chats().order_by("-touched", "-pk").first()
    session = ChatCompletionsSession(user=request.user)
    if last and last.configuration in Configuration.objects.for_user(request.user):
        session.configuration, session.model = last.configuration, last.model
    return session


def settings_form(request: UserRequest, session: ChatCompletionsSession, posted: bool = False) -> SettingsForm:
    """The inspector's form; for a new session its fields are sent with the first message."""
    return SettingsForm(request.user, session, data=request.POST if posted else None)


def page(
    request: UserRequest,
    session: ChatCompletionsSession,
    *,
    settings: SettingsForm | None = None,
    before: int | None = None,
    status: int = 200,
    **more: Any,  # Any: what a template reads
) -> HttpResponse:
    """The whole page, or for htmx the parts of it that change from one conversation to another."""
    context = {
        "session": session,
        "window": exchange.window(session, before) if session.pk else exchange.Window(),
        "settings": settings or settings_form(request, session),
        "form": AskForm(),
    } | more
    if wants_fragment(request):
        return render(request, f"{TEMPLATE}#opened", context, status=status)
    context |= {"page": listing.page(request.user, archived=session.archived), "current": session.pk}
    return render(request, TEMPLATE, context, status=status)


def thread(request: UserRequest, session: ChatCompletionsSession, run: Run | None = None) -> HttpResponse:
    """The conversation after its branch in view has changed; with a `run`, because something was asked."""
    if wants_fragment(request):
        context = {"session": session, "window": exchange.window(session), "run": run}
        return render(request, f"{TEMPLATE}#{'answering' if run else 'thread'}", context)
    return to(session, f"#run-{run.pk}" if run else "")


def to(session: ChatCompletionsSession, anchor: str = "") -> HttpResponse:
    return redirect(reverse("playground:session", args=[session.pk]) + anchor)


def refused(
    request: UserRequest,
    session: ChatCompletionsSession,
    error: errors.NotSent | None = None,
    **more: Any,  # Any: what a template reads
) -> HttpResponse:
    """Why nothing was asked: beside the composer, with everything that was typed kept."""
    status = unsent.status(error)
    if wants_fragment(request):
        context = {"session": session, "error": error} | more
        response = render(request, f"{TEMPLATE}#refusal", context, status=status)
    else:
        response = page(request, session, status=status, error=error, **more)
    return unsent.in_time(response, error)
