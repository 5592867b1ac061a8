"""Access: without JavaScript, with the keyboard alone, on a phone, in the dark, with a screen reader's eyes."""

import re
from pathlib import Path

import pytest

from tests.journeys import steps
from tests.journeys.people import PASSWORD
from tests.journeys.steps import GOING, answer, ask_and_wait, ended, until
from tests.server import a_server
from tests.upstream import words

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parents[1] / "vendor" / "axe-core-4.14.1.min.js").read_text(encoding="utf-8")
RUN_AXE = """axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map(
    violation => `${violation.id}: ${violation.nodes.map(node => node.target).join(', ')}`))"""
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
IMAGES = """
![a picture](http://127.0.0.1:9/markdown.png) ![][far] <img src="http://127.0.0.1:9/html.png">
<svg><image href="http://127.0.0.1:9/svg.png"/></svg>
<style>body { background: url(http://127.0.0.1:9/style.png) }</style>
<video poster="http://127.0.0.1:9/poster.png"></video> <iframe src="http://127.0.0.1:9/frame"></iframe>
<link rel="stylesheet" href="http://127.0.0.1:9/sheet.css"> [a link](http://127.0.0.1:9/link)

| ![in a table](http://127.0.0.1:9/table.png) |
|---|
| ![in a cell](//127.0.0.1:9/cell.png) |

[far]: http://127.0.0.1:9/reference.png
"""


class TestWithoutJavaScript:
    @pytest.fixture
    def plain(self, enter, upstream):
        """`plain(model)`: a new chat whose first question goes to the provider of the test."""

        def begin(model="words-20"):
            page = enter("/chat/", java_script_enabled=False)
            page.locator("#set-configuration").select_option(label="Upstream")
            page.get_by_role("button", name="Apply").click()
            page.locator("#set-model").select_option(model)
            return page

        return begin

    def ask(self, page, text):
        page.locator("#text").fill(text)
        page.locator(".send").click()
        page.locator(".message.user", has_text=text).last.wait_for()

    def test_an_answer_comes_by_itself_and_can_be_stopped(self, plain):
        page = plain("paced-40-2000")
        self.ask(page, "stop it")
        until(page, lambda: len(answer(page).split()) > 10)  # the page fetches itself anew
        page.get_by_role("button", name="Stop").click()
        page.locator(".run[data-state=stopped]").wait_for()
        part = answer(page).split()
        assert "".join(words(2000)).split()[: len(part)] == part
        page.get_by_role("button", name="Continue").click()
        page.locator(GOING).wait_for()
        page.get_by_role("button", name="Stop").click()
        page.locator(".run[data-state=stopped] .place", has_text="2/2").wait_for()

    def test_edit_answer_again_and_leaf(self, plain):
        page = plain("fault:echo")
        self.ask(page, "the first words")
        ended(page)
        page.get_by_role("link", name="Edit message").click()
        page.locator(".editing textarea").fill("other words")
        page.get_by_role("button", name="Ask again").click()
        page.locator(".message.user .place", has_text="2/2").wait_for()
        ended(page)
        page.get_by_role("button", name="Answer again").click()
        page.locator(".run .place", has_text="2/2").wait_for()
        ended(page)
        page.locator(".run").get_by_role("button", name="Previous version").click()
        page.locator(".run .place", has_text="1/2").wait_for()
        page.locator(".message.user").get_by_role("button", name="Previous version").click()
        page.locator(".message.user", has_text="the first words").wait_for()
        assert answer(page).strip() == "the first words"

    def test_settings_are_kept_and_wrong_ones_said(self, plain):
        page = plain()
        self.ask(page, "hello")
        ended(page)
        page.watch.allow("422")
        page.locator("#set-p_temperature").fill("9")
        page.get_by_role("button", name="Save").click()
        page.locator(".parameter .errorlist").wait_for()
        assert page.locator("#set-p_temperature").input_value() == "9"
        page.locator("#set-p_temperature").fill("0.5")
        page.locator("#set-system_prompt").fill("Be brief.")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("button", name="Reset Temperature").wait_for()
        assert page.locator("#set-system_prompt").input_value() == "Be brief."
        page.get_by_role("button", name="Reset Temperature").click()
        page.locator(".parameter.is-set").wait_for(state="detached")
        assert page.locator("#set-p_temperature").input_value() == ""

    def test_rename_search_archive_delete_and_undo(self, plain):
        page = plain()
        self.ask(page, "a chat to be found")
        ended(page)
        row = page.locator(".row")
        row.locator("summary").click()
        row.get_by_text("Rename", exact=True).click()
        page.locator("[name=title]").fill("Found again")
        page.get_by_role("button", name="Save").click()
        page.locator("#title h1", has_text="Found again").wait_for()
        page.locator("#q").fill("found again")
        page.locator("#q").press("Enter")
        page.wait_for_url("**/chat/sessions/?q=found+again")
        row.locator("summary").click()
        row.get_by_text("Archive", exact=True).click()
        page.locator("#title .badge", has_text="archived").wait_for()
        page.locator("#bar .menu summary").click()
        page.get_by_role("button", name="Delete").last.click()
        page.get_by_role("button", name="Undo").click()
        page.locator("#title h1", has_text="Found again").wait_for()

    def test_an_empty_message_is_answered_with_a_sentence(self, plain):
        page = plain()
        page.watch.allow("422")
        page.locator(".send").click()
        page.locator("#refusal", has_text="Write something first.").wait_for()


