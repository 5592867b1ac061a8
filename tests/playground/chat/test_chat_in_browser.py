"""The journeys of the chat in a real browser, against a server of its own. See `tests/conftest.py`."""

import re
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
AXE = (Path(__file__).parents[2] / "vendor" / "axe-core-4.14.1.min.js").read_text(encoding="utf-8")
PASSWORD = "the password of everybody here"
ANSWERING, ENDED = ".run[data-going]", ".run:not([data-going])"
RUN_AXE = """axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map(
    violation => `${violation.id}: ${violation.nodes.map(node => node.target).join(', ')}`))"""


@pytest.fixture(scope="module")
def people(server):
    """Names of people; each test takes one of its own, for nobody may ask too often."""
    code = f"""
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
password = make_password("{PASSWORD}")  # once: a hash takes long, as it should
User.objects.bulk_create(User(username=f"lea{{number}}", password=password) for number in range(50))
"""
    server.execute(code)
    return iter([f"lea{number}" for number in range(50)])


@pytest.fixture
def person(people):
    return next(people)


@pytest.fixture
def chat(open_page, server, person):
    """`chat(model)`: a page with a new chat, signed in; options are those of `open_page`."""

    def open_chat(model="sandbox-fast", **options):
        page = open_page(server, **options)
        sign_in(page, person)
        page.goto("/chat/")
        if page.locator("#set-model").input_value() != model:
            choose(page, model)
        return page

    return open_chat


def sign_in(page, name):
    page.goto("/login/")
    page.locator("[name=username]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button").click()
    page.wait_for_url("**/chat/**")


def choose(page, model):
    """Choose the model in the inspector, and wait until it is kept."""
    with page.expect_response(re.compile("/settings/$")):
        page.locator("#set-model").select_option(model)
    page.wait_for_timeout(100)


def ask(page, text):
    """Returns when the question is on the page."""
    asked = page.locator(".message.user").count()
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")
    page.locator(".message.user").nth(asked).wait_for()


def ended(page):
    page.locator(ANSWERING).wait_for(state="detached", timeout=60_000)


def test_a_question_is_answered_and_the_page_says_what_it_took(chat):
    page = chat()
    ask(page, "table code formula")
    page.wait_for_url(re.compile(r"/chat/\d+/"))
    ended(page)
    for element in (".prose table", "figure.code", "math", ".facts .model"):
        page.locator(element).first.wait_for(state="attached")
    assert "tokens/s" in page.locator(".foot").inner_text()
    assert page.title().startswith("table code formula")
    assert page.locator(".row .name[aria-current]").inner_text() == "table code formula"
    assert page.locator("#text").input_value() == ""
    page.locator("#announcer", has_text="The answer is complete.").wait_for(state="attached")


def test_stop_keeps_the_part_and_the_answer_can_go_on(chat):
    page = chat("sandbox")
    ask(page, "long")
    page.locator(f"{ANSWERING} .settled > *").first.wait_for()
    page.keyboard.press("Escape")
    ended(page)
    assert "stopped" in page.locator(".facts").inner_text()
    part = page.locator(".settled").inner_text()
    page.locator("button", has_text="Continue").click()
    page.locator(ANSWERING).wait_for()
    page.locator(".settled", has_text=part.split()[0]).wait_for()
    page.locator(".composer .stop").click()
    ended(page)
    assert page.locator(".leafing .place").inner_text() == "2/2"


def test_a_reload_in_the_middle_shows_everything_so_far_and_goes_on(chat):
    page = chat("sandbox")
    ask(page, "everything")
    page.locator(f"{ANSWERING} .settled > *").nth(2).wait_for(timeout=20_000)
    before = len(page.locator(".settled").inner_text())
    page.reload()
    page.locator(f"{ANSWERING} .settled > *").nth(2).wait_for(timeout=5_000)
    # The page has what was saved last, the first frame brings the rest; the unfinished end may be written differently.
    page.wait_for_function("least => document.querySelector('.settled').innerText.length >= least", arg=before - 20)
    after = len(page.locator(".settled").inner_text())
    page.wait_for_timeout(1000)
    assert len(page.locator(".settled").inner_text()) > after
    page.keyboard.press("Escape")
    ended(page)


