"""What a crash looks like to people: 503 while the database is away, 500 for everything else."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from playground.accounts import errors


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`; the exception that led here is still being handled (`reliability.md` R65)."""
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        answer = errors.unavailable(request)
        answer["Retry-After"] = "30"
        return answer
    return errors.server_error(request)
