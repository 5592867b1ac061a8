"""Understand errors: what happened, what to do, and details; with each misbehaving model of the sandbox."""

import re
import time

import pytest

from connector.sandbox.replies.models import MISBEHAVING
from tests.journeys import steps
from tests.journeys.people import make_configuration
from tests.journeys.steps import GOING, ask, details, ended, said
from tests.upstream import words

pytestmark = pytest.mark.browser

KEY = "sk-CANARY-0123456789abcdef0123456789abcdef"
NEVER = re.compile(r"Traceback|File \"|Error\(|<html|<!doctype|<!DOCTYPE|<h1|&lt;|sk-sandb|CANARY|\bNone\b")

# model: what happened, what to do, what the details have to say; the part stays where there was one
FAILED = {
    "sandbox-401": ("refused the key", "administrator was told", "key refused 401 invalid_api_key req_"),
    "sandbox-403": ("does not allow this: Country, region", "Check the region", "forbidden 403 req_"),
    "sandbox-404": ("sandbox-404 does not exist", "Choose another model", "404 model_not_found req_"),
    "sandbox-413": ("did not accept the size", "Send something smaller", "413 req_"),
    "sandbox-429-long": ("busy or the rate limit", "Try again in 60 seconds.", "429 rate_limit_exceeded req_"),
    "sandbox-quota": ("no credit left", "administrator can add credit", "429 credit_balance_exhausted req_"),
    "sandbox-500": ("has trouble (500)", "Try again in a moment", "500 server_error tries 3 req_"),
    "sandbox-502": ("has trouble (502)", "Try again in a moment", "502 Bad Gateway tries 3"),
    "sandbox-503": ("has trouble (503)", "Try again in a moment", "503 server_is_overloaded tries 3 req_"),
    "sandbox-context": ("too long for this model", "Shorten the history", "400 context_length_exceeded req_"),
    "sandbox-filter": ("content filter blocked this (violence", "Rephrase", "400 content_filter req_"),
    "sandbox-reset": ("closed before an answer came", "may have been billed", "reset"),
    "sandbox-refused": ("Nothing is listening at", "Check that the server is running", "refused tries 3"),
    "sandbox-dns": ("The name sandbox.invalid cannot be found", "Check the endpoint", "dns tries 2"),
    "sandbox-html": ("a web page instead of the API (Sign in to the network)", "a proxy", "not_json"),
    "sandbox-redirect": ("redirects to elsewhere.invalid", "Enter the final address", "redirect 307"),
    "sandbox-slow": ("No answer in 1.5 seconds", "allow more time", "first_byte_timeout"),
    "sandbox-hang": ("No answer in 1.5 seconds", "allow more time", "first_byte_timeout"),
}
INTERRUPTED = {
    "sandbox-filtered": ("content filter blocked this", "Rephrase", "content_filter"),
    "sandbox-stall": ("stopped coming; nothing for 1.2 seconds", "Continue it, or try again", "idle_timeout"),
    "sandbox-drip": ("took longer than 3 seconds", "allow more time", "total_timeout"),
    "sandbox-cut": ("cut off before its end", "Continue it, or try again", "cut req_"),
    "sandbox-reset-midway": ("cut off before its end", "Continue it, or try again", "cut req_"),
    "sandbox-error-midway": ("reported an error in the middle of the answer", "Continue it", "server_error req_"),
    "sandbox-badjson": ("answer was not understood (JSON is malformed", "speaks the OpenAI API", "bad_json req_"),
}
GOOD = {
    "sandbox-429": "Limit",
    "sandbox-length": "token limit reached",
    "sandbox-empty": "The model sent an empty answer.",
    "sandbox-refusal": "The model refused.",
    "sandbox-odd": "sandbox",
    "sandbox-huge": "too large",
}
IMPATIENT = {"sandbox-slow", "sandbox-hang", "sandbox-stall", "sandbox-drip"}


def test_no_misbehaving_model_is_forgotten():
    assert FAILED.keys() | INTERRUPTED.keys() | GOOD.keys() == MISBEHAVING.keys()


@pytest.fixture(scope="module")
def impatient(server):
    """A sandbox that an administrator gave little time."""
    limits = {"first_byte_ms": 1500, "idle_ms": 1200, "total_ms": 3000}
    make_configuration(server, "Impatient", api_type="sandbox", model_default_chat="sandbox-fast", **limits)
    return "Impatient"


@pytest.fixture
def chat(chat, impatient):
    def begin(model, configuration=""):
        return chat(model, configuration or (impatient if model in IMPATIENT else "Sandbox"))

    return begin


def look(page, what, todo, facts):
    """The note under the last answer, now and after a reload."""
    for _ in range(2):
        happened, do = said(page)
        assert what in happened
        assert todo in do
        known = details(page)
        for fact in facts.split():
            assert fact in known
        names = page.locator(".run").last.locator("dt").all_inner_texts()
        assert len(names) == len(set(names))
        everything = page.inner_text("body")
        assert not NEVER.search(everything), NEVER.search(everything)
        assert page.locator(".message.user .words").last.inner_text() == "Hello there"
        page.reload()


@pytest.mark.parametrize("model", FAILED)
def test_no_answer(chat, model):
    page = chat(model)
    ask(page, "Hello there")
    ended(page)
    look(page, *FAILED[model])
    assert page.get_by_role("button", name="Try again").is_visible()
    assert page.get_by_role("button", name="Continue").count() == 0
    assert "failed" in page.locator(".facts").inner_text() or model == "sandbox-filter"


