"""What is taken along: bodies as they were kept, an HTTP archive, and code that asks the same."""

import dataclasses
import json
from collections.abc import Iterator, Sequence

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from connector.models import Call, CallContent
from playground import harmless
from playground.access import UserRequest, signed_in
from playground.files.answering import Stream
from playground.record import code, filtering, har, listing, owned, scope

MOST = 500  # calls in one archive
MOST_BYTES = 30_000_000  # of what was kept of them, as it is stored


@require_GET
@signed_in
def body(request: UserRequest, pk: int, which: str) -> HttpResponse:
    """The whole text of the `request`, or of the `answer`, to be saved."""
    content = scope.told(owned.content(request, pk))
    facts = {"request": content.request, "answer": content.answer}.get(which)
    if facts is None or not facts.get("text"):
        raise Http404
    return _download(str(facts["text"]), "text/plain", f"call-{pk}-{which}.txt")


@require_GET
@signed_in
def archive(request: UserRequest, pk: int) -> HttpResponse:
    """One call as an HTTP archive."""
    call = owned.call(request, pk)
    content = scope.told(CallContent.objects.filter(call=call).first())
    return _download(har.written([(call, content)]), "application/json", f"call-{pk}.har")


@require_GET
@signed_in
def archives(request: UserRequest) -> HttpResponseBase:
    """The newest of one's own calls with the filters of the list, as one archive that is written while it is sent."""
    mine = dataclasses.replace(filtering.of(request.GET), whose="", user=None)
    pks = [call.pk for call in listing.page(request.user, mine, most=MOST).calls]
    calls = list(Call.objects.for_user(request.user).filter(pk__in=pks).order_by(*listing.ORDER))
    headers = harmless.UNKEPT | {"Content-Disposition": 'attachment; filename="calls.har"'}
    return Stream(_pieces(list(_with_contents(calls))), content_type="application/json", headers=headers)


@require_GET
@signed_in
def as_code(request: UserRequest, pk: int, kind: str) -> HttpResponse:
    """The request as code, as plain text."""
    if kind not in code.KINDS:
        raise Http404
    content = scope.told(owned.content(request, pk))
    if code.why_not(content):
        raise Http404
    _, write = code.KINDS[kind]
    text = write(code.of(content.call, content))
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=harmless.UNKEPT)


def _with_contents(calls: Sequence[Call]) -> Iterator[tuple[Call, CallContent | None]]:
    """Each with what was kept of it, as long as all of that together is not too much."""
    contents = CallContent.objects.in_bulk([call.pk for call in calls])
    left = MOST_BYTES
    for call in calls:
        content = contents.get(call.pk)
        left -= len(content.packed_request) + len(content.packed_answers) if content else 0
        if left < 0:
            return
        yield call, content


def _pieces(calls: Sequence[tuple[Call, CallContent | None]]) -> Iterator[bytes]:
    """Nothing is read from the database here: it runs in any thread. One call at a time is unpacked."""
    begin, _, end = json.dumps(har.of([])).partition("[]")
    yield f"{begin}[".encode()
    comma = ""
    for call, content in calls:
        for entry in har.of([(call, scope.told(content))])["log"]["entries"]:
            yield f"{comma}{json.dumps(entry, ensure_ascii=False)}\n".encode("utf-8", "replace")
            comma = ","
    yield f"]{end}".encode()


def _download(text: str, media_type: str, name: str) -> HttpResponse:
    headers = harmless.UNKEPT | {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type=f"{media_type}; charset=utf-8", headers=headers)
