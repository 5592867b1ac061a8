"""Refusals in the exact shape of the real API: `{"error": {"message", "type", "param", "code"}}`.

Messages and codes are those the API gives (OpenAI API reference, errors; seen on the wire), so that a client that
reads them learns nothing false here.
"""

from typing import Any

from connector.client import wire
from connector.sandbox.replies.reply import Asked, Reply

INVALID = "invalid_request_error"


class Problem(Exception):
    """Raised anywhere while answering; becomes the reply."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = INVALID,
        param: str | None = None,
        code: str | None = None,
        headers: dict[str, str] | None = None,
        more: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.error: dict[str, Any] = {"message": message, "type": type, "param": param, "code": code, **(more or {})}

    def reply(self) -> Reply:
        return Reply(
            self.status, {"content-type": "application/json", **self.headers}, wire.encode({"error": self.error})
        )


def missing(param: str) -> Problem:
    return Problem(f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter")


def no_key(asked: Asked) -> Problem:
    """401, as both APIs say it."""
    if asked.azure:
        return Problem(
            "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key "
            "for an active subscription and use a correct regional API endpoint for your resource.",
            status=401,
            code="401",
        )
    return Problem(
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth "
        "(i.e. Authorization: Bearer YOUR_KEY).",
        status=401,
    )


def no_model(asked: Asked, model: str) -> Problem:
    """404, as both APIs say it."""
    if asked.azure and "/deployments/" in asked.path:
        return Problem(
            "The API deployment for this resource does not exist. If you created the deployment within the last "
            "5 minutes, please wait a moment and try again.",
            status=404,
            code="DeploymentNotFound",
        )
    return Problem(
        f"The model `{model}` does not exist or you do not have access to it.", status=404, code="model_not_found"
    )


def no_path(asked: Asked) -> Problem:
    if asked.azure:
        return Problem("Resource not found", status=404, code="404")
    return Problem(f"Invalid URL ({asked.method} {asked.path})", status=404)


def wrong_method(asked: Asked, allowed: str) -> Problem:
    return Problem(f"Not allowed to {asked.method} on {asked.path}", status=405, headers={"allow": allowed})


def too_large() -> Problem:
    return Problem("The request is too large for the sandbox.", status=413)


def slow_down() -> Problem:
    return Problem(
        "Too many answers of the sandbox are open at once. Please try again in a moment.",
        status=429,
        type="requests",
        code="slow_down",
        headers={"retry-after": "5"},
    )
