"""The page of prompts and its parts, as responses."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from connector.client import errors
from connector.models import ChatCompletionsSession, Run
from playground import unsent
from playground.access import UserRequest, wants_fragment
from playground.prompt import asking, cards
from playground.prompt.attachments import TYPES, Attachments
from playground.prompt.examples import EXAMPLES
from playground.prompt.forms import PromptForm

TEMPLATE = cards.TEMPLATE


def context_of(form: PromptForm, found: Attachments | None = None) -> dict[str, Any]:
    """What the parts of the form read."""
    return {"form": form, "attached": found or Attachments(list(form.uploads)), "types": TYPES}


def page(
    request: UserRequest,
    form: PromptForm,
    found: Attachments | None = None,
    *,
    after: int | None = None,
    status: int = 200,
    **more: Any,  # Any: what a template reads
) -> HttpResponse:
    context = {
        **context_of(form, found),
        "page": cards.page(request.user, after),
        "after": after,
        "examples": [(key, words) for key, (words, _) in EXAMPLES.items()],
    }
    return render(request, TEMPLATE, context | more, status=status)


def refused(
    request: UserRequest,
    form: PromptForm,
    found: Attachments,
    error: errors.NotSent | None = None,
) -> HttpResponse:
    """Why nothing was asked: at the field or beside the button, with everything that was typed and sent kept."""
    status = unsent.status(error)
    if wants_fragment(request):
        context = context_of(form, found) | {"error": error}
        response = render(request, f"{TEMPLATE}#refused", context, status=status)
    else:
        response = page(request, form, found, status=status, error=error)
    return unsent.in_time(response, error)


def not_again(request: UserRequest, error: errors.NotSent) -> HttpResponse:
    """Why something that stands on the page could not be asked again, or gone on with."""
    status = unsent.status(error)
    if wants_fragment(request):
        response = render(request, f"{TEMPLATE}#not_again", {"error": error}, status=status)
    else:
        response = page(request, asking.form(request), status=status, error=error)
    return unsent.in_time(response, error)


def to(session: ChatCompletionsSession | None, run: Run | None = None) -> HttpResponse:
    """The page with the prompt on it; the form filled in as it was sent."""
    query = f"?{asking.FROM}={session.pk}" if session else ""
    anchor = f"#run-{run.pk}" if run else ""
    return redirect(f"{reverse('playground:prompt')}{query}{anchor}")