FOCUS = """() => {
    const element = document.activeElement;
    const shown = element.matches('#text') ? element.closest('.composer') : element;
    const box = shown.getBoundingClientRect();
    const regions = ['.skip', '.rail', '.sessions', '.conversation .bar', '.thread', '.composing', '.inspector'];
    return {
        name: element.id || element.className || element.tagName,
        outlined: getComputedStyle(shown).outlineStyle !== 'none',
        seen: box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight,
        region: regions.findIndex(region => element.closest(region)),
    };
}"""


def tab_to(page, selector, back=False):
    """Tab until the focus is on `selector`. All the way it has to be seen, and to go forwards through the page."""
    last = None
    for _ in range(150):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if page.evaluate("document.activeElement === document.body"):
            last = None  # around the end
            continue
        focus = page.evaluate(FOCUS)
        assert focus["outlined"], focus
        assert focus["seen"], focus
        if last and focus["region"] != -1 and last["region"] != -1 and not back:
            assert focus["region"] >= last["region"], (last, focus)
        last = focus
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached; at last {last}")


def focused(page, selector):
    until(page, lambda: page.evaluate("selector => document.activeElement.matches(selector)", selector), 10)


class TestKeyboard:
    """No mouse in any of these: `press` and `type`, nothing else."""

    def test_from_signing_in_to_an_answer_and_back_through_its_versions(self, open_page, server, person):
        page = open_page(server)
        page.goto("/login/")
        focused(page, "#id_username")
        page.keyboard.type(person.name)
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/chat/")
        focused(page, "#text")
        tab_to(page, "#set-model")
        with page.expect_response(steps.SETTINGS):
            page.keyboard.press("ArrowDown")
            page.keyboard.type("sandbox-fast")
            page.keyboard.press("Enter")
        page.locator("#chip:visible", has_text="sandbox-fast").wait_for()
        tab_to(page, "#text", back=True)
        page.keyboard.type("table and code")
        page.keyboard.press("Enter")
        ended(page)
        focused(page, "#text")
        tab_to(page, "[aria-label='Answer again']", back=True)
        page.keyboard.press("Enter")
        page.locator(".run .place", has_text="2/2").wait_for()
        ended(page)
        tab_to(page, ".run [data-leaf=previous]")
        page.keyboard.press("ArrowLeft")
        page.locator(".run .place", has_text="1/2").wait_for()
        focused(page, ".run .leafing *")
        page.keyboard.press("ArrowRight")
        page.locator(".run .place", has_text="2/2").wait_for()

    def test_escape_stops_the_answer_and_leaves_what_is_open(self, talk):
        page = talk("paced-40-2000")
        page.locator("#text").focus()
        page.keyboard.type("stop it")
        page.keyboard.press("Enter")
        steps.begun(page)
        tab_to(page, "#bar .menu summary")
        page.keyboard.press("Enter")
        page.locator("#bar .sheet").wait_for()
        page.keyboard.press("Escape")
        page.locator("#bar .sheet").wait_for(state="hidden")
        focused(page, "#bar .menu summary")
        assert page.locator(GOING).count() == 1  # what was open was left, not more
        page.keyboard.press("Escape")
        page.locator(".run[data-state=stopped]").wait_for()
        tab_to(page, "[aria-label='Edit message']")
        page.keyboard.press("Enter")
        focused(page, ".editing textarea")
        page.keyboard.press("Escape")
        page.locator(".editing").wait_for(state="detached")

    def test_the_menus_of_the_list(self, chat):
        page = chat("sandbox-fast")
        page.locator("#text").focus()
        page.keyboard.type("a chat of the keyboard")
        page.keyboard.press("Enter")
        ended(page)
        tab_to(page, ".row .menu summary")
        page.keyboard.press("Enter")
        tab_to(page, ".row .sheet a")
        page.keyboard.press("Enter")
        focused(page, ".row [name=title]")
        page.keyboard.press("Control+a")
        page.keyboard.type("Named by keys")
        page.keyboard.press("Enter")
        page.locator("#title h1", has_text="Named by keys").wait_for()
        tab_to(page, ".row .menu summary")
        page.keyboard.press("Space")
        tab_to(page, ".row .sheet button[name=pinned]")
        page.keyboard.press("Enter")
        page.locator("#pinned .row").wait_for()
        focused(page, ".row .menu summary")  # the list is drawn anew, and one is still there
        page.keyboard.press("Enter")
        tab_to(page, ".row .sheet .danger")
        page.keyboard.press("Enter")
        page.locator(".toast").wait_for()
        tab_to(page, ".toast .button:not(.quiet)")
        page.keyboard.press("Enter")
        page.locator("#title h1", has_text="Named by keys").wait_for()

    def test_the_settings_and_the_help(self, chat):
        page = chat("", viewport={"width": 1100, "height": 800})
        page.locator("#text").focus()
        tab_to(page, "#bar [popovertarget=inspector]")
        page.keyboard.press("Enter")
        page.locator("#inspector").wait_for()
        tab_to(page, "#set-p_temperature")
        with page.expect_response(steps.SETTINGS):
            page.keyboard.type("0.4")
            page.keyboard.press("Tab")
        assert page.locator("#inspector").is_visible()
        page.keyboard.press("Escape")
        page.locator("#inspector").wait_for(state="hidden")
        focused(page, "[popovertarget=inspector]")
        page.keyboard.press("?")
        page.locator("#keys").wait_for()
        page.keyboard.press("Escape")
        page.locator("#keys").wait_for(state="hidden")
        page.keyboard.press("/")
        focused(page, "#text")

    def test_the_first_step_leads_past_everything(self, chat):
        page = chat("sandbox-fast")
        page.goto("/chat/sessions/")
        page.keyboard.press("Tab")
        focused(page, ".skip")
        assert page.locator(".skip").is_visible()
        page.keyboard.press("Enter")
        focused(page, "#main")


