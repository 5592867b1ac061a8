"""Asking, editing, answering again, going on, leafing."""

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import reswap, retarget

from connector import runs
from connector.client import errors
from connector.models import ChatCompletionsMessage, ChatCompletionsSession, Run
from playground.access import UserRequest, signed_in, wants_fragment
from playground.chat import exchange, owned, rendering
from playground.chat.forms import AgainForm, AskForm
from playground.frames import tickets

TEMPLATE = rendering.TEMPLATE


@require_POST
@signed_in
def begin(request: UserRequest) -> HttpResponse:
    """The first message: makes the session, with the settings that stand beside it."""
    session = ChatCompletionsSession(user=request.user)
    form, settings = AskForm(_typed(request)), rendering.settings_form(request, session, posted=True)
    if not (form.is_valid() and settings.is_valid()):
        return rendering.refused(request, session, form=form, settings=settings)
    try:
        run = ChatCompletionsSession.objects.begin(
            request.user, form.cleaned_data["text"], form.cleaned_data["token"], **settings.values()
        )
    except errors.NotSent as error:
        return rendering.refused(request, session, error, form=form, settings=settings)
    asked = run.errand  # None: it came before, with the same token
    _start(request, run)
    begun = run.session
    assert begun is not None  # noqa: S101  # for the type checker: a question has a session
    if not wants_fragment(request):
        return rendering.to(begun, f"#run-{run.pk}")
    if asked is None:  # it is on another page, with more around it
        response = reswap(retarget(rendering.page(request, begun), "#conversation"), "outerHTML")
    else:
        context = {"session": begun, "items": exchange.of(asked), "settings": settings, "form": AskForm()}
        response = render(request, f"{TEMPLATE}#begun", context)
    response["HX-Push-Url"] = reverse("playground:session", args=[begun.pk])
    return response


@require_POST
@signed_in
def ask(request: UserRequest, pk: int) -> HttpResponse:
    session = owned.session(request, pk)
    form = AskForm(request.POST)
    if not form.is_valid():
        return rendering.refused(request, session, form=form)
    try:
        run = session.ask(form.cleaned_data["text"], form.cleaned_data["token"])
    except errors.NotSent as error:
        return rendering.refused(request, session, error, form=form)
    asked = run.errand  # None: it came before, with the same token
    _start(request, run)
    if not wants_fragment(request):
        return rendering.to(session, f"#run-{run.pk}")
    if asked is None:  # it is on the page, or should be: show all of it instead of adding it once more
        return reswap(retarget(rendering.thread(request, session), "#thread"), "innerHTML")
    return render(request, f"{TEMPLATE}#asked", {"session": session, "items": exchange.of(asked)})


@require_http_methods(["GET", "POST"])
@signed_in
def edit(request: UserRequest, pk: int) -> HttpResponse:
    """A message of the user's in place: its form, and asking again with the new text beside the old one."""
    message = owned.message(request, pk, role=ChatCompletionsMessage.Role.USER)
    if request.method == "GET" and not wants_fragment(request):
        return rendering.page(request, message.session, edit=pk)
    form = AskForm(request.POST if request.method == "POST" else None, initial={"text": message.content})
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        context = {"message": message, "session": message.session, "form": form}
        if wants_fragment(request):
            return render(request, f"{TEMPLATE}#edit", context, status=status)
        return rendering.page(request, message.session, edit=pk, edit_form=form, status=status)
    return _again(request, message, lambda token: message.session.edit(message, form.cleaned_data["text"], token))


@require_POST
@signed_in
def regenerate(request: UserRequest, pk: int) -> HttpResponse:
    message = owned.message(request, pk)
    return _again(request, message, lambda token: message.session.regenerate(message, token))


@require_POST
@signed_in
def go_on(request: UserRequest, pk: int) -> HttpResponse:
    """Continue an answer that ended early."""
    message = owned.message(request, pk)
    return _again(request, message, lambda token: message.session.continue_(message, token))


@require_POST
@signed_in
def show(request: UserRequest, pk: int) -> HttpResponse:
    """Leaf to another version of a message, or choose one of several answers."""
    message = owned.message(request, pk)
    message.session.show(message)
    return rendering.thread(request, message.session)


@require_GET
@signed_in
def text(request: UserRequest, pk: int) -> HttpResponse:
    """A message as it was written, for copying; one of any page."""
    message = owned.message_of_any_page(request, pk)
    return HttpResponse(message.content, content_type="text/plain; charset=utf-8")


def _typed(request: UserRequest) -> dict[str, str]:
    """What was typed, or the example whose button was pressed."""
    return {
        "text": request.POST.get("example") or request.POST.get("text", ""),
        "token": request.POST.get("token", ""),
    }


def _start(request: UserRequest, run: Run) -> None:
    runs.start(run)
    tickets.give(request, run)


def _again(request: UserRequest, message: ChatCompletionsMessage, verb: Callable[[str], Run]) -> HttpResponse:
    """Ask something anew with `verb(token)` and show the branch that it begins."""
    form = AgainForm(request.POST)
    if not form.is_valid():
        return rendering.refused(request, message.session)
    try:
        run = verb(form.cleaned_data["token"])
    except errors.NotSent as error:
        return rendering.refused(request, message.session, error)
    _start(request, run)
    message.session.refresh_from_db(fields=["leaf", "title"])
    return rendering.thread(request, message.session, run)
