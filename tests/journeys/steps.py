"""What people do in the browser. Each step returns when what it does can be seen."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

GOING, ENDED = ".run[data-going]", ".run:not([data-going])"
PATIENCE = 30_000  # milliseconds; the machine may be busy with other tests
SETTINGS = re.compile("/settings/$")


def sign_in(page: Page, name: str, password: str) -> None:
    if "/login/" not in page.url:
        page.goto("/login/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login/" not in url)


def ask(page: Page, text: str) -> None:
    """Returns when the question is in the conversation."""
    asked = page.locator(".message.user").count()
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")
    page.locator(".message.user").nth(asked).wait_for()


def ended(page: Page, milliseconds: int = PATIENCE) -> None:
    """Waits for the end of every answer on the page."""
    page.locator(ENDED).last.wait_for(timeout=milliseconds)
    page.locator(GOING).wait_for(state="detached", timeout=milliseconds)


def ask_and_wait(page: Page, text: str) -> str:
    """Returns the last answer."""
    ask(page, text)
    ended(page)
    return answer(page)


def until(page: Page, condition: Callable[[], bool], seconds: float = 40) -> None:
    """Waits for what cannot be said as a selector."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        page.wait_for_timeout(20)


def begun(page: Page, number: int = 10) -> None:
    """Waits until so many words of the last answer are on the page."""
    until(page, lambda: len(answer(page).split()) >= number)


def answer(page: Page) -> str:
    """The text of the last answer in use, as it is shown."""
    return page.locator(".answer.shown .prose").last.inner_text()


def written(page: Page) -> str:
    """The text of the last answer in use, as the model wrote it: what Copy would copy."""
    return page.request.get(page.locator(".run [data-copy]").last.get_attribute("href")).text()


def copied(page: Page, text: str) -> str:
    """What is in the clipboard, once `text` is in it."""
    # Not `wait_for_function`: a promise counts as true there, whatever becomes of it.
    until(page, lambda: text in page.evaluate("navigator.clipboard.readText()"))
    return str(page.evaluate("navigator.clipboard.readText()"))


def choose(page: Page, model: str = "", configuration: str = "") -> None:
    """Choose configuration and model in the inspector; the page has to show them."""
    if configuration:
        option = page.locator("#set-configuration option", has_text=configuration)
        _select(page, "#set-configuration", str(option.get_attribute("value")), f"{configuration} · ")
    if model:
        _select(page, "#set-model", model, f" · {model}")


def _select(page: Page, select: str, value: str, words: str) -> None:
    if page.locator(select).input_value() != value:
        with page.expect_response(SETTINGS):
            page.locator(select).select_option(value)
        # The letters' case counts: a chip that still says "sandbox-fast" does not say "Sandbox".
        page.locator("#chip:visible").filter(has_text=re.compile(re.escape(words))).wait_for()


def set_parameter(page: Page, name: str, value: str) -> None:
    """Type a value into the inspector and leave the field; returns when the server has answered."""
    field = page.locator(f"#set-p_{name}")
    if not field.is_visible():
        page.locator("#advanced summary").click()
    with page.expect_response(SETTINGS):
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
            field.press("Tab")
    expect(page.locator(".settings")).to_be_visible()


def said(page: Page) -> tuple[str, str]:
    """What the last answer's note says: what happened, and what to do."""
    note = page.locator(".run").last.locator(".note").last
    return note.locator("p").nth(0).inner_text(), note.locator("p").nth(1).inner_text()


def details(page: Page) -> str:
    """Everything under the last answer's *Details*."""
    fold = page.locator(".run").last.locator("details.about")
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()
    return fold.inner_text()
