"""Settings, title, pin, archive, deletion, export."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from connector.client import wire
from connector.models import ChatCompletionsSession
from playground import harmless
from playground.access import UserRequest, current_path, signed_in, wants_fragment
from playground.chat import listing, owned, rendering
from playground.chat.forms import AskForm, RenameForm

LIST = "playground/chat/sessions.html"


@require_POST
@signed_in
def settings(request: UserRequest, pk: int) -> HttpResponse:
    """Keep what the inspector says, at once."""
    session = owned.session(request, pk)
    form = rendering.settings_form(request, session, posted=True)
    if form.is_valid():
        form.save()
    if wants_fragment(request):
        return _inspector(request, session, form)
    return rendering.to(session) if form.is_valid() else rendering.page(request, session, settings=form, status=422)


@require_POST
@signed_in
def new_settings(request: UserRequest) -> HttpResponse:
    """The inspector of a session that does not exist yet: nothing is kept, but another model takes other parameters."""
    session = ChatCompletionsSession(user=request.user)
    form = rendering.settings_form(request, session, posted=True)
    status = 200 if form.is_valid() else 422
    if wants_fragment(request):
        return _inspector(request, session, form)
    typed = AskForm(initial={"text": request.POST.get("text", "")})
    return rendering.page(request, session, settings=form, form=typed, status=status)


def _inspector(request: UserRequest, session: ChatCompletionsSession, form: Any) -> HttpResponse:  # Any: SettingsForm
    status = 200 if form.is_valid() or form.is_unnamed else 422
    context = {"session": session, "settings": form}
    return render(request, f"{rendering.TEMPLATE}#settings_kept", context, status=status)


@require_http_methods(["GET", "POST"])
@signed_in
def rename(request: UserRequest, pk: int) -> HttpResponse:
    """The title in place, in the list or above the conversation; `?keep` gives the old one back."""
    session = owned.session(request, pk)
    form = RenameForm(
        request.POST if request.method == "POST" else None, initial={"title": session.title}, label_suffix=""
    )
    context = {"session": session, "form": form}
    place = "title" if request.headers.get("HX-Target", "").endswith("#title") else "row"
    if form.is_valid():
        session.rename(form.cleaned_data["title"])
        part = "renamed"
    elif request.method == "GET" and "keep" in request.GET:
        part = "kept"
    else:
        part = "rename"
    if wants_fragment(request):
        return render(request, f"{LIST}#{part}_{place}", context, status=422 if form.errors else 200)
    if part == "rename":
        return render(request, "playground/chat/rename.html", context, status=422 if form.errors else 200)
    return rendering.to(session)


@require_POST
@signed_in
def pin(request: UserRequest, pk: int) -> HttpResponse:
    session = owned.session(request, pk)
    session.pin(request.POST.get("pinned") == "1")
    return _listed(request, session)


@require_POST
@signed_in
def archive(request: UserRequest, pk: int) -> HttpResponse:
    session = owned.session(request, pk)
    session.archive(request.POST.get("archived") == "1")
    return _listed(request, session)


@require_POST
@signed_in
def delete(request: UserRequest, pk: int) -> HttpResponse:
    """Deleted for a day, then for good; the page that follows has the button that brings it back."""
    session = owned.session(request, pk)
    session.discard()
    undo_page = f"{reverse('playground:chat')}?deleted={session.pk}"
    if not wants_fragment(request):
        return redirect(undo_page)
    if current_path(request).startswith(_address(session)):
        return HttpResponseClientRedirect(undo_page)
    return render(request, f"{LIST}#deleted", {"session": session, "undo": session})


@require_POST
@signed_in
def restore(request: UserRequest, pk: int) -> HttpResponse:
    session = owned.deleted_session(request, pk)
    session.restore()
    return rendering.to(session)


@require_GET
@signed_in
def export_markdown(request: UserRequest, pk: int) -> HttpResponse:
    session = owned.session(request, pk)
    return _download(session.export_markdown(), "text/markdown; charset=utf-8", f"{_file_name(session)}.md")


@require_GET
@signed_in
def export_json(request: UserRequest, pk: int) -> HttpResponse:
    session = owned.session(request, pk)
    return _download(wire.encode(session.export()), "application/json", f"{_file_name(session)}.json")


def _listed(request: UserRequest, session: ChatCompletionsSession) -> HttpResponse:
    if not wants_fragment(request):
        return rendering.to(session)
    page = listing.page(request.user, request.POST.get("q", ""), request.POST.get("list") == "archived")
    return render(request, f"{LIST}#rows", {"page": page})


def _address(session: ChatCompletionsSession) -> str:
    return reverse("playground:session", args=[session.pk])


def _file_name(session: ChatCompletionsSession) -> str:
    return f"{slugify(session.title)[:60].strip('-') or 'conversation'}-{session.pk}"


def _download(content: str | bytes, content_type: str, name: str) -> HttpResponse:
    headers = harmless.UNKEPT | {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)
