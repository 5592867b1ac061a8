"""What was not sent, and why: how every page answers."""

from django.http import HttpResponse

from connector.client import errors


def status(error: errors.ConnectorError | None) -> int:
    """One of the two that pages swap in: 429 at a limit of ours, else 422."""
    return 429 if isinstance(error, errors.LimitReached) else 422


def in_time(response: HttpResponse, error: errors.ConnectorError | None) -> HttpResponse:
    """`response`; where it is known when there is room again, it says so, also to scripts."""
    if error and (seconds := error.facts.get("seconds")):
        response["Retry-After"] = str(seconds)
    return response