def test_two_tabs_watch_the_same_answer(chat):
    page = chat("sandbox")
    ask(page, "long")
    page.locator(ANSWERING).wait_for()
    other = page.context.new_page()
    other.goto(page.url)
    other.locator(f"{ANSWERING} .settled > *").first.wait_for()
    other.locator(".composer .stop").click()
    ended(other)
    ended(page)
    assert page.locator(".settled").inner_text() == other.locator(".settled").inner_text()


def test_enter_twice_asks_once(chat):
    page = chat()
    page.locator("#text").fill("only once")
    page.evaluate(
        """() => { const form = document.getElementById('composer');
        const send = form.querySelector('.send'); form.requestSubmit(send); form.requestSubmit(send); }"""
    )
    ended(page)
    page.locator(ENDED).wait_for()
    page.reload()
    assert page.locator(".message.user").count() == 1


def test_shift_enter_makes_a_line_and_an_enter_that_ends_a_composition_sends_nothing(chat):
    page = chat()
    page.locator("#text").press_sequentially("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    page.evaluate(
        """() => document.getElementById('text').dispatchEvent(
        new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"""
    )
    page.wait_for_timeout(200)
    assert page.locator("#text").input_value() == "one\ntwo"
    assert page.locator(".message").count() == 0
    page.keyboard.press("Control+Enter")
    page.locator(".message.user", has_text="two").wait_for()
    ended(page)


def test_a_draft_survives_a_reload_and_is_kept_per_session(chat):
    page = chat()
    ask(page, "first")
    ended(page)
    page.locator("#text").fill("not sent yet")
    page.reload()
    assert page.locator("#text").input_value() == "not sent yet"
    page.goto("/chat/")
    assert page.locator("#text").input_value() == ""
    page.go_back()
    assert page.locator("#text").input_value() == "not sent yet"
    page.keyboard.press("Enter")


def test_signed_out_in_the_middle_nothing_typed_is_lost(chat, person):
    page = chat()
    ask(page, "first")
    ended(page)
    page.locator("#text").fill("typed before")
    cookies = [cookie for cookie in page.context.cookies() if "session" not in cookie["name"]]
    page.context.clear_cookies()
    page.context.add_cookies(cookies)
    page.locator("#text").press("Enter")
    page.wait_for_url("**/login/**")
    page.locator("[name=username]").fill(person)
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/chat/\d+/"))
    assert page.locator("#text").input_value() == "typed before"


def test_the_reader_stays_where_they_read(chat):
    page = chat("sandbox")
    ask(page, "long everything")
    page.locator(f"{ANSWERING} .settled > *").nth(5).wait_for(timeout=30_000)
    until_it_overflows(page)
    assert abs(page.evaluate("document.getElementById('scroller').scrollTop")) < 3
    page.locator("#scroller").hover()
    page.mouse.wheel(0, -5000)
    page.locator("#jump").wait_for()
    seen = page.locator(".message.user").bounding_box()["y"]
    page.wait_for_timeout(1000)
    assert abs(page.locator(".message.user").bounding_box()["y"] - seen) < 3
    page.locator("#jump").click()
    page.locator("#jump").wait_for(state="hidden")
    page.keyboard.press("Escape")
    ended(page)


def until_it_overflows(page):
    end = time.monotonic() + 30
    while not page.evaluate("(b => b.scrollHeight > b.clientHeight + 300)(document.getElementById('scroller'))"):
        assert time.monotonic() < end
        page.wait_for_timeout(100)


