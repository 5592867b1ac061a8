"""Prompts in the browser: variables, a schema with a mistake, a tool's result, files, versions; stopping and reloading;
with the keyboard, by thumb, without JavaScript, in both themes."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.journeys.people import rows
from tests.journeys.steps import until
from tests.journeys.test_access import AXE, PHONE, RUN_AXE
from tests.pictures import a_picture

pytestmark = pytest.mark.browser

PROMPT = "/prompt/"
GOING, ENDED = ".run[data-going]", ".run:not([data-going])"
AT_REST = "document.getAnimations().every(one => one.effect.getTiming().iterations === Infinity)"
BROKEN = '{\n  "type": "object",\n  "properties": {\n    "name": {"type": "string"}\n  },\n  "required": [],\n  "additionalProperties": false\n}'  # fmt: skip  # noqa: E501
MENDED = BROKEN.replace("[]", '["name"]')
CARET = "document.activeElement.value.slice(0, document.activeElement.selectionStart).split('\\n').length"


@pytest.fixture(autouse=True)
def patience():
    expect.set_options(timeout=30_000)


@pytest.fixture
def prompt(enter):
    """`prompt(path, model)`: the form, with the sandbox's `model` chosen."""

    def open_prompt(path=PROMPT, model="sandbox-fast", **options):
        page = enter(path, **options)
        page.set_default_timeout(30_000)
        if page.locator("#set-model").input_value() != model:
            with drawn_anew(page):
                page.locator("#set-model").select_option(model)
        return page

    return open_prompt


def drawn_anew(page):
    return page.expect_response(lambda answer: answer.url.endswith("/prompt/form/"))


def send(page, text=None):
    """Returns when its card is on the page."""
    before = page.locator(".prompted").count()
    if text is not None:
        page.locator("#prompt").fill(text)
    page.locator("#prompt").press("Control+Enter")
    expect(page.locator(".prompted")).to_have_count(before + 1)


def answered(page):
    page.locator(GOING).wait_for(state="detached")
    return page.locator(".prompted").first.locator(".answer .prose").last.inner_text()