@pytest.mark.parametrize("model", INTERRUPTED)
def test_half_an_answer(chat, model):
    page = chat(model)
    ask(page, "Hello there")
    ended(page)
    part = steps.answer(page)
    look(page, *INTERRUPTED[model])
    assert steps.answer(page) == part
    assert page.get_by_role("button", name="Try again").is_visible()
    goes_on = page.get_by_role("button", name="Continue").count() == 1
    assert goes_on == (bool(part) and model != "sandbox-filtered")


class TestOthers:
    def test_a_busy_provider_is_waited_for_and_the_wait_is_counted_down(self, chat):
        page = chat("sandbox-429")
        ask(page, "Hello there")
        waiting = page.locator(".waiting", has_text=re.compile(r"again in \d s \(try 2 of 3\)"))
        waiting.wait_for(timeout=3000)
        page.locator(".waiting", has_text="again in 1 s").wait_for(timeout=3000)
        ended(page)
        assert "Hello there" in steps.answer(page)
        assert page.locator(".note").count() == 0
        assert "tries\n2" in details(page)

    def test_the_token_limit_offers_to_go_on(self, chat):
        page = chat("sandbox-length")
        steps.ask_and_wait(page, "Hello there")
        assert "token limit reached" in page.locator(".facts").inner_text()
        assert page.get_by_role("button", name="Continue").is_visible()

    def test_an_empty_answer_and_a_refusal_are_said(self, chat):
        page = chat("sandbox-empty")
        steps.ask_and_wait(page, "Hello there")
        assert page.locator(".run .nothing").inner_text() == "The model sent an empty answer."
        steps.choose(page, "sandbox-refusal")
        ask(page, "And now?")
        page.locator(".run").nth(1).wait_for()
        ended(page)
        assert said(page) == ("The model refused.", "I'm sorry, but the sandbox cannot help with that request.")

    def test_an_odd_but_right_answer_is_an_answer(self, chat):
        page = chat("sandbox-odd")
        assert "Hello there" in steps.ask_and_wait(page, "Hello there")
        assert page.locator(".run .note").count() == 0

    def test_a_long_silence_is_counted_down_and_stop_is_quick(self, chat):
        page = chat("sandbox-hang", "Sandbox")
        ask(page, "Hello there")
        asked = time.monotonic()
        page.locator(".waiting", has_text=re.compile(r"No answer yet; waiting \d+ s more")).wait_for(timeout=20_000)
        assert time.monotonic() - asked > 8
        pressed = time.monotonic()
        page.keyboard.press("Escape")
        page.locator(GOING).wait_for(state="detached")
        assert time.monotonic() - pressed < 5  # the provider would keep silent for a minute
        assert "stopped" in page.locator(".facts").inner_text()


@pytest.fixture(scope="module")
def with_key(server, upstream):
    make_configuration(
        server,
        "With a key",
        api_type="openai_compatible",
        endpoint=f"{upstream.url}/v1",
        model_default_chat="words-20",
        models=["fault:key-echo", "fault:500", "fault:401", "fault:page-502", "fault:list-error", "fault:cut-5"],
        key=KEY,
    )
    return "With a key"


class TestProvider:
    def test_a_key_that_comes_back_in_an_error_is_not_shown(self, chat, with_key, upstream):
        page = chat("fault:key-echo", with_key)
        ask(page, "Hello there")
        ended(page)
        assert KEY in upstream.requests[-1].headers["authorization"]
        look(page, "refused the key", "administrator was told", "401 invalid_api_key req_upstream")
        assert "hidden" in details(page)

    def test_staff_are_led_to_the_configuration_whose_key_was_refused(self, enter, administrator, with_key):
        page = enter(who=administrator)
        steps.choose(page, "fault:401", with_key)
        ask(page, "Hello there")
        ended(page)
        page.get_by_role("link", name="Open the configuration").click()
        page.locator(".known .state.bad", has_text="refused").wait_for()
        assert "ends in cdef" in page.locator(".known").inner_text()

    def test_a_page_of_a_gateway_is_shown_as_text(self, chat, with_key):
        page = chat("fault:page-502", with_key)
        ask(page, "Hello there")
        ended(page)
        look(page, "has trouble (502)", "Try again", "502 Sign in & go")

    def test_continue_after_a_cut_sends_the_part_along(self, chat, upstream, with_key):
        page = chat("fault:cut-5", "With a key")
        ask(page, "Hello there")
        ended(page)
        steps.choose(page, "words-20")
        page.get_by_role("button", name="Continue").click()
        page.locator(".leafing .place", has_text="2/2").wait_for()
        ended(page)
        roles = [(message["role"], message["content"]) for message in upstream.requests[-1].json["messages"]]
        assert roles[0] == ("user", "Hello there")
        assert roles[1] == ("assistant", "".join(words(5)))
        assert steps.written(page).startswith("".join(words(5)))

    def test_trouble_that_stays_pauses_the_calls_and_says_for_how_long(self, chat, with_key, upstream, person):
        page = chat("fault:500", with_key)
        for attempt in range(4):
            ask(page, f"Hello there {attempt}")
            page.locator(".run").nth(attempt).wait_for()
            ended(page)
        what, todo = said(page)
        assert re.fullmatch(r"Calls to With a key are paused for \d+ s because the last ones failed\.", what)
        assert "Try again then" in todo
        before = len(upstream.requests)
        page.get_by_role("button", name="Try again").last.click()
        page.locator(".run .leafing").last.wait_for()
        ended(page)
        assert "paused" in said(page)[0]
        assert len(upstream.requests) == before
