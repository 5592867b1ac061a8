"""Comparing in the browser: answers side by side, one fails, stop, judge, repeat, leave and come back; with the
keyboard, by thumb, without JavaScript, in both themes."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.people import rows
from tests.journeys.test_access import AXE, PHONE, RUN_AXE

pytestmark = pytest.mark.browser

COMPARE = "/compare/"
GOING, ENDED = ".column[data-going]", ".column:not([data-going])"
ENDLESS = "paced-40-2000"
AT_REST = "() => document.getAnimations().every(one => one.effect.getTiming().iterations === Infinity)"


@pytest.fixture(autouse=True)
def patience():
    expect.set_options(timeout=40_000)


@pytest.fixture
def compare(enter, upstream):
    """`compare(*models)`: the form with a column of the test's provider for each, all but the prompt."""

    def open_form(*models, **options):
        page = enter(COMPARE, **options)
        page.set_default_timeout(40_000)
        for number, model in enumerate(models, 1):
            if number > 2:
                page.get_by_role("button", name="Add column").click()
                expect(page.locator(f"#column-{number}")).to_be_visible()
            if page.locator(f"#set-c{number}-configuration option:checked").inner_text() != "Upstream":
                choose(page, f"#set-c{number}-configuration", label="Upstream")
            if page.locator(f"#set-c{number}-model").input_value() != model:
                choose(page, f"#set-c{number}-model", value=model)
        return page

    return open_form


def drawn_anew(page):
    return page.expect_response(lambda answer: answer.url.endswith("/compare/form/"))


def choose(page, select, **option):
    with drawn_anew(page):
        page.locator(select).select_option(**option)


def send(page, prompt):
    """Returns when the columns are on the page."""
    page.locator("#prompt").fill(prompt)
    page.locator("#prompt").press("Control+Enter")
    expect(page.locator("#asked")).to_have_text(prompt)


def words_of(page, number):
    return len(page.locator(".column").nth(number).locator(".prose").first.inner_text().split())


def begun(page, number, count=5):
    """Waits until so many words are in the column."""
    page.wait_for_function(
        """([number, count]) => document.querySelectorAll(".column")[number]
            ?.querySelector(".prose").innerText.split(/\\s+/).length > count""",
        arg=[number, count],
    )


def figure(page, number, key):
    return page.locator(".column").nth(number).locator(f"[id$='-{key}']")


class TestSideBySide:
    def test_columns_are_written_side_by_side_and_one_fails_alone(self, compare, word):
        page = compare("paced-40-360", "paced-20-60", "fault:500")
        streams = []
        page.on("request", lambda request: streams.append(request.url) if request.url.endswith("/events/") else None)
        send(page, f"Which is quicker? {word}")
        begun(page, 0)
        begun(page, 1)
        expect(page.locator(".column").nth(2).locator(".badge.bad")).to_have_text("failed")
        assert page.locator(GOING).count() == 2
        expect(figure(page, 0, "first")).to_have_text(re.compile(r"\d s"))
        expect(figure(page, 0, "written")).to_have_text(re.compile(r"about \d"))
        expect(page.locator("#left")).to_have_text("2")
        expect(page.locator(ENDED)).to_have_count(3)
        expect(page.locator(".summary-table tbody tr")).to_have_count(3)
        assert page.locator(".summary-table td.best").count() > 1
        expect(figure(page, 1, "speed")).to_have_text(re.compile(r"^\d+$"))
        expect(page.locator("#standing")).to_contain_text("Which answer is the better one?")
        assert len(streams) == 1, streams

    def test_a_reload_and_a_second_tab_go_on(self, compare, word):
        page = compare(*[ENDLESS] * 6)
        send(page, f"Write for long {word}")
        begun(page, 5)
        seen = words_of(page, 0)
        page.reload()
        begun(page, 0, seen + 5)
        other = page.context.new_page()  # six columns and a second tab: more than a browser's six connections
        other.goto(page.url)
        begun(other, 3, seen + 5)
        other.get_by_role("button", name="Stop all").click()
        expect(page.locator(ENDED)).to_have_count(6)
        expect(other.locator(".badge", has_text="stopped")).to_have_count(6)

    def test_one_and_all_can_be_stopped_and_one_tried_again(self, compare, word):
        page = compare(ENDLESS, ENDLESS)
        send(page, f"Write for long {word}")
        begun(page, 0)
        page.locator(".column").nth(0).get_by_role("button", name="Stop").click()
        expect(page.locator(".column").nth(0).locator(".badge")).to_have_text("stopped")
        assert page.locator(GOING).count() == 1
        page.keyboard.press("Escape")
        expect(page.locator(ENDED)).to_have_count(2)
        page.get_by_role("button", name=f"Try again: {ENDLESS} (1)").click()
        expect(page.locator(GOING)).to_have_count(1)
        begun(page, 0)
        page.get_by_role("button", name="Stop all").click()
        expect(page.locator(ENDED)).to_have_count(2)

    def test_a_winner_is_kept_and_the_same_can_be_asked_again(self, compare, server, word):
        page = compare("words-20", "fault:echo")
        send(page, f"Who is better? {word}")
        expect(page.locator(ENDED)).to_have_count(2)
        first = page.url
        page.get_by_role("button", name="Best: fault:echo").click()
        expect(page.locator("#standing")).to_contain_text("fault:echo won.")
        expect(page.locator("#rows .row").first).to_contain_text("fault:echo")
        page.get_by_role("button", name="Repeat").click()
        page.wait_for_url(lambda url: re.search(r"/compare/\d+/", url) and url != first)
        expect(page.locator(ENDED)).to_have_count(2)
        expect(page.locator("#rows .row")).to_have_count(2)
        expect(page.locator("#standing")).to_contain_text("Which answer is the better one?")
        page.locator("#rows .row .name").nth(1).click()
        page.wait_for_url(first)
        expect(page.locator("#standing")).to_contain_text("fault:echo won.")
        assert rows(server, "SELECT count(*) FROM connector_comparison WHERE prompt LIKE ?", f"%{word}") == [(2,)]

    def test_names_are_hidden_until_somebody_has_judged(self, compare, word):
        page = compare("words-20", "fault:echo")
        page.get_by_label("Blind").check()
        send(page, f"Who is who? {word}")
        expect(page.locator(ENDED)).to_have_count(2)
        result = page.locator("#comparison")
        assert "words-20" not in result.inner_text() and "fault:echo" not in result.inner_text()
        page.get_by_role("button", name="Best: Answer B").click()
        expect(result).to_contain_text("words-20")
        expect(result).to_contain_text("fault:echo")

    def test_a_wrong_parameter_stands_at_its_column_and_nothing_is_sent(self, compare, server, word):
        page = compare("words-20", "words-20")
        page.watch.allow("422 (Unprocessable Content)")
        page.locator("#parameters-2 > summary").click()
        with drawn_anew(page):
            page.locator("#set-c2-p_temperature").fill("9")
            page.locator("#set-c2-p_temperature").press("Tab")
        expect(page.locator("#column-2 .errorlist")).to_be_visible()
        page.locator("#prompt").fill(f"Not sent {word}")
        page.locator("#prompt").press("Control+Enter")
        expect(page.locator("#refusal")).to_contain_text("Column 2")
        expect(page.locator("#set-c2-p_temperature")).to_be_visible()
        assert page.locator("#set-c2-p_temperature").input_value() == "9"
        assert page.locator("#prompt").input_value() == f"Not sent {word}"
        assert rows(server, "SELECT count(*) FROM connector_comparison WHERE prompt LIKE ?", f"%{word}") == [(0,)]


