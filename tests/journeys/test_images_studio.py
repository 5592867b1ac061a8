"""The studio in the browser: pictures come one by one, one fails, one leaves and comes back, stops, tries again; with
the keyboard, by thumb, without JavaScript, in both themes."""

import pytest
from playwright.sync_api import expect

from tests.journeys.painter import MODELS, a_painter
from tests.journeys.people import make_configuration, rows
from tests.journeys.steps import until
from tests.journeys.test_access import AXE, PHONE, RUN_AXE

pytestmark = pytest.mark.browser

STUDIO = "/images/"
GOING, ENDED = ".drawing[data-going]", ".drawing:not([data-going])"
AT_REST = "document.getAnimations().every(one => one.effect.getTiming().iterations === Infinity)"
FAMILY = """
from connector.models import DeployedModel
DeployedModel.objects.filter(configuration__display_name="Painter").update(family="gpt-image-2")
"""


@pytest.fixture(autouse=True)
def patience():
    expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def painter(server):
    """A provider that draws when it is told to, and the configuration *Painter* that leads to it."""
    with a_painter() as running:
        make_configuration(
            server,
            "Painter",
            api_type="openai_compatible",
            endpoint=f"{running.url}/v1",
            model_default_images="pictures",
            models=MODELS,
        )
        server.execute(FAMILY)
        yield running


@pytest.fixture
def studio(enter, painter):
    """`studio(model, count)`: the form filled in, all but the prompt."""

    def open_studio(model="pictures", count=1, **options):
        page = enter(STUDIO, **options)
        page.set_default_timeout(30_000)
        choose(page, "#set-configuration", label="Painter")
        choose(page, "#set-model", value=model)
        if count > 1:
            press(page, "n", str(count))
        return page

    return open_studio


def chosen(page):
    return page.expect_response(lambda answer: answer.url.endswith("/images/form/"))


def choose(page, select, **option):
    with chosen(page):
        page.locator(select).select_option(**option)


def press(page, parameter, words):
    """One of a parameter's buttons; returns when the form was drawn anew."""
    with chosen(page):
        page.locator(f".{parameter} .option", has_text=words).first.click()


def send(page, prompt):
    """Returns when its pictures are waited for on the page."""
    before = page.locator(".drawing").count()
    page.locator("#prompt").fill(prompt)
    page.locator("#prompt").press("Control+Enter")
    expect(page.locator(".drawing")).to_have_count(before + 1)


def drawn(page, tile):
    """Whether the picture in the tile has really been decoded."""
    return tile.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth > 0, () => false)")


