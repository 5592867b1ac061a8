"""Turns away what is not for us before anything looks at it: foreign names, unknown methods, posts from other sites.

Django looks at the host when somebody asks for it, which a static file never does.
"""

import functools
from collections.abc import Sequence

from django.http.request import split_domain_port, validate_host

from config.serving.asgi_types import App, Receive, Scope, Send, header
from config.serving.refusal import refuse

SAFE = {"GET", "HEAD", "OPTIONS"}
METHODS = SAFE | {"POST", "PUT", "PATCH", "DELETE"}


class Gate:
    def __init__(self, app: App, allowed_hosts: Sequence[str]) -> None:
        self.app = app
        self.allowed_hosts = list(allowed_hosts)
        self.is_ours = functools.lru_cache(64)(self._is_ours)  # nearly all say the same name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if scope["method"] not in METHODS:
            return await refuse(send, 405, "This method is not allowed here.")
        if not self.is_ours(header(scope, b"host")):
            return await refuse(send, 400, "This server does not go by that name (see ALLOWED_HOSTS).")
        if header(scope, b"upgrade").lower() == b"websocket":
            return await refuse(send, 400, "This server has no WebSocket.")
        if scope["method"] not in SAFE and header(scope, b"sec-fetch-site") == b"cross-site":
            return await refuse(send, 403, "Another site may not send this.")
        return await self.app(scope, receive, send)

    def _is_ours(self, host: bytes) -> bool:
        domain, _port = split_domain_port(host.decode("latin-1"))  # empty for what is not a host at all
        return bool(domain) and validate_host(domain, self.allowed_hosts)
