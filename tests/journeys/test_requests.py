"""Requests in the browser: the console from the first request to a saved one, and the record of what was called; with
the keyboard, by thumb, without JavaScript, in both themes."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import ask_and_wait, copied, until
from tests.journeys.test_access import AXE, PHONE, RUN_AXE

pytestmark = pytest.mark.browser

CONSOLE, RECORD = "/requests/new/", "/requests/"
GOING, ENDED = "#came > [data-going]", "#came > article:not([data-going])"
CHAT = {"model": "sandbox-fast", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture(autouse=True)
def patience():
    expect.set_options(timeout=30_000)


@pytest.fixture
def console(enter):
    """The console, with one of its examples."""

    def open_console(example="", **options):
        page = enter(f"{CONSOLE}?example={example}" if example else CONSOLE, **options)
        page.set_default_timeout(30_000)
        return page

    return open_console


def post(page, path, body, kind="JSON"):
    """Fill in a request with a body."""
    page.locator("[name=method]").select_option("POST")
    page.locator("#req-path").fill(path)
    page.locator(".bodies .option", has_text=kind).first.click()
    page.locator("#req-data").fill(body if isinstance(body, str) else json.dumps(body))


def send(page):
    page.locator("#req-path").press("Control+Enter")
    page.locator(ENDED).wait_for()


class TestConsole:
    def test_the_first_request_comes_back_as_a_tree(self, console):
        page = console()
        page.get_by_role("link", name="List the models").click()
        expect(page.locator("#req-path")).to_have_value("/v1/models")
        assert page.locator("#paths option[value='/v1/chat/completions']").count() == 1
        send(page)
        expect(page.locator(".came .badge.good")).to_have_text("200")
        first = page.locator(".tree details:has(> summary > .index)").first
        assert not first.evaluate("one => one.open")
        first.locator("summary").first.click()
        expect(first.locator(".name", has_text="id")).to_be_visible()
        expect(page.locator("#announcer")).to_contain_text("status 200")

    def test_wrong_json_is_said_to_the_line_then_laid_out_and_sent(self, console):
        page = console()
        post(page, "/v1/chat/completions", '{"model": "sandbox-fast",\n"messages": [],}')
        expect(page.locator("#data-errors")).to_contain_text("Line 2, column 15: this comma is one too many.")
        page.watch.allow("422")
        page.locator(".send").click()
        expect(page.locator("#refusal")).to_contain_text("Nothing was sent")
        assert page.locator("#came > article").count() == 0
        page.locator("#req-data").fill(json.dumps(CHAT))
        expect(page.locator("#data-errors")).to_be_empty()
        page.locator("#format").click()
        until(page, lambda: page.locator("#req-data").input_value().startswith('{\n  "model": "sandbox-fast",\n'))
        send(page)
        expect(page.locator(".tree")).to_contain_text("chat.completion")
        expect(page.locator("#refusal .note")).to_have_count(0)

    def test_a_sound_can_be_heard_and_saved(self, console):
        page = console("speech")
        send(page)
        assert page.locator("audio.sound").count() == 1
        with page.expect_download() as download:
            page.locator(".came .tools").get_by_role("link", name="Download").click()
        assert download.value.suggested_filename == "answer.wav"

    def test_a_retry_is_counted_down_and_shown(self, console):
        page = console()
        post(page, "/v1/chat/completions", CHAT | {"model": "sandbox-429"})
        page.locator("#sending > summary").click()
        page.locator("#req-max_retries").fill("2")
        page.get_by_text("Retry on all errors").click()
        page.locator(".send").click()
        expect(page.locator(".waiting [data-seconds]")).to_be_visible()
        page.locator(ENDED).wait_for()
        expect(page.locator(".came .facts")).to_contain_text("1 retry")

    def test_what_takes_too_long_is_stopped(self, console):
        page = console()
        post(page, "/v1/chat/completions", CHAT | {"model": "sandbox-hang"})
        page.locator(".send").click()
        page.locator(GOING).wait_for()
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".came .facts")).to_contain_text("stopped")

    def test_rows_and_files_survive_what_else_is_wrong(self, console):
        page = console()
        page.locator("#rows-header > summary").click()
        page.locator("#header-name-0").fill("X-First")
        page.locator("#header-add").click()
        page.locator("#header-name-1").fill("Authorization")
        post(page, "/v1/audio/transcriptions", "")
        page.locator(".bodies .option", has_text="Form").click()
        page.locator("#form-name-0").fill("model")
        page.locator("#form-value-0").fill("sandbox-transcribe")
        page.locator("#file-key-0").fill("file")
        page.locator("#file-0").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"words"})
        page.watch.allow("422")
        page.locator(".send").click()
        expect(page.locator("#rows-header")).to_contain_text("Authorization cannot be set")
        expect(page.locator("#rows-file")).to_contain_text("a.txt")
        assert page.locator("#header-name-0").input_value() == "X-First"
        page.locator("#header-remove-1").click()
        expect(page.locator("#header-name-1")).to_have_value("")
        send(page)
        expect(page.locator("#rows-file")).to_contain_text("a.txt")

    def test_too_large_a_file_is_said_before_it_is_sent(self, console):
        page = console()
        post(page, "/v1/files", "")
        page.locator(".bodies .option", has_text="Form").click()
        page.locator("#file-key-0").fill("file")
        large = {"name": "a.bin", "mimeType": "application/octet-stream", "buffer": bytes(25_000_001)}
        page.locator("#file-0").set_input_files(large)
        page.locator(".send").click()
        assert "25 MB" in page.locator("#file-0").evaluate("field => field.validationMessage")
        assert page.locator("#came > article").count() == 0

    def test_is_saved_changed_deleted_and_brought_back(self, console, word):
        page = console("chat")
        page.locator("#saved > summary").click()
        page.locator("#save-name").fill(word)
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_url("**saved=*")
        page.locator("#req-path").fill("/v1/responses")
        page.get_by_role("button", name="Save changes").click()
        expect(page.locator("#req-path")).to_have_value("/v1/responses")
        page.get_by_role("button", name=f"Delete {word}").click()
        expect(page.locator(".toast")).to_contain_text(f"“{word}” was deleted.")
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("#saved > summary")).to_contain_text(word)
        expect(page.locator("#req-path")).to_have_value("/v1/responses")

    def test_what_was_typed_is_there_after_a_reload(self, console):
        page = console()
        post(page, "/v1/responses", '{"model": "x"')
        page.locator("#rows-query > summary").click()
        page.locator("#query-name-0").fill("a")
        page.locator("#query-add").click()
        page.locator("#query-name-1").fill("b")
        page.goto("/chat/")
        page.goto(CONSOLE)
        expect(page.locator("#req-data")).to_have_value('{"model": "x"')
        expect(page.locator("#req-path")).to_have_value("/v1/responses")
        expect(page.locator("#query-name-1")).to_have_value("b")


class TestRecord:
    def test_from_an_answer_to_its_request(self, chat, word):
        page = chat(permissions=["clipboard-read", "clipboard-write"])
        ask_and_wait(page, f"Say {word}.")
        page.locator(".run details.about summary").click()
        page.get_by_role("link", name="Request and response").click()
        expect(page.locator("pre.text").first).to_contain_text(word)
        expect(page.locator(".events li")).not_to_have_count(0)
        page.locator(".events summary").first.click()
        expect(page.locator(".events pre").first).to_be_visible()
        page.get_by_role("button", name="Copy").first.click()
        text = copied(page, "curl")
        assert word in text
        assert "OPENAI_API_KEY" in text
        with page.expect_download() as download:
            page.get_by_role("link", name="HAR").click()
        archive = json.loads(download.value.path().read_text())
        assert word in archive["log"]["entries"][0]["request"]["postData"]["text"]
        page.get_by_role("link", name="Send again").click()
        expect(page.locator("#req-data")).to_have_value(re.compile(word))
        page.go_back()
        page.get_by_role("link", name="Where it was asked").click()
        page.locator(".message.user", has_text=word).wait_for()

    def test_the_list_is_filtered_and_read(self, console):
        page = console("models")
        send(page)
        page.locator("#req-path").fill("/v1/nothing-here")
        page.locator(".send").click()
        expect(page.locator(".came .badge.bad")).to_have_text("404")
        page.get_by_role("link", name="Record").click()
        expect(page.locator("tr.call")).to_have_count(2)
        page.locator("#q").fill("nothing-here")
        expect(page.locator("tr.call")).to_have_count(1)
        page.locator("#q").fill("")
        expect(page.locator("tr.call")).to_have_count(2)
        page.locator("#more > summary").click()
        page.locator("#state").select_option("4xx")
        expect(page.locator("tr.call")).to_have_count(1)
        page.reload()
        expect(page.locator("tr.call")).to_have_count(1)
        page.get_by_role("link", name="Remove the filter Refused (4xx)").click()
        expect(page.locator("tr.call")).to_have_count(2)


def test_with_the_keyboard_alone(console):
    page = console()
    page.locator("[name=method]").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "req-path"
    page.keyboard.press("Control+A")
    page.keyboard.type("/v1/models")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # unfolds the query's rows
    page.keyboard.press("Tab")
    page.keyboard.type("limit")
    page.keyboard.press("Control+Enter")
    page.locator(ENDED).wait_for()
    page.locator(".tree").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    until(page, lambda: page.locator(".tree > details").evaluate("one => !one.open"))


def test_by_thumb(console):
    page = console("chat", **PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator(".send").tap()
    page.locator(ENDED).wait_for()
    expect(page.locator(".came .head")).to_be_in_viewport()  # it came into view by itself
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.goto(RECORD)
    page.locator("tr.call a").first.tap()
    page.locator("#answer-title").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(console, theme):
    page = console("chat", color_scheme=theme)
    page.locator("#rows-header > summary").click()
    page.locator("#sending > summary").click()
    page.evaluate(AXE)
    assert page.evaluate(RUN_AXE) == []
    send(page)
    assert page.evaluate(RUN_AXE) == []
    page.goto(RECORD)
    page.evaluate(AXE)
    assert page.evaluate(RUN_AXE) == []
    page.locator("tr.call a").first.click()
    page.locator("#answer-title").wait_for()
    page.evaluate(AXE)
    assert page.evaluate(RUN_AXE) == []


def test_without_javascript(enter):
    page = enter(CONSOLE, java_script_enabled=False)
    page.set_default_timeout(30_000)
    page.locator("#rows-header > summary").click()
    page.locator("#header-name-0").fill("X-First")
    page.locator("#header-add").click()
    assert page.locator("#header-name-0").input_value() == "X-First"
    post(page, "/v1/chat/completions", '{"model": "sandbox-fast",}')
    page.locator(".send").click()
    page.locator("#data-errors", has_text="Line 1, column 25").wait_for()
    assert page.locator("#header-name-0").input_value() == "X-First"
    page.watch.allow("422")
    page.locator("#req-data").fill(json.dumps(CHAT))
    page.locator(".send").click()
    page.locator(ENDED).wait_for()  # the page fetches itself anew
    page.locator(".tree", has_text="chat.completion").wait_for()
    page.get_by_role("link", name="Request and response").click()
    page.locator("#request-title").wait_for()
