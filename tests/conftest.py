"""The browser for the journeys. Whatever goes wrong in it without being asked for fails the test.

Playwright's own event loop runs in the thread of the test while a browser is open, and Django's ORM refuses to work
there. So browser tests talk to a server process (`tests/server.py`) and to nothing else, and stand in files of their
own; the browser is closed at the end of each file.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from _pytest.runner import runtestprotocol
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.server import Server, a_server

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Watch:
    """Collects what a page does wrong: errors in the console, reports of its policy, requests to other origins."""

    def __init__(self, page: Page, origin: str) -> None:
        self.origin = origin
        self.problems: list[str] = []
        self.allowed: list[str] = []
        page.on("console", self.note_console)
        page.on("pageerror", lambda error: self.problems.append(f"error in a script: {error}"))
        page.on("request", self.note_request)

    def allow(self, *texts: str) -> None:
        """From now on, problems that contain one of the texts were meant to happen."""
        self.allowed += texts

    def unexpected(self) -> list[str]:
        return [problem for problem in self.problems if not any(text in problem for text in self.allowed)]

    def note_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"{message.type} in the console: {message.text} ({message.location.get('url', '')})")

    def note_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.path == "/csp-report/":
            self.problems.append(f"the policy was broken: {request.post_data}")
        if address.scheme in ("http", "https", "ws", "wss") and f"{address.scheme}://{address.netloc}" != self.origin:
            self.problems.append(f"a request to another origin: {request.url}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """What fails in a browser is walked once more, with everything of the test made anew: a window that the system
    takes for covered sees no stream, and nobody can tell it from one that is. Twice is a failure; once is a warning.
    """
    if "chromium" not in getattr(item, "fixturenames", ()):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    if any(report.failed for report in reports):
        item.warn(pytest.PytestWarning(f"walked once more: {reports[-1].nodeid}"))
        item._initrequest()  # type: ignore[attr-defined]  # of a function: its fixtures anew
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser: $CHROMIUM, or one that is installed, or Playwright's own."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        # no sandbox: in a container the kernel often does not let root have one; it only sees our own pages
        args = ["--no-sandbox", "--disable-dev-shm-usage"]
        args += ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]  # a microphone that beeps
        browser = playwright.chromium.launch(executable_path=path, args=args)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server for all tests of a file."""
    with a_server() as running:
        yield running


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """`open_page(server, **options)`: a page in a browser context of its own, as another person would have it.

    `options` are Playwright's for a context (`java_script_enabled=False`, `color_scheme="dark"`, `viewport=…`). The
    page's `watch` (see `Watch`) has to have seen nothing unexpected when the test ends.
    """
    watches, contexts = [], []

    def open_one(server: Server, **options: object) -> Page:
        context = chromium.new_context(base_url=server.url, **options)  # type: ignore[arg-type]  # passed on as given
        page = context.new_page()
        page.watch = Watch(page, server.url)  # type: ignore[attr-defined]  # for the test to allow what it provokes
        watches.append(page.watch)  # type: ignore[attr-defined]
        contexts.append(context)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert [problem for watch in watches for problem in watch.unexpected()] == []


@pytest.fixture
def page(open_page: Callable[..., Page], server: Server) -> Page:
    """A page on this file's server."""
    return open_page(server)