class TestAsking:
    def test_variables_become_fields_and_are_filled_in(self, prompt, word):
        page = prompt()
        page.watch.allow("422")
        page.locator("#prompt").fill(f'Hi {{{{name}}}}, {word} {{{{"json": 1}}}}')
        field = page.locator("#set-v_name")
        field.wait_for()
        expect(page.locator(".braces")).to_contain_text('{{"json": 1}}')
        page.locator(".sending .send").click()
        expect(page.locator("#v_name-errors")).to_contain_text("Say what stands in the place of {{name}}.")
        field.fill("Ada {{name}}")
        send(page)
        assert f'Hi Ada {{{{name}}}}, {word} {{{{"json": 1}}}}' in answered(page)
        page.locator("#prompt").fill("Hi")
        expect(field).to_have_count(0)
        page.get_by_role("link", name="Use again").click()
        expect(page.locator("#set-v_name")).to_have_value("Ada {{name}}")
        expect(page.locator("#announcer")).to_be_attached()

    def test_a_mistake_in_a_schema_is_told_with_its_line_and_leads_there(self, prompt):
        page = prompt()
        page.watch.allow("422")
        page.locator("#format summary").click()
        with drawn_anew(page):
            page.locator("#set-format").select_option("json_schema")
        page.locator("#set-schema").fill(BROKEN)
        page.locator("#set-schema").press("Tab")
        mistake = page.locator("#schema-errors a")
        expect(mistake).to_have_text("Line 6, column 3")
        expect(page.locator("#schema-errors mark")).to_have_text('"')
        expect(page.locator("#format .gutter .wrong")).to_have_text("6")
        mistake.click()
        assert page.evaluate(CARET) == 6
        page.locator("#prompt").fill("Who?")
        page.locator(".sending .send").click()
        expect(page.locator("#refusal")).to_contain_text("Nothing was sent.")
        page.locator("#set-schema").fill(MENDED)
        send(page)
        answered(page)
        block = page.locator(".prompted").first.locator("figure.code pre")
        assert json.loads(block.inner_text()) == {"name": "sample name"}

    def test_a_tool_is_answered_by_a_person_until_a_text_comes(self, prompt):
        page = prompt(f"{PROMPT}?example=tools")
        page.watch.allow("422")
        send(page)
        call = page.locator(".tool-calls")
        expect(call).to_contain_text("get_weather")
        expect(call.locator(".arguments")).to_contain_text('"place"')
        call.get_by_role("button").click()
        expect(page.locator(".tool-calls .errorlist")).to_have_text("Write what get_weather returned.")
        page.locator(".tool-calls textarea").fill("12 degrees, rain")
        page.locator(".tool-calls textarea").press("Control+Enter")
        expect(page.locator(".tool-result")).to_contain_text("12 degrees, rain")
        assert "12 degrees, rain" in answered(page)
        assert page.locator(".prompted").count() == 1
        assert page.locator(".tool-calls").count() == 0

    def test_pictures_and_files_go_along_and_can_be_left_out(self, prompt, word):
        page = prompt()
        page.watch.allow("422")
        files = [
            {"name": "cat.png", "mimeType": "image/png", "buffer": a_picture()},
            {"name": "a.bin", "mimeType": "application/octet-stream", "buffer": b"\xff\x00"},
        ]
        page.locator("#files").set_input_files(files)
        page.locator("#prompt").fill(word)
        page.locator(".sending .send").click()
        expect(page.locator("#files-errors")).to_contain_text("“a.bin”: a model reads pictures")
        expect(page.locator(".kept-file")).to_have_count(1)
        page.locator("#files").set_input_files({"name": "n.md", "mimeType": "text/markdown", "buffer": b"# Notes"})
        send(page)
        text = answered(page)
        assert "[a picture]" in text
        assert "[a file]" in text
        page.locator(".kept-file", has_text="cat.png").click()
        send(page)
        assert "[a picture]" not in answered(page)

    def test_a_file_that_is_too_large_is_not_even_sent(self, prompt):
        page = prompt()
        page.locator("#files").set_input_files(
            {"name": "big.txt", "mimeType": "text/plain", "buffer": b"x" * 25_000_001}
        )
        expect(page.locator("#files-errors")).to_contain_text("26 MB; 25 MB altogether can go along")
        assert page.locator("#files").evaluate("field => field.files.length") == 0

    def test_every_operation_by_a_switch(self, prompt, word):
        page = prompt()
        page.locator("#set-p_max_completion_tokens").fill("50")
        with drawn_anew(page):
            page.locator(".operation .option", has_text="Responses").click()
        expect(page.locator("#set-p_max_output_tokens")).to_have_value("50")
        send(page, word)
        assert "no model" in answered(page).lower()
        expect(page.locator(".prompted .badge").first).to_have_text("Responses")
        with drawn_anew(page):
            page.locator(".operation .option", has_text="Completions").click()
        expect(page.locator("#set-system")).to_be_hidden()
        expect(page.locator("#operation-note")).to_contain_text("OpenAI has had no model for it")
        expect(page.locator("#set-model")).to_have_value("sandbox-completion")
        send(page, word)
        assert "goes on the sandbox" in answered(page)