def test_with_the_keyboard_alone(compare, word):
    page = compare("words-20", "words-20")
    page.get_by_role("button", name="Duplicate column 1").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#set-c2-configuration")).to_be_focused()
    page.get_by_role("button", name="Remove column 2").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".setup-column")).to_have_count(2)
    expect(page.locator("#set-c2-configuration")).to_be_focused()
    page.locator("#prompt").focus()
    page.keyboard.type(f"Typed {word}")
    page.keyboard.press("Control+Enter")
    expect(page.locator(ENDED)).to_have_count(2)
    page.get_by_role("button", name="Best: words-20 (1)").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#standing")).to_contain_text("won.")
    assert page.evaluate("document.activeElement !== document.body")


def test_without_javascript(enter, upstream, word):
    page = enter(COMPARE, java_script_enabled=False)
    page.get_by_role("button", name="Add column").click()
    for number in (1, 2, 3):
        page.locator(f"#set-c{number}-configuration").select_option(label="Upstream")
    page.locator("#column-1").get_by_role("button", name="Apply").click()
    for number, model in enumerate(("paced-20-60", ENDLESS, "words-20"), 1):
        page.locator(f"#set-c{number}-model").select_option(model)
    page.get_by_role("button", name="Remove column 3").click()
    expect(page.locator(".setup-column")).to_have_count(2)
    page.locator("#prompt").fill(f"Plain {word}")
    page.get_by_role("button", name="Ask all").click()
    expect(page.locator(ENDED)).to_have_count(1)  # the page fetches itself anew
    page.get_by_role("button", name="Stop all").click()
    expect(page.locator(ENDED)).to_have_count(2)
    page.get_by_role("button", name="Best: paced-20-60").click()
    expect(page.locator("#standing")).to_contain_text("paced-20-60 won.")
    page.locator("#q").fill(word)
    page.locator("#q").press("Enter")
    expect(page.locator("#rows .row")).to_have_count(1)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_wrong_for_a_thumb_or_a_screen_reader(compare, word, theme):
    page = compare("words-20", "fault:500", color_scheme=theme, **(PHONE if theme == "light" else {}))
    send(page, f"Show me {word}")
    expect(page.locator(ENDED)).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(figure(page, 0, "first")).to_be_in_viewport(ratio=1) if theme == "dark" else None
    page.locator("#parameters-1 > summary").click()
    page.wait_for_function(AT_REST)
    page.evaluate(AXE)
    assert page.evaluate(RUN_AXE) == []
