"""The studio: asking for pictures, and watching them come."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from playground.access import UserRequest, signed_in


@require_GET
@signed_in
def studio(request: UserRequest) -> HttpResponse:
    return render(request, "playground/images/studio.html")