class TestRunning:
    def test_a_reload_loses_nothing_and_stop_keeps_what_came(self, prompt, word):
        page = prompt(model="sandbox")
        send(page, f"{word} everything")
        until(page, lambda: len(page.locator(".answer .prose").inner_text()) > 40)
        page.reload()
        page.locator(GOING).wait_for()
        expect(page.locator("#prompt")).to_have_value(f"{word} everything")
        until(page, lambda: len(page.locator(".answer .prose").inner_text()) > 40)
        page.get_by_role("button", name="Stop").click()
        page.locator(".run[data-state=stopped]").wait_for()
        expect(page.locator("#announcer")).to_have_text("The answer was stopped.")
        assert len(answered(page)) > 40
        page.get_by_role("button", name="Send the same again").click()
        expect(page.locator(".prompted")).to_have_count(2)
        page.get_by_role("button", name="Stop").click()
        page.locator(GOING).wait_for(state="detached")

    def test_what_broke_off_is_kept_and_tried_again(self, prompt, word):
        page = prompt(model="sandbox-cut")
        send(page, word)
        page.locator(".run[data-state=interrupted]").wait_for()
        assert answered(page)
        page.get_by_role("button", name="Try again").click()
        expect(page.locator(".prompted")).to_have_count(2)
        page.locator(GOING).wait_for(state="detached")

    def test_a_double_click_asks_once(self, prompt, server, word):
        page = prompt()
        page.locator("#prompt").fill(word)
        page.locator(".sending .send").dblclick()
        page.locator(ENDED).wait_for()
        page.locator(".sending .send:enabled").wait_for()
        query = "SELECT count(*) FROM connector_chatcompletionssession WHERE title = ?"
        assert rows(server, query, word) == [(1,)]

    def test_a_deletion_is_taken_back(self, prompt, word):
        page = prompt()
        send(page, word)
        answered(page)
        page.get_by_role("button", name="Delete this prompt").click()
        expect(page.locator(".prompted")).to_have_count(0)
        page.get_by_role("button", name="Undo").click()
        expect(page.locator(".prompted")).to_contain_text(word)


class TestKeeping:
    def test_a_prompt_is_saved_in_versions_compared_restored_and_opened(self, prompt, word):
        page = prompt()
        page.locator("#prompt").fill("First {{x}}")
        page.locator("#set-v_x").fill("one")
        page.locator("#saving summary").click()
        page.locator("#set-name").fill(word)
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#saving-said")).to_contain_text(f"version 1 of “{word}”")
        page.locator("#prompt").fill("Second {{x}}")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("link", name=f"version 2 of “{word}”").click()
        page.get_by_role("link", name=re.compile("^Compare version")).click()
        expect(page.locator(".diff del")).to_have_text("First {{x}}")
        expect(page.locator(".diff ins")).to_have_text("Second {{x}}")
        page.get_by_role("button", name="Restore version 1").click()
        expect(page.locator("#version-title")).to_have_text("Version 3")
        page.get_by_role("link", name="Open in the form").click()
        expect(page.locator("#prompt")).to_have_value("First {{x}}")
        expect(page.locator("#set-v_x")).to_have_value("one")
        expect(page.locator("#set-name")).to_have_value(word)
        page.get_by_role("link", name="Saved prompts").click()
        page.get_by_role("link", name=word, exact=True).click()
        page.locator(".keeping summary").click()
        page.get_by_role("button", name=f"Delete “{word}”").click()
        expect(page.locator(".nothing")).to_contain_text("Nothing is saved yet")

    def test_what_is_typed_is_a_draft(self, prompt, word):
        page = prompt()
        page.locator("#prompt").fill(f"{word} {{{{x}}}}")
        page.locator("#set-system").fill("Be brief.")
        page.locator("#set-v_x").fill("one")
        page.locator("#tools summary").click()
        page.locator("#set-tools").fill("[1")
        page.watch.allow("422")
        page.goto("/chat/")
        page.goto(PROMPT)
        expect(page.locator("#prompt")).to_have_value(f"{word} {{{{x}}}}")
        expect(page.locator("#set-system")).to_have_value("Be brief.")
        expect(page.locator("#set-v_x")).to_have_value("one")
        expect(page.locator("#set-tools")).to_have_value("[1")
        expect(page.locator("#set-tools")).to_be_visible()
        page.get_by_role("link", name="New prompt").click()
        expect(page.locator("#prompt")).to_have_value("")
        page.reload()
        expect(page.locator("#prompt")).to_have_value("")
        assert page.locator("#set-tools").input_value() == ""


