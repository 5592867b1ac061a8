"""Which headers somebody may add to a raw request: none that says who asks, whom, or how long the body is."""

import re
from collections.abc import Iterable

from connector.client import errors

# Compared with _ as -, since some servers read both as the same.
REFUSED = {
    "accept-encoding",  # the client asks for bytes as they are
    "api-key",
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "ocp-apim-subscription-key",  # Azure's gateways take a key there
    "openai-organization",  # the configuration's
    "openai-project",
    "proxy-authorization",
    "proxy-connection",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-api-key",
    "x-auth-token",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-goog-api-key",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
}
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\x20-\x7e\t]{0,4000}")


def checked(given: Iterable[tuple[str, str]], *, has_form: bool) -> dict[str, str]:
    """The headers with names in lower case; raises `errors.InvalidParameter` for one that may not be set.

    `has_form`: the body is a form, which has a content type of its own.
    """
    result: dict[str, str] = {}
    for name, value in given:
        folded = name.lower()
        alike = folded.replace("_", "-")
        if not _NAME.fullmatch(name):
            raise _wrong(f"{name!r} is not the name of a header")
        if alike in REFUSED or alike.startswith(("proxy-", "x-ms-token", "sec-")):
            raise _wrong(f"{name} cannot be set; it belongs to the configuration or the connection")
        if has_form and alike == "content-type":
            raise _wrong("a form has its own Content-Type")
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise _wrong(f"the value of {name} has characters in it that cannot be sent")
        if folded in result:
            raise _wrong(f"{name} is there twice")
        result[folded] = value.strip()
    return result


def _wrong(reason: str) -> errors.InvalidParameter:
    return errors.InvalidParameter(param="headers", reason=f"{reason}.", source="raw requests")
