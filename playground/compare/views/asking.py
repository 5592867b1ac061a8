"""Asking: the form, its columns, the same once more."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from connector import runs
from connector.client import errors
from connector.models import Comparison
from playground import keys
from playground.access import UserRequest, signed_in, wants_fragment
from playground.chat.forms import AgainForm
from playground.compare import owned, rendering, setup


@require_POST
@signed_in
def ask(request: UserRequest) -> HttpResponse:
    data = request.POST.copy()
    if example := data.get("example"):
        data["prompt"] = example
    form = setup.posted(request.user, data, sends=True)
    if not form.is_valid:
        return rendering.refused(request, form=form)
    try:
        made = Comparison.objects.begin(request.user, **form.wish)
    except errors.NotSent as error:
        return rendering.refused(request, error, form=form)
    return _begin(request, made)


@require_POST
@signed_in
def form(request: UserRequest) -> HttpResponse:
    """The form after a column was added, copied or removed, or something was chosen in one: `column` is its number."""
    if wants_fragment(request) and (number := keys.parse(request.POST.get("column", ""))):
        column = setup.one_posted(request.user, request.POST, number)
        if column is None:
            raise Http404
        status = 200 if column.is_valid() or column.is_unnamed else 422
        return render(request, f"{rendering.TEMPLATE}#setup_column", {"column": column}, status=status)
    found = setup.posted(request.user, request.POST)
    if wants_fragment(request):
        return render(request, f"{rendering.TEMPLATE}#setup", {"form": found})
    return rendering.page(request, None, found)


@require_POST
@signed_in
def again(request: UserRequest, pk: int) -> HttpResponse:
    """The same prompt to the same columns once more."""
    found, form = owned.comparison(request, pk), AgainForm(request.POST)
    try:
        made = found.again(form.cleaned_data["token"] if form.is_valid() else "")
    except errors.NotSent as error:
        return rendering.refused(request, error, comparison=found)
    return _begin(request, made)


@require_POST
@signed_in
def again_in_column(request: UserRequest, pk: int) -> HttpResponse:
    """One column once more: it failed, or was stopped."""
    run, form = owned.run(request, pk), AgainForm(request.POST)
    session, answer = run.session, run.messages.first()
    if session is None or session.comparison_id is None or answer is None:
        raise Http404
    comparison = owned.comparison(request, session.comparison_id)
    try:
        made = session.regenerate(answer, form.cleaned_data["token"] if form.is_valid() else "")
    except errors.NotSent as error:
        return rendering.refused(request, error, comparison=comparison)
    runs.start(made)
    return rendering.changed(request, comparison)


def _begin(request: UserRequest, made: Comparison) -> HttpResponse:
    for run in made.asked:
        runs.start(run)
    return rendering.asked(request, made)