def test_with_the_keyboard_alone(prompt, word):
    page = prompt()
    page.locator(".operation :checked").focus()
    with drawn_anew(page):
        page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.value") == "responses"
    page.keyboard.press("Tab")
    page.keyboard.type("Be brief.")
    page.keyboard.press("Tab")
    page.keyboard.type(f"{word} {{{{x}}}}")
    page.locator("#set-v_x").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.type("one")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".prompted")).to_have_count(1)
    assert f"{word} one" in answered(page)
    until(page, lambda: page.evaluate("document.activeElement.id") == "set-v_x")


def test_who_presses_send_with_the_keyboard_stays_there(prompt, word):
    page = prompt()
    page.watch.allow("422")
    send_button = page.locator("#asking .send")
    send_button.press("Enter")
    page.locator("#refusal .note").wait_for()
    expect(send_button).to_be_focused()  # nothing was typed, so nothing was sent
    page.locator("#prompt").fill(word)
    send_button.press("Enter")
    answered(page)
    expect(send_button).to_be_focused()


def test_by_thumb(prompt, word):
    page = prompt(f"{PROMPT}?example=schema", **PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator(".sending .send").tap()
    page.locator(ENDED).wait_for()
    expect(page.locator(".prompted .head").first).to_be_in_viewport()  # it came into view by itself
    page.locator(".prompted .sent summary").tap()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(prompt, word, theme):
    page = prompt(f"{PROMPT}?example=tools", color_scheme=theme)
    page.watch.allow("422")
    page.evaluate(AXE)
    assert page.evaluate(RUN_AXE) == []
    page.locator("#format summary").click()
    with drawn_anew(page):
        page.locator("#set-format").select_option("json_schema")
    page.locator("#set-schema").fill(BROKEN)
    page.locator("#set-schema").press("Tab")
    page.locator("#schema-errors a").wait_for()
    assert page.evaluate(RUN_AXE) == []
    page.locator("#set-schema").fill(MENDED)
    send(page)
    page.locator(".tool-calls").wait_for()
    page.locator(".prompted .sent summary").click()
    until(page, lambda: page.evaluate(AT_REST))
    assert page.evaluate(RUN_AXE) == []
    page.locator("#saving summary").click()
    page.locator("#set-name").fill(word)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name=f"version 1 of “{word}”").click()
    page.locator("#versions-title").wait_for()
    page.evaluate(AXE)
    assert page.evaluate(RUN_AXE) == []
    page.get_by_role("link", name="Saved prompts").click()
    page.locator(".saved-row").wait_for()
    page.evaluate(AXE)
    assert page.evaluate(RUN_AXE) == []


def test_without_javascript(enter, word):
    page = enter(f"{PROMPT}?example=tools", java_script_enabled=False)
    page.watch.allow("422")
    page.locator("#set-model").select_option("sandbox-fast")
    page.locator("#prompt").fill(f"{word} in {{{{place}}}} and {{{{time}}}}")
    page.locator(".sending .send").click()
    page.locator("#v_time-errors", has_text="Say what stands").wait_for()
    assert page.locator("#set-v_place").input_value() == "Bergen"
    page.locator("#set-v_time").fill("May")
    page.locator("#files").set_input_files({"name": "n.md", "mimeType": "text/markdown", "buffer": b"# Notes"})
    page.locator(".sending .send").click()
    page.locator(".tool-calls").wait_for()  # the page fetches itself anew
    page.locator(".tool-calls .send").click()
    page.locator(".errorlist", has_text="Write what get_weather returned.").wait_for()
    page.locator(".tool-calls textarea").fill("12 degrees")
    page.locator(".tool-calls .send").click()
    page.locator(".tool-result", has_text="12 degrees").wait_for()
    page.locator(ENDED).nth(1).wait_for()
    assert page.locator(".kept-file", has_text="n.md").count() == 1
    assert page.locator("#prompt").input_value() == f"{word} in {{{{place}}}} and {{{{time}}}}"
    page.locator("#saving summary").click()
    page.locator("#set-name").fill(word)
    page.get_by_role("button", name="Save").click()
    assert page.locator("#set-name").input_value() == word
    page.get_by_role("button", name="Delete this prompt").click()
    page.get_by_role("button", name="Undo").click()
    page.locator(".prompted", has_text=word).wait_for()
