"""What is taken along: bodies as they were kept."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from playground import harmless
from playground.access import UserRequest, signed_in
from playground.record import owned


@require_GET
@signed_in
def body(request: UserRequest, pk: int, which: str) -> HttpResponse:
    """The whole text of the `request`, or of the `answer`, to be saved."""
    content = owned.content(request, pk)
    facts = {"request": content.request, "answer": content.answer}.get(which)
    if facts is None or not facts.get("text"):
        raise Http404
    name = f"call-{pk}-{which}.txt"
    headers = harmless.UNKEPT | {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(str(facts["text"]), content_type="text/plain; charset=utf-8", headers=headers)
