"""Django's handler with one trip to a thread for a request instead of three.

The other two are made for signals at its beginning and its end, which nobody listens to but what looks after database
connections. Here those are looked after in the thread that uses them (`threads`).
"""

import asyncio
import contextlib
from typing import Any

from asgiref.sync import sync_to_async
from django.core.cache import close_caches
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest, get_script_prefix
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix


class Done(Exception):
    """The answer is sent; who waits for the client to go away need not go on."""


def take_over() -> None:
    """Let nobody in this process look after connections at the beginning and the end of a request."""
    request_started.disconnect(reset_queries)  # what it empties is filled by DEBUG only
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    request_finished.disconnect(close_caches)  # neither of ours has anything to close


class Handler(ASGIHandler):
    async def handle(self, scope: Any, receive: Any, send: Any) -> None:  # Any: Django has its own words for ASGI
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with contextlib.closing(body):
            set_script_prefix(get_script_prefix(scope))
            await request_started.asend(sender=type(self), scope=scope)
            request, response = self.create_request(scope, body)
            if request is not None:
                response = await self._answered(request, receive, send)
            elif response is not None:
                await self.send_response(response, send)
            if response is None:
                await request_finished.asend(sender=type(self))
            elif response.streaming and not getattr(response, "is_async", False):
                await sync_to_async(response.close)()  # what it streamed from may take its time
            else:
                response.close()

    async def _answered(self, request: ASGIRequest, receive: Any, send: Any) -> HttpResponseBase | None:
        """The response, sent as far as the client has waited for it; None when it went away before there was one."""
        response = None
        try:
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(self.listen_for_disconnect(receive))
                    response = await self.run_get_response(request)
                    await self.send_response(response, send)
                    raise Done
            except* (Done, RequestAborted):
                pass
        except BaseExceptionGroup as group:
            if len(group.exceptions) == 1:
                raise group.exceptions[0] from group
            raise
        return response