def test_edit_regenerate_and_leaf_with_the_keyboard_alone(chat):
    page = chat()
    ask(page, "first words")
    ended(page)
    page.locator("[aria-label='Edit message']").focus()
    page.keyboard.press("Enter")
    page.locator(".editing textarea").wait_for()
    page.keyboard.press("Control+a")
    page.keyboard.type("other words")
    page.keyboard.press("Enter")
    page.locator(".message.user", has_text="other words").wait_for()
    ended(page)
    page.locator("[aria-label='Answer again']").focus()
    page.keyboard.press("Enter")
    page.locator(".run .leafing .place", has_text="2/2").wait_for()
    ended(page)
    page.locator(".message [data-leaf=previous]").focus()
    page.keyboard.press("ArrowLeft")
    page.locator(".message.user", has_text="first words").wait_for()


def test_settings_are_kept_at_once_and_wrong_ones_said(chat):
    page = chat()
    ask(page, "first")
    ended(page)
    with page.expect_response(re.compile("/settings/$")):
        page.locator("#set-p_temperature").fill("0.4")
        page.keyboard.press("Tab")
    page.locator(".parameter.is-set").wait_for()
    page.reload()
    assert page.locator("#set-p_temperature").input_value() == "0.4"
    page.watch.allow("422")
    with page.expect_response(re.compile("/settings/$")):
        page.locator("#set-p_temperature").fill("9")
        page.keyboard.press("Tab")
    page.locator("#inspector .errorlist").wait_for()


def test_a_schema_is_asked_for_when_it_is_needed(chat):
    page = chat(viewport={"width": 1440, "height": 900})
    schema = page.locator("[name=p_response_format_object]")
    assert not schema.is_visible()
    with page.expect_response(re.compile("/settings/$")):
        page.locator("#set-p_response_format").select_option("json_schema")
    schema.fill('{"type": "object", "properties": {"name": {"type": "string"}}}')
    with page.expect_response(re.compile("/settings/$")):
        page.keyboard.press("Tab")
    page.locator(".words.is-set").wait_for()
    ask(page, "who")
    ended(page)
    assert '"name"' in page.locator(".settled").inner_text()


def test_settings_can_be_put_away_and_stay_away(chat):
    page = chat(viewport={"width": 1440, "height": 900})
    page.locator("[data-fold=inspector]").click()
    page.locator("#inspector").wait_for(state="hidden")
    page.reload()
    assert not page.locator("#inspector").is_visible()
    page.locator("#chip a").click()
    page.locator("#inspector").wait_for()
    page.locator("#title").click()
    page.locator("#scroller").focus()
    page.keyboard.press(".")
    page.locator("#inspector").wait_for(state="hidden")


def test_a_chat_that_is_asked_goes_to_the_top(chat):
    page = chat()
    ask(page, "the first one")
    ended(page)
    page.goto("/chat/")
    ask(page, "the second one")
    ended(page)
    assert page.locator(".row .name").all_inner_texts() == ["the second one", "the first one"]
    page.locator(".row .name", has_text="the first one").click()
    page.locator("#title h1", has_text="the first one").wait_for()
    ask(page, "more")
    page.locator(".rows .row:first-child .name[aria-current]", has_text="the first one").wait_for()
    assert page.locator(".rows .row").count() == 2
    ended(page)


def test_a_long_question_shows_its_beginning_first(chat):
    page = chat()
    ask(page, "line\n" * 60)
    ended(page)
    words = page.locator(".message .words")
    folded = words.bounding_box()["height"]
    page.locator("[data-unfold]").click()
    assert words.bounding_box()["height"] > 3 * folded
    page.locator("[data-unfold]", has_text="Show less").click()
    assert words.bounding_box()["height"] == folded


