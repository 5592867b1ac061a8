"""What a person at a browser waits for: the first page, and the first token on the screen."""

import os
import shutil
import time

from playwright.sync_api import Page, Response, sync_playwright

from bench.figures import Figure, percentile
from tests.server import a_server

NAME, PASSWORD = "bench", "a-password-for-the-bench"  # of a server that lives for a minute
FAST = "sandbox-fast"


def sign_up(page: Page, link: str) -> None:
    """The first administrator, by the one-time link."""
    page.goto(link)
    page.fill("[name=username]", NAME)
    page.fill("[name=password1]", PASSWORD)
    page.fill("[name=password2]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#text")


def weigh(page: Page, url: str) -> tuple[int, float, float]:
    """Requests, kB as transferred, and ms until the page can be used, with an empty browser cache."""
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # Playwright marks what it calls
    page.goto(url, wait_until="networkidle")
    size = sum(answer.request.sizes()["responseBodySize"] for answer in answers)
    usable = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    return len(answers), size / 1000, float(usable)


# Sends the form and resolves with the ms until the first word of the answer stands in the document.
FIRST_WORD = """
text => new Promise(done => {
  const field = document.querySelector('#text');
  field.value = text;
  field.dispatchEvent(new Event('input', {bubbles: true}));
  const before = document.querySelectorAll('.answer').length;
  const start = performance.now();
  const look = () => {
    const answers = document.querySelectorAll('.answer');
    const last = answers[answers.length - 1];
    if (answers.length > before && last.querySelector('.prose')?.textContent.trim()) done(performance.now() - start);
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  document.querySelector('#composer').requestSubmit();
})
"""


def first_page(rounds: int = 15) -> list[Figure]:
    """The chat page of somebody who signs in for the first time, and questions to the sandbox without delay."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with a_server() as server, sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-dev-shm-usage"]
        chromium = playwright.chromium.launch(executable_path=path, args=options)
        context = chromium.new_context(base_url=server.url)
        page = context.new_page()
        sign_up(page, server.admin_link)
        cookies = context.storage_state()
        weights = []
        for _ in range(5):
            fresh = chromium.new_context(base_url=server.url, storage_state=cookies)
            weights.append(weigh(fresh.new_page(), f"{server.url}/chat/"))
            fresh.close()
        page.goto("/chat/")
        page.select_option("select[name=model]", FAST)
        times = [ask(page, number) for number in range(rounds)]
        chromium.close()
    requests, kilobytes = max(weight[0] for weight in weights), max(weight[1] for weight in weights)
    usable = percentile([weight[2] for weight in weights], 50)
    return [
        Figure("first page: requests", requests, "", 8),
        Figure("first page: transferred", kilobytes, "kB", 60),
        Figure("first page: usable, median", usable, "ms", 300),
        Figure("Enter to first token on screen, median", percentile(times, 50), "ms", 100, f"{rounds} questions"),
    ]


def ask(page: Page, number: int) -> float:
    """One question; the next one has to wait for the answer's end and for the limit of sends a minute."""
    taken = float(page.evaluate(FIRST_WORD, f"question {number}"))
    page.wait_for_selector("[data-going]", state="detached")
    time.sleep(0.1)
    return taken