class TestGenerating:
    def test_four_come_one_by_one_one_fails_and_a_reload_in_the_middle_loses_nothing(self, studio, painter, word):
        page = studio("third-broken", 4)
        press(page, "size", "Landscape")
        send(page, word)
        tiles = page.locator(".tile")
        expect(page.locator(".tile.waiting")).to_have_count(4)
        shape = "tile => tile.clientWidth / tile.clientHeight"
        until(page, lambda: abs(tiles.first.evaluate(shape) - 1.5) < 0.05)  # its place is as it will be
        painter.allow(word, 1)
        expect(page.locator(".tile.kept")).to_have_count(1)
        expect(page.locator(".going")).to_have_text("1 of 4 ready")
        assert drawn(page, tiles.first)
        page.reload()
        expect(page.locator(GOING)).to_have_count(1)
        expect(page.locator(".tile.kept")).to_have_count(1)
        expect(page.locator("#prompt")).to_have_value(word)
        painter.allow(word, 1)
        expect(page.locator(".tile.kept")).to_have_count(2)
        painter.allow(word)
        page.locator(ENDED).wait_for()
        expect(page.locator(".tile.kept")).to_have_count(3)
        failed = page.locator(".tile.failed")
        expect(failed).to_contain_text("What came is not a picture")
        expect(page.locator("#announcer")).to_contain_text("3 of 4 pictures ready.")
        failed.get_by_role("button", name="Try again").click()
        expect(page.locator(".drawing")).to_have_count(2)
        page.locator(GOING).wait_for(state="detached")
        expect(page.locator(".drawing").first.locator(".tile.kept")).to_have_count(1)
        assert [seen.get("n") for seen in painter.requests if seen["prompt"] == word] == [4, None]

    def test_unfinished_pictures_are_shown_on_the_way(self, studio, painter, word):
        page = studio("partial")
        send(page, word)
        painter.allow(word, 1)
        unfinished = page.locator(".tile.waiting .unfinished")
        unfinished.wait_for()
        assert unfinished.evaluate("image => image.decode().then(() => true, () => false)")
        painter.allow(word)
        page.locator(ENDED).wait_for()
        assert drawn(page, page.locator(".tile.kept"))

    def test_the_page_stays_usable_and_several_runs_go_at_once(self, studio, painter, word):
        page = studio()
        send(page, f"{word} one")
        send(page, f"{word} two")
        expect(page.locator(GOING)).to_have_count(2)
        painter.allow(f"{word} one")
        page.locator(ENDED).wait_for()
        expect(page.locator(ENDED).locator(".prompt")).to_have_text(f"{word} one")
        painter.allow(f"{word} two")
        expect(page.locator(ENDED)).to_have_count(2)

    def test_a_double_click_draws_once(self, studio, painter, word):
        page = studio()
        painter.allow(word)
        page.locator("#prompt").fill(word)
        page.locator(".send").dblclick()
        page.locator(ENDED).wait_for()
        page.locator(".send:enabled").wait_for()
        assert len([seen for seen in painter.requests if seen["prompt"] == word]) == 1
        assert page.locator(".drawing").count() == 1

    def test_the_sandbox_draws_at_the_first_click(self, enter, painter):
        page = enter(STUDIO)
        choose(page, "#set-configuration", label="Sandbox (no model behind it)")
        expect(page.locator("#label")).to_contain_text("has no model behind it")
        choose(page, "#set-model", value="sandbox-image-fast")
        page.get_by_role("button", name="A lighthouse at dusk").click()
        page.locator(ENDED).wait_for()
        assert drawn(page, page.locator(".tile.kept"))
        assert page.locator("#prompt").input_value().startswith("A lighthouse on a rocky coast")
        assert page.locator(".empty").count() == 0


class TestStopping:
    def test_what_came_is_kept_and_all_can_be_tried_again(self, studio, painter, word, server):
        page = studio("pictures", 3)
        send(page, word)
        painter.allow(word, 1)
        expect(page.locator(".tile.kept")).to_have_count(1)
        page.get_by_role("button", name="Stop").press("Enter")
        page.locator(".drawing[data-state=stopped]").wait_for()
        expect(page.locator(".head").get_by_role("button", name="Try again")).to_be_focused()
        expect(page.locator(".tile.kept")).to_have_count(1)
        expect(page.locator(".tile.failed")).to_have_count(2)
        painter.allow(word)
        page.locator(".head").get_by_role("button", name="Try again").click()
        expect(page.locator(".drawing")).to_have_count(2)
        page.locator(".drawing[data-state=done] .tile.kept").nth(2).wait_for()
        states = rows(server, "select state from connector_generatedimage where prompt = ? order by id", word)
        assert [state for (state,) in states] == ["kept", "failed", "failed", "kept", "kept", "kept"]


class TestRefusals:
    def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(self, studio, painter, word):
        page = studio()
        page.watch.allow("422")
        press(page, "size", "Custom")
        page.get_by_role("spinbutton", name="Width").fill("1000")
        with chosen(page):
            page.get_by_role("spinbutton", name="Width").press("Tab")
        expect(page.locator(".size .errorlist")).to_contain_text("divisible by 16")
        page.locator("#prompt").fill(word)
        page.locator(".send").click()
        expect(page.locator("#refusal")).to_contain_text("A setting needs another look.")
        assert page.locator("#prompt").input_value() == word
        assert page.get_by_role("spinbutton", name="Width").input_value() == "1000"
        page.get_by_role("spinbutton", name="Width").fill("1008")
        with chosen(page):
            page.get_by_role("spinbutton", name="Width").press("Tab")
        expect(page.locator(".size .errorlist")).to_have_count(0)
        painter.allow(word)
        page.locator(".send").click()
        page.locator(ENDED).wait_for()
        expect(page.locator("#refusal .note")).to_have_count(0)
        assert page.locator(".tile.kept img").get_attribute("width") == "1008"

    def test_no_prompt_is_said_and_a_refusal_by_the_provider_stands_with_its_run(self, studio, word):
        page = studio("refuses", 2)
        page.watch.allow("422")
        page.locator(".send").click()
        expect(page.locator("#prompt-errors")).to_contain_text("Write what the picture shall show first.")
        send(page, word)
        expect(page.locator(".drawing[data-state=filtered] .note")).to_contain_text("content filter blocked this")
        expect(page.locator("#prompt-errors")).to_be_empty()

    def test_a_limit_says_when_it_goes_on(self, studio, painter, word):
        page = studio("pictures", 8)
        page.watch.allow("429")
        painter.allow(word)
        send(page, word)
        page.locator(ENDED).wait_for()
        page.locator("#prompt").fill(f"{word} and more")
        page.locator(".send").click()
        expect(page.locator("#refusal")).to_contain_text("The limit of 10 pictures a minute is reached.")
        assert page.locator("#prompt").input_value() == f"{word} and more"
        page.get_by_role("button", name="Again").click()
        expect(page.locator(".toast")).to_contain_text("The limit of 10 pictures a minute is reached.")
        assert page.locator(".drawing").count() == 1


