"""The sandbox as a server on loopback that remembers what it was sent: its answers are right ones, and quick."""

import math

import httpx

from connector.sandbox.transport import SandboxTransport
from tests.upstream import Upstream, read


class Witness(Upstream):
    """Whoever is believed by its answers, and says afterwards what it saw (`requests`)."""

    async def _serve(self, connection, reader, writer):
        sandbox = SandboxTransport(math.inf)
        while True:
            seen = await read(reader, connection)
            self.requests.append(seen)
            headers = {name: value for name, value in seen.headers.items() if name not in ("host", "content-length")}
            request = httpx.Request(
                seen.method, f"https://sandbox.invalid{seen.target}", headers=headers, content=seen.body
            )
            response = await sandbox.handle_async_request(request)
            content = await response.aread()
            lines = [f"HTTP/1.1 {response.status_code} X", f"content-length: {len(content)}"]
            lines += [f"{name}: {value}" for name, value in response.headers.items() if name != "content-length"]
            writer.write("\r\n".join([*lines, "", ""]).encode() + (b"" if seen.method == "HEAD" else content))
            await writer.drain()
