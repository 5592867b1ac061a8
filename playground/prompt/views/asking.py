"""Asking, the results of tools, stopping, asking again."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from connector import runs
from connector.client import errors
from connector.models import ChatCompletionsMessage, ChatCompletionsSession, Run, prompting
from playground.access import UserRequest, signed_in, wants_fragment
from playground.chat.forms import AgainForm
from playground.parameters.fields import sentence
from playground.prompt import asking, attachments, cards, owned
from playground.prompt.forms import FIELDS
from playground.prompt.views import showing

TEMPLATE = showing.TEMPLATE
RESULT = "result_"  # before the number of a call


@require_POST
@signed_in
def form(request: UserRequest) -> HttpResponse:
    """The form after something was chosen or typed in it: what the model takes, and the variables there are."""
    found = attachments.posted(request)
    form = asking.posted(request, found)
    status = 200 if form.is_valid() or form.is_unnamed else 422
    if not wants_fragment(request):
        return showing.page(request, form, found, status=status)
    context = showing.context_of(form, found)
    if request.headers.get("HX-Target", "").endswith("#variables"):
        return render(request, f"{TEMPLATE}#variables", context)  # whatever is wrong elsewhere
    return render(request, f"{TEMPLATE}#chosen", context, status=status)


@require_POST
@signed_in
def ask(request: UserRequest) -> HttpResponse:
    found = attachments.posted(request)
    form = asking.posted(request, found, sends=True)
    if not form.is_valid() or found.problems:
        return showing.refused(request, form, found)
    try:
        run = ChatCompletionsSession.objects.prompt(request.user, form.wish, form.cleaned_data["token"])
    except errors.InvalidParameter as error:
        field = FIELDS.get(str(error.facts["param"]))
        form.add_error(field, sentence(error))
        return showing.refused(request, form, found)
    except errors.NotSent as error:
        return showing.refused(request, form, found, error)
    runs.start(run)
    if not wants_fragment(request):
        return showing.to(run.session, run)
    return render(request, f"{TEMPLATE}#asked", showing.context_of(form, found) | _of(run))


@require_POST
@signed_in
def results(request: UserRequest, pk: int) -> HttpResponse:
    """What the tools returned that an answer asks for; the exchange goes on."""
    answer, token = owned.answer(request, pk), AgainForm(request.POST)
    calls = prompting.calls_of(answer)
    given = {str(call["id"]): request.POST.get(f"{RESULT}{number}", "") for number, call in enumerate(calls)}
    try:
        run = answer.session.give_results(answer, given, token.cleaned_data["token"] if token.is_valid() else "")
    except errors.InvalidParameter as error:
        return _not_given(request, answer, given, error)
    except errors.NotSent as error:
        return showing.not_again(request, error)
    runs.start(run)
    return _gone_on(request, run)


@require_POST
@signed_in
def again(request: UserRequest, pk: int) -> HttpResponse:
    """The same request once more, as a prompt of its own."""
    run, form = owned.run(request, pk), AgainForm(request.POST)
    try:
        made = ChatCompletionsSession.objects.prompt_again(run, form.cleaned_data["token"] if form.is_valid() else "")
    except errors.NotSent as error:
        return showing.not_again(request, error)
    runs.start(made)
    if not wants_fragment(request):
        return showing.to(made.session, made)
    return render(request, f"{TEMPLATE}#asked_again", _of(made))


@require_POST
@signed_in
def stop(request: UserRequest, pk: int) -> HttpResponse:
    run = owned.run(request, pk)
    runs.stop(run)
    if wants_fragment(request):
        return HttpResponse(status=204)  # the stream brings the end
    return showing.to(run.session, run)


def _of(run: Run) -> dict[str, object]:
    """What a card is drawn from: of a run that was just made, or was before with the same token."""
    assert run.session is not None  # noqa: S101  # for the type checker: a prompt has one
    run.session.refresh_from_db()
    return {"card": cards.card(run.session), "run": run}


def _gone_on(request: UserRequest, run: Run) -> HttpResponse:
    if not wants_fragment(request):
        return showing.to(run.session, run)
    return render(request, f"{TEMPLATE}#gone_on", _of(run))


def _not_given(
    request: UserRequest, answer: ChatCompletionsMessage, given: dict[str, str], error: errors.InvalidParameter
) -> HttpResponse:
    """What is missing, beside the fields, with what was typed kept."""
    context = {"message": answer, "calls": cards.calls_of(answer, given), "reason": sentence(error)}
    template = f"{TEMPLATE}#results_form" if wants_fragment(request) else "playground/prompt/results.html"
    return render(request, template, context, status=422)