class TestKeeping:
    def test_the_prompt_is_a_draft_and_comes_from_a_picture(self, studio, painter, word):
        page = studio("pictures", 2)
        painter.allow(word)
        send(page, word)
        page.locator(ENDED).wait_for()
        page.locator("#prompt").fill("something else")
        page.goto("/chat/")
        page.goto(STUDIO)
        assert page.locator("#prompt").input_value() == "something else"
        assert page.locator("#set-configuration option:checked").inner_text() == "Painter"
        assert page.locator(".n :checked").get_attribute("value") == "2"
        page.get_by_role("link", name="Use prompt").click()
        expect(page.locator("#prompt")).to_have_value(word)
        page.locator("#prompt").fill(f"{word} changed")
        page.reload()
        assert page.locator("#prompt").input_value() == f"{word} changed"


def test_with_the_keyboard_alone(studio, painter, word):
    page = studio()
    painter.allow(word)
    page.locator("#set-model").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "p_size"
    with chosen(page):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "p_quality"  # the place is kept although the form is new
    with chosen(page):
        page.keyboard.press("ArrowRight")
    page.locator("#prompt").focus()
    page.keyboard.type(word)
    page.keyboard.press("Control+Enter")
    page.locator(ENDED).wait_for()
    [body] = [seen for seen in painter.requests if seen["prompt"] == word]
    assert (body["size"], body["quality"]) == ("1024x1024", "low")
    until(page, lambda: page.evaluate("document.activeElement.id") == "prompt")


def test_by_thumb(studio, painter, word):
    page = studio("pictures", 2, **PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    painter.allow(word)
    page.locator("#prompt").fill(word)
    page.locator(".send").tap()
    page.locator(ENDED).wait_for()
    expect(page.locator(".tile.kept").first).to_be_in_viewport()  # it came into view by itself
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(studio, painter, word, theme):
    page = studio("third-broken", 4, color_scheme=theme)
    page.evaluate(AXE)
    assert page.evaluate(RUN_AXE) == []
    send(page, word)
    painter.allow(word, 1)
    expect(page.locator(".tile.kept")).to_have_count(1)
    until(page, lambda: page.evaluate(AT_REST))
    assert page.evaluate(RUN_AXE) == []
    painter.allow(word)
    page.locator(ENDED).wait_for()
    page.locator("#advanced summary").click()
    assert page.evaluate(RUN_AXE) == []


def test_without_javascript(enter, painter, word):
    page = enter(STUDIO, java_script_enabled=False)
    page.locator("#set-configuration").select_option(label="Painter")
    page.get_by_role("button", name="Apply").click()
    page.locator("#set-model").select_option("third-broken")
    page.locator(".n .option", has_text="3").click()
    page.locator("#prompt").fill(word)
    page.locator(".send").click()
    page.locator(".tile.waiting").nth(2).wait_for()
    assert page.locator("#prompt").input_value() == word
    painter.allow(word)
    page.locator(".tile.kept").nth(1).wait_for()  # the page fetches itself anew
    page.locator(".tile.failed").get_by_role("button", name="Try again").click()
    page.locator(".drawing").nth(1).wait_for()
    page.locator(".drawing").first.locator(".tile.kept").wait_for()
    page.locator("#prompt").fill("")
    page.locator(".send").click()
    page.locator("#prompt-errors", has_text="Write what the picture shall show first.").wait_for()
    page.watch.allow("422")