def test_search_rename_delete_and_undo(chat):
    page = chat()
    ask(page, "zebra question")
    ended(page)
    with page.expect_response(re.compile("q=zebra$")):
        page.locator("#q").press_sequentially("zebra")
    page.locator(".rows:not(:has(#today)):not(:has(.row:not(:has-text('zebra'))))").wait_for()
    row = page.locator(".row", has_text="zebra")
    row.hover()
    row.locator("summary").click()
    row.get_by_text("Rename", exact=True).click()
    page.locator(".row [name=title]").fill("Stripes")
    page.keyboard.press("Enter")
    page.locator("#title h1", has_text="Stripes").wait_for()
    row = page.locator(".row", has_text="Stripes")
    row.hover()
    row.locator("summary").click()
    row.get_by_text("Delete", exact=True).click()
    page.locator(".toast").wait_for()
    assert page.locator(".row", has_text="Stripes").count() == 0
    page.locator(".toast button", has_text="Undo").click()
    page.locator("#title h1", has_text="Stripes").wait_for()


def test_back_and_forward_between_two_chats(chat):
    page = chat()
    ask(page, "the first one")
    ended(page)
    page.goto("/chat/")
    ask(page, "the second one")
    ended(page)
    page.locator(".row .name", has_text="the first one").click()
    page.locator("#title h1", has_text="the first one").wait_for()
    page.go_back()
    page.locator("#title h1", has_text="the second one").wait_for()
    page.go_forward()
    page.locator("#title h1", has_text="the first one").wait_for()
    ask(page, "it still works")
    page.locator(".message.user", has_text="it still works").wait_for()
    ended(page)


@pytest.mark.parametrize(
    ("model", "what", "button"),
    [
        ("sandbox-401", "refused the key", "Try again"),
        ("sandbox-cut", "cut off before its end", "Continue"),
        ("sandbox-filter", "content filter blocked", "Try again"),
        ("sandbox-length", "token limit reached", "Continue"),
    ],
)
def test_an_error_says_what_happened_and_what_to_do(chat, model, what, button):
    page = chat()
    page.locator("#set-model").select_option("other:")
    page.locator("#set-other_model").fill(model)
    with page.expect_response(re.compile("/settings/$")):
        page.keyboard.press("Tab")
    page.locator("#chip", has_text=model).wait_for()
    ask(page, "hello")
    page.locator(ENDED, has_text=what).wait_for(timeout=20_000)
    page.locator("button", has_text=button).first.wait_for()


def test_without_a_script_one_can_ask_wait_leaf_and_undo(open_page, server, person):
    page = open_page(server, java_script_enabled=False)
    sign_in(page, person)
    page.goto("/chat/")
    page.locator("#set-model").select_option("sandbox-fast")
    page.locator("#text").fill("no script here")
    page.locator(".send").click()
    page.locator(ENDED).wait_for(timeout=20_000)  # the page refreshes itself
    page.locator("[aria-label='Answer again']").click()
    page.locator(f"{ENDED} .leafing").wait_for(timeout=20_000)
    page.locator(".run [data-leaf=previous]").click()
    page.locator(".run .place", has_text="1/2").wait_for()
    page.locator("#bar details.menu > summary").click()
    page.get_by_text("Delete", exact=True).last.click()
    page.locator(".toast button", has_text="Undo").click()
    page.locator("#title h1", has_text="no script here").wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1440])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(chat, theme, width):
    page = chat(color_scheme=theme, viewport={"width": 1440, "height": 900}, bypass_csp=True)
    page.set_viewport_size({"width": width, "height": 900})
    for text in ("", "everything", "and again"):
        if text:
            ask(page, text)
            ended(page)
        page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
        page.evaluate(AXE)
        assert page.evaluate(RUN_AXE) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width < 1280:
        page.locator("[popovertarget=inspector]:visible").first.click()
        assert page.evaluate(RUN_AXE) == []
    page.goto("/chat/sessions/")
    page.evaluate(AXE)
    assert page.evaluate(RUN_AXE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_first_page_is_small(chat):
    page = chat()
    requests, sizes = [], []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.on("Network.requestWillBeSent", lambda event: requests.append(event["request"]["url"]))
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto("/chat/", wait_until="networkidle")
    assert len(requests) <= 8, requests
    assert sum(sizes) <= 60_000
