"""The headers of security on every kind of answer: pages, redirects, errors, static files, streams, our own refusals.

Source of the values: `security.md` section 3 and the Mozilla HTTP Observatory. What an answer already says is left as
it is, so that a view can have a policy of its own.
"""

from config.serving.asgi_types import App, Message, Receive, Scope, Send

# A page's policy is set by Django (`SECURE_CSP`). What comes without one is not a page: it may load and run nothing.
NOT_A_PAGE = b"default-src 'none'; sandbox"

ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"content-security-policy", NOT_A_PAGE),
    (b"cache-control", b"no-store"),
)
STREAM = (
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),  # nginx would otherwise collect a stream before passing it on
)
HTTPS = ((b"strict-transport-security", b"max-age=31536000; includeSubDomains"),)
HIDDEN = {b"server", b"x-powered-by"}


class SafeHeaders:
    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                # read late: the proxy's word about https is in the scope only by now
                message["headers"] = complete(list(message.get("headers", [])), https=scope.get("scheme") == "https")
            await send(message)

        return await self.app(scope, receive, send_safely)


def complete(headers: list[tuple[bytes, bytes]], *, https: bool) -> list[tuple[bytes, bytes]]:
    """`headers` without those that tell too much, and with those that are missing."""
    headers = [(name, value) for name, value in headers if name.lower() not in HIDDEN]
    present = {name.lower(): value for name, value in headers}
    stream = present.get(b"content-type", b"").startswith(b"text/event-stream")
    for name, value in (STREAM if stream else ()) + ALWAYS + (HTTPS if https else ()):
        if name not in present:
            headers.append((name, value))
            present[name] = value
    return headers if b"public" in present[b"cache-control"] else vary_by_cookie(headers)


def vary_by_cookie(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """What one person may see is not for the next one, whatever stands in between."""
    said = b", ".join(value for name, value in headers if name.lower() == b"vary")
    if b"cookie" in said.lower() or said.strip() == b"*":
        return headers
    others = [(name, value) for name, value in headers if name.lower() != b"vary"]
    return [*others, (b"vary", b", ".join(filter(None, (said, b"Cookie"))))]
