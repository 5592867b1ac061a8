"""Prompts that are kept under a name, and their versions."""

from django.db.models import OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from connector.client import errors
from connector.models import SavedPrompt, SavedPromptVersion
from playground import keys
from playground.access import UserRequest, signed_in, wants_fragment
from playground.parameters.fields import sentence
from playground.prompt import asking, attachments, differing, owned
from playground.prompt.views import showing

AT_ONCE = 30  # saved prompts on a page
MOST_VERSIONS = 100  # that are listed
PAGE, LIST = "playground/prompt/version.html", "playground/prompt/saved.html"


@require_POST
@signed_in
def save(request: UserRequest) -> HttpResponse:
    """Keep what stands in the form as the next version of the prompt that is named."""
    found = attachments.posted(request)
    form = asking.posted(request, found)
    is_valid = form.is_valid()
    if is_valid and not (form.kept["system_prompt"] + form.kept["question"]).strip():
        form.add_error("name", "There is no text yet to keep under this name.")
        is_valid = False
    if is_valid:
        try:
            version = SavedPrompt.objects.keep(request.user, form.cleaned_data["name"], **form.kept)
        except errors.InvalidParameter as error:
            form.add_error("name", sentence(error))
        else:
            if wants_fragment(request):
                return render(
                    request, f"{showing.TEMPLATE}#saved", showing.context_of(form, found) | {"version": version}
                )
            return redirect(f"{reverse('playground:prompt')}?{asking.SAVED}={version.pk}")
    return showing.refused(request, form, found)


@require_GET
@signed_in
def overview(request: UserRequest) -> HttpResponse:
    """The saved prompts, last changed first; `?after=` goes on."""
    theirs = SavedPrompt.objects.for_user(request.user).order_by("-touched", "-pk")
    if after := keys.parse(request.GET.get("after", "")):
        last = owned.saved(request, after)
        theirs = theirs.filter(touched__lte=last.touched).exclude(touched=last.touched, pk__gte=last.pk)
    shown = list(theirs[: AT_ONCE + 1])
    newest = _newest(shown[:AT_ONCE])
    rows = [(prompt, newest.get(prompt.pk)) for prompt in shown[:AT_ONCE]]
    return render(request, LIST, {"rows": rows, "after": shown[AT_ONCE - 1].pk if len(shown) > AT_ONCE else None})


@require_GET
@signed_in
def detail(request: UserRequest, pk: int) -> HttpResponse:
    """A version, the newest unless `?version=` says another; `?with=` compares it with one."""
    return _page(request, owned.saved(request, pk))


@require_POST
@signed_in
def rename(request: UserRequest, pk: int) -> HttpResponse:
    prompt = owned.saved(request, pk)
    try:
        prompt.rename(request.POST.get("name", ""))
    except errors.InvalidParameter as error:
        prompt.refresh_from_db(fields=["name"])
        return _page(request, prompt, status=422, typed=request.POST.get("name", ""), wrong=sentence(error))
    return redirect("playground:saved_prompt", prompt.pk)


@require_POST
@signed_in
def delete(request: UserRequest, pk: int) -> HttpResponse:
    """For good, with all versions: the page asks before."""
    owned.saved(request, pk).delete()
    return redirect("playground:saved_prompts")


@require_POST
@signed_in
def restore(request: UserRequest, pk: int) -> HttpResponse:
    """The newest version says what this one says."""
    version = owned.version(request, pk)
    try:
        version.prompt.restore(version)
    except errors.InvalidParameter as error:
        return _page(request, version.prompt, status=422, wrong=sentence(error))
    return redirect("playground:saved_prompt", version.prompt_id)


def _page(request: UserRequest, prompt: SavedPrompt, *, status: int = 200, **more: object) -> HttpResponse:
    versions = list(prompt.versions.select_related("configuration")[:MOST_VERSIONS])
    chosen = _numbered(request, prompt, "version") or versions[0]
    other = _numbered(request, prompt, "with")
    context = {
        "prompt": prompt,
        "versions": versions,
        "version": chosen,
        "other": other,
        "parts": differing.parts(other, chosen) if other else [],
    }
    return render(request, PAGE, context | more, status=status)


def _numbered(request: UserRequest, prompt: SavedPrompt, name: str) -> SavedPromptVersion | None:
    number = keys.parse(request.GET.get(name, ""))
    return prompt.versions.select_related("configuration").filter(number=number).first() if number else None


def _newest(prompts: list[SavedPrompt]) -> dict[int, SavedPromptVersion]:
    """The newest version of each, by the prompts' keys. One query."""
    numbers = SavedPromptVersion.objects.filter(prompt=OuterRef("prompt")).order_by("-number").values("number")[:1]
    rows = SavedPromptVersion.objects.filter(prompt__in=prompts, number=Subquery(numbers))
    return {version.prompt_id: version for version in rows.defer("parameters")}