def sideways(page):
    """By how much the page, or one of its columns, can be scrolled sideways."""
    return page.evaluate(
        """() => Math.max(...[document.documentElement, ...document.querySelectorAll(
        '#scroller, .settings, .rows, .rail, main')].map(box => box.scrollWidth - box.clientWidth))"""
    )


class TestPhone:
    def test_nothing_scrolls_sideways(self, chat, open_page, server):
        door = open_page(server, **PHONE)
        door.goto("/login/")
        assert sideways(door) <= 0
        page = chat("", **PHONE)
        assert sideways(page) <= 0
        page.locator("#text").fill("everything " + "averyverylongwordwithoutanyspace" * 20)
        page.locator(".send").tap()
        page.locator(".message.user").wait_for()
        ended(page, 60_000)
        assert sideways(page) <= 0
        here = page.url
        for path in ("sessions/", "sessions/?archived=1", f"{here}rename/", "/account/"):
            page.goto(path if path.startswith(("/", "http")) else f"/chat/{path}")
            assert sideways(page) <= 0, path
        page.watch.allow("404")
        page.goto("/nothing/here/")
        assert sideways(page) <= 0

    def test_sheets_open_and_close(self, chat):
        page = chat("", **PHONE)
        page.locator("#text").fill("on a phone")
        page.locator(".send").tap()
        page.locator(".message.user").wait_for()
        for sheet in ("sessions", "inspector"):
            for closing in ("button", "veil", "key"):
                page.locator(f"#bar [popovertarget={sheet}]:visible").tap()
                page.locator(f"#{sheet}").wait_for()
                assert sideways(page) <= 0
                box = page.locator(f"#{sheet}").bounding_box()
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= 360
                if closing == "button":
                    page.locator(f"#{sheet}").get_by_role("button", name="Close").tap()
                elif closing == "veil":
                    page.touchscreen.tap(350, 20)
                else:
                    page.keyboard.press("Escape")
                page.locator(f"#{sheet}").wait_for(state="hidden")
        page.locator("#bar [popovertarget=sessions]:visible").tap()
        page.locator("#sessions .row .name").tap()
        page.locator("#sessions").wait_for(state="hidden")
        ended(page, 60_000)

    def test_what_a_thumb_presses_is_large_enough(self, chat):
        page = chat("", **PHONE)
        small = page.evaluate(
            """() => [...document.querySelectorAll('main button, main a, .rail a, .rail button')]
            .filter(each => each.checkVisibility()).map(each => [each.outerHTML, each.getBoundingClientRect()])
            .filter(([, box]) => box.width && Math.min(box.width, box.height) < 36).map(([html]) => html)"""
        )
        assert small == []


def brightness(page):
    """Of the page's ground, from 0 to 255."""
    return (
        sum(
            page.evaluate(
                """() => {
            const context = document.createElement('canvas').getContext('2d');
            context.fillStyle = getComputedStyle(document.documentElement).backgroundColor;
            context.fillRect(0, 0, 1, 1);
            return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
        }"""
            )
        )
        / 3
    )


