"""Two to four pictures side by side."""

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from connector.models import GeneratedImage
from playground.access import UserRequest, signed_in
from playground.images import facts, owned, showing

MOST = 4
OFFERED = 24  # recent ones to choose from


@require_GET
@signed_in
def compare(request: UserRequest) -> HttpResponse:
    """`?id=…` once for each; with fewer than two, others are offered beside it."""
    images = [owned.visible_image(request, public_id) for public_id in _asked(request)]
    images = [image for image in images if image.is_kept]
    more = GeneratedImage.objects.visible_to(request.user).kept().exclude(thumbnail="")
    context = {
        "images": images,
        "differences": facts.differences(images) if len(images) > 1 else [],
        "is_full": len(images) >= MOST,
        "most": MOST,
        "others": more.exclude(pk__in=[image.pk for image in images])[:OFFERED],
    }
    return render(request, "playground/images/compare.html", context)


def _asked(request: UserRequest) -> list[uuid.UUID]:
    """Each once, in their order; raises Http404 for what is no id of ours."""
    return list(dict.fromkeys(map(showing.uuid_of, request.GET.getlist("id")[: 2 * MOST])))[:MOST]
