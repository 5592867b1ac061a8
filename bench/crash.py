"""The server killed in mid-answer: what of the shown text is kept, and how soon the answer says that it broke off."""

import os
import shutil
import time

from playwright.sync_api import sync_playwright

from bench.browser import sign_up
from bench.figures import Figure
from tests.server import a_server


def killed_in_mid_answer() -> list[Figure]:
    """`kill -9` three seconds into a long answer of the sandbox, and a start on the same data."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with a_server() as server, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        page = chromium.new_page(base_url=server.url)
        sign_up(page, server.admin_link)
        page.goto("/chat/")
        page.fill("#text", "something long")
        page.keyboard.press("Enter")
        page.wait_for_selector(".answer")
        time.sleep(4)
        shown = len(page.inner_text(".answer .prose").split())
        server.kill9()
        killed = time.monotonic()
        server.start()
        while True:
            page.goto(page.url)
            if page.locator("[data-state=interrupted]").count():
                break
            if time.monotonic() - killed > 90:
                break
            time.sleep(0.5)
        waited = time.monotonic() - killed
        kept = len(page.inner_text(".answer .prose").split())
        chromium.close()
    lost = max(0, shown - kept) / 50
    return [
        Figure("kill -9: text lost, in seconds of the stream", lost, "s", 1, f"{shown} words shown, {kept} kept"),
        Figure("kill -9: interrupted after", waited, "s", 45, "a restart at once"),
    ]