@pytest.fixture(scope="module")
def empty_server():
    """One that nobody has an account on yet."""
    with a_server() as running:
        yield running


@pytest.mark.parametrize("theme", ["light", "dark"])
class TestEyes:
    """axe on every kind of page; it sees what a screen reader would stumble over, and contrasts."""

    @pytest.fixture
    def look(self):
        def look(page, theme):
            page.wait_for_timeout(200)  # what fades in has its colours
            page.evaluate(AXE)
            assert page.evaluate(RUN_AXE) == []
            assert (brightness(page) < 60) == (theme == "dark")

        return look

    def test_before_signing_in(self, open_page, empty_server, look, theme):
        page = open_page(empty_server, color_scheme=theme)
        page.watch.allow("422", "404", "410")
        page.goto(empty_server.admin_link)
        look(page, theme)
        page.get_by_role("button", name="Create the account").click()
        page.get_by_role("alert").wait_for()
        look(page, theme)
        for path in ("/login/", "/welcome/MA:1abcde:abcdef/", "/nothing/here/"):
            page.goto(path)
            look(page, theme)
        page.goto("/login/?next=/account/")
        look(page, theme)
        page.get_by_label("Name").fill("nobody")
        page.get_by_label("Password").fill("nothing")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("alert").wait_for()
        look(page, theme)

    def test_the_chat(self, chat, look, theme):
        page = chat("sandbox-fast", color_scheme=theme, viewport={"width": 1440, "height": 900})
        look(page, theme)
        ask_and_wait(page, "everything")
        page.evaluate("document.querySelectorAll('details.fold').forEach(fold => { fold.open = true })")
        look(page, theme)
        page.locator("#bar .menu summary").click()
        look(page, theme)
        page.locator("#bar .sheet").get_by_text("Rename").click()
        page.locator("#title [name=title]").wait_for()
        look(page, theme)
        page.keyboard.press("Escape")
        page.locator("#rows .row").hover()
        page.locator("#rows .row summary").click()
        look(page, theme)
        page.keyboard.press("Escape")
        page.get_by_role("link", name="Edit message").click()
        page.locator(".editing").wait_for()
        look(page, theme)
        page.keyboard.press("Escape")
        page.locator("#scroller").focus()
        page.keyboard.press("?")
        page.locator("#keys").wait_for()
        look(page, theme)
        page.keyboard.press("Escape")
        steps.set_parameter(page, "n", "3")
        ask_and_wait(page, "three")
        page.watch.allow("422")
        steps.set_parameter(page, "temperature", "9")
        page.locator(".errorlist").wait_for()
        look(page, theme)

    def test_errors_and_what_is_going_on(self, talk, look, theme):
        page = talk("paced-40-2000", color_scheme=theme)
        steps.ask(page, "long")
        steps.begun(page)
        look(page, theme)
        page.keyboard.press("Escape")
        ended(page)
        steps.choose(page, "fault:500")
        steps.ask(page, "an error")
        page.locator(".run[data-state=failed]").wait_for(timeout=steps.PATIENCE)
        steps.details(page)
        look(page, theme)

    def test_the_other_pages(self, chat, look, theme):
        page = chat("sandbox-fast", color_scheme=theme, java_script_enabled=True)
        ask_and_wait(page, "to be deleted")
        here = page.url
        for path in ("/chat/sessions/", "/chat/sessions/?archived=1", f"{here}rename/", "/account/"):
            page.goto(path)
            look(page, theme)
        page.get_by_role("button", name="Change password").click()
        page.watch.allow("422", "404", "403")
        page.get_by_role("alert").wait_for()
        look(page, theme)
        page.goto("/admin/")
        look(page, theme)
        page.goto(here)
        page.locator("#bar .menu summary").click()
        page.get_by_role("button", name="Delete").last.click()
        page.locator(".toast").wait_for()
        look(page, theme)


def test_pictures_from_elsewhere_are_never_asked_for(talk):
    """Neither while the answer comes nor afterwards (security.md, T18): the page's watch counts every request."""
    page = talk("fault:echo")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    ask_and_wait(page, IMAGES)
    assert "a picture" in answer(page)
    page.reload()
    page.locator(".answer .prose").wait_for()
    page.wait_for_load_state("networkidle")
    assert page.locator(".prose :is(img, image, video, iframe, link, style, svg)").count() == 0
    assert [url for url in asked if ":9/" in url] == []
    assert not re.search(r"<(img|iframe|video|link)", page.locator(".answer").first.inner_html())


def test_the_server_sends_no_picture_even_to_a_page_without_a_policy(talk):
    """The policy is the second wall, not the first."""
    page = talk("fault:echo", bypass_csp=True)
    ask_and_wait(page, IMAGES)
    page.wait_for_load_state("networkidle")
    assert page.watch.problems == []
