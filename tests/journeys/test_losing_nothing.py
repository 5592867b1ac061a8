"""Never lose anything: stop, reload, tabs, other browsers, sleep, signing out, double clicks."""

import re
import time
from urllib.parse import urlsplit

import pytest

from tests.journeys import steps
from tests.journeys.conftest import SLOW
from tests.journeys.people import rows
from tests.journeys.steps import GOING, answer, ask, begun, ended, until, written
from tests.journeys.wire import a_wire
from tests.upstream import words

pytestmark = pytest.mark.browser

SAID = "".join(words(200))  # by the model SLOW


def calls(upstream, model, text):
    """The requests in which `text` is the last message."""
    return [
        seen for seen in list(upstream.requests) if seen.model == model and seen.json["messages"][-1]["content"] == text
    ]


class TestStop:
    def test_is_quick_and_the_provider_hears_of_it_and_the_part_stays(self, talk, upstream, word):
        page = talk("paced-40-2000")
        best = []
        for attempt in range(3):
            text = f"{word} {attempt}"
            ask(page, text)
            begun(page)
            pressed = time.monotonic()
            page.keyboard.press("Escape")
            page.locator(GOING).wait_for(state="detached")
            took = time.monotonic() - pressed
            [call] = calls(upstream, "paced-40-2000", text)
            assert upstream.wait(lambda call=call: call.connection.closed, 20)
            best.append((took, call.connection.closed - pressed))
        assert min(took for took, _ in best) < 1.5  # the answer would take 50 s
        assert min(closed for _, closed in best) < 2.0
        part = written(page)
        assert len(part.split()) >= 10
        assert "".join(words(2000)).startswith(part)
        page.reload()
        assert answer(page).split() == part.split()
        assert "stopped" in page.locator(".facts").last.inner_text()

    def test_before_the_first_word(self, talk, upstream, word):
        page = talk("fault:hang")
        ask(page, word)
        page.locator(GOING).wait_for()
        assert upstream.wait(lambda: calls(upstream, "fault:hang", word))
        page.locator(".composer .stop").click()
        ended(page)
        assert "stopped" in page.locator(".facts").inner_text()
        [call] = calls(upstream, "fault:hang", word)
        assert upstream.wait(lambda: call.connection.closed, 20)

    def test_pressed_twice_and_in_two_windows_has_one_effect(self, talk, enter):
        page = talk("paced-40-2000")
        ask(page, "stop it")
        begun(page)
        other = enter(urlsplit(page.url).path)  # a window of its own: of two tabs one is hidden, and pauses
        other.bring_to_front()
        begun(other)
        other.locator(".composer .stop").click()
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        ended(other)
        page.bring_to_front()
        ended(page)
        assert answer(page) == answer(other)
        assert page.locator(".badge", has_text="stopped").count() == 1


class TestWatching:
    def test_reloads_leave_no_gap_and_repeat_nothing(self, talk, server):
        page = talk(SLOW)
        ask(page, "reload")
        took = []
        for number in (20, 60, 110):
            begun(page, number)
            before = len(answer(page))
            page.reload()
            there = time.monotonic()
            until(page, lambda before=before: len(answer(page)) >= before)
            took.append(time.monotonic() - there)
        assert min(took) < 1.5
        ended(page)
        assert answer(page).split() == SAID.split()
        assert written(page) == SAID
        [(state, content)] = rows(
            server,
            "SELECT r.state, m.content FROM connector_run r JOIN connector_chatcompletionsmessage m ON m.run_id = r.id"
            " WHERE r.session_id = ?",
            page.url.rstrip("/").rpartition("/")[2],
        )
        assert (state, content) == ("done", SAID)

    def test_two_tabs_and_another_browser_see_the_same(self, talk, enter):
        page = talk(SLOW)
        ask(page, "watch")
        begun(page)
        tab = page.context.new_page()
        tab.goto(page.url)
        elsewhere = enter(page.url)
        for each in (page, tab, elsewhere):
            each.locator(GOING).wait_for()
        for each in (elsewhere, tab, page):
            ended(each)
            assert answer(each).split() == SAID.split()

    def test_leaving_and_coming_back_finds_the_answer_going_on(self, talk):
        page = talk(SLOW)
        ask(page, "go on without me")
        begun(page)
        here = page.url
        page.locator(".sessions .new").click()
        page.locator(".empty").wait_for()
        page.goto(here)
        page.locator(GOING).wait_for()
        ended(page)
        assert answer(page).split() == SAID.split()

    def test_with_every_browser_closed_the_answer_is_written_to_its_end(self, talk, enter, upstream, word):
        page = talk("paced-20-60")
        ask(page, word)
        begun(page, 3)
        here = page.url
        page.context.close()
        [call] = calls(upstream, "paced-20-60", word)
        time.sleep(3.5)
        assert call.connection.closed is None
        back = enter(here)
        ended(back)
        assert answer(back).split() == "".join(words(60)).split()


HIDE = """hidden => {
    Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
    Object.defineProperty(document, 'visibilityState', {configurable: true, get: () => hidden ? 'hidden' : 'visible'});
    document.dispatchEvent(new Event('visibilitychange'));
}"""


class TestAway:
    def test_a_hidden_tab_catches_up_within_two_seconds(self, talk):
        page = talk(SLOW)
        ask(page, "hide")
        begun(page)
        page.evaluate(HIDE, True)
        page.wait_for_timeout(500)
        seen = len(answer(page).split())
        page.wait_for_timeout(1500)
        assert len(answer(page).split()) == seen  # it costs nobody anything meanwhile
        page.evaluate(HIDE, False)
        back = time.monotonic()
        until(page, lambda: len(answer(page).split()) >= seen + 40)
        assert time.monotonic() - back < 5
        ended(page)
        assert answer(page).split() == SAID.split()

    def test_a_tab_that_was_hidden_over_the_end_shows_the_end(self, talk):
        page = talk("paced-20-60")
        ask(page, "hide")
        begun(page, 5)
        page.evaluate(HIDE, True)
        page.wait_for_timeout(4000)
        page.evaluate(HIDE, False)
        ended(page, 5000)
        assert answer(page).split() == "".join(words(60)).split()


@pytest.fixture
def wire(server):
    with a_wire(int(server.port)) as whole:
        yield whole


@pytest.fixture
def far(open_page, person, wire, upstream):
    """A page at the other end of a wire, with a chat that has begun to be answered by the model SLOW."""
    page = open_page(wire)
    page.watch.allow("net::ERR", "Failed to fetch", "network error")
    page.context.add_cookies([person.cookie(wire)])
    page.goto("/chat/")
    steps.choose(page, SLOW, "Upstream")
    ask(page, "far away")
    begun(page)
    return page


class TestWire:
    def test_a_connection_that_breaks_is_made_again(self, far, wire):
        for number in (40, 80):
            wire.drop()
            begun(far, number)
        ended(far)
        assert answer(far).split() == SAID.split()

    def test_back_from_a_sleep_the_rest_is_there_within_two_seconds(self, far, wire):
        wire.cut()
        far.wait_for_timeout(4600)  # the answer has ended meanwhile, and the page has tried again a few times
        assert far.locator(GOING).count() == 1
        wire.mend()
        ended(far, 2200)
        assert answer(far).split() == SAID.split()

    def test_the_very_first_connection_may_fail(self, talk):
        page = talk(SLOW)
        page.watch.allow("net::ERR", "Failed to fetch")
        refused = []

        def refuse_once(route):
            if refused:
                route.continue_()
            else:
                refused.append(route.request.url)
                route.abort()

        page.route("**/events/", refuse_once)
        ask(page, "unlucky")
        ended(page)
        assert refused
        assert answer(page).split() == SAID.split()

    def test_what_is_sent_into_a_broken_wire_stays_in_the_field(self, far, wire):
        ended(far)
        wire.cut()
        far.locator("#text").fill("not lost")
        far.locator("#text").press("Enter")
        far.locator(".toast", has_text="cannot be reached").wait_for()
        assert far.locator("#text").input_value() == "not lost"
        wire.mend()
        far.locator("#text").press("Enter")
        far.locator(".message.user", has_text="not lost").wait_for()
        ended(far)
        far.reload()
        assert far.locator(".message.user").count() == 2


class TestSigningOut:
    def test_in_mid_answer_the_answer_goes_on_and_the_draft_survives(self, talk, upstream, person, word):
        page = talk("paced-40-360")
        ask(page, word)
        begun(page)
        page.locator("#text").fill("still typing")
        tab = page.context.new_page()
        tab.goto("/account/")
        tab.get_by_role("button", name="Sign out").click()
        tab.wait_for_url("**/login/**")
        signed_out = time.monotonic()
        page.locator(".note", has_text="You cannot watch this answer any more.").wait_for()
        assert time.monotonic() - signed_out < 8
        assert page.locator("#text").input_value() == "still typing"
        [call] = calls(upstream, "paced-40-360", word)
        assert call.connection.closed is None
        page.get_by_role("link", name="sign in").click()
        steps.sign_in(page, person.name, person.password)
        page.wait_for_url(re.compile(r"/chat/\d+/$"))
        assert page.locator("#text").input_value() == "still typing"
        ended(page)
        assert answer(page).split() == "".join(words(360)).split()

    def test_a_draft_is_not_shown_to_the_next_person_at_this_browser(self, chat, people, server):
        page = chat()
        page.locator("#text").fill("my secret plans")
        page.goto("/account/")
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/login/**")
        page.context.add_cookies([next(people).cookie(server)])
        page.goto("/chat/")
        assert page.locator("#text").input_value() == ""


class TestTwice:
    def test_a_double_click_asks_once(self, talk, upstream, word):
        page = talk()
        page.locator("#text").fill(word)
        page.locator(".send").dblclick()
        ended(page)
        page.wait_for_timeout(300)
        assert len(calls(upstream, "words-20", word)) == 1
        page.reload()
        assert page.locator(".message.user").count() == 1

    def test_enter_twice_asks_once(self, talk, upstream, word):
        page = talk()
        page.locator("#text").fill(word)
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        ended(page)
        page.wait_for_timeout(300)
        assert len(calls(upstream, "words-20", word)) == 1
        page.locator("#text").fill(f"{word} again")
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        page.locator(".run").nth(1).wait_for()
        ended(page)
        assert len(calls(upstream, "words-20", f"{word} again")) == 1
        page.reload()
        assert page.locator(".message.user").count() == 2

    def test_without_a_script_a_form_sent_again_is_answered_once(self, chat, upstream, word):
        page = chat("", "", java_script_enabled=False)
        page.locator("#set-configuration").select_option(label="Upstream")
        page.get_by_role("button", name="Apply").click()
        page.locator("#text").fill(word)
        form = page.locator("#composer").evaluate("form => [...new FormData(form)]")
        sent = [page.request.post("/chat/ask/", form=dict(form), headers={"Referer": page.url}) for _ in range(2)]
        assert sent[0].url == sent[1].url
        page.goto(sent[0].url)
        ended(page)
        assert page.locator(".message.user").count() == 1
        assert len(calls(upstream, "words-20", word)) == 1

    def test_answer_again_pressed_twice_makes_one_more(self, talk, upstream, word):
        page = talk()
        steps.ask_and_wait(page, word)
        page.get_by_role("button", name="Answer again").dblclick()
        page.locator(".leafing .place", has_text="2/2").wait_for()
        ended(page)
        page.wait_for_timeout(300)
        assert len(calls(upstream, "words-20", word)) == 2


class TestDrafts:
    def test_a_draft_of_a_new_chat_and_of_an_old_one_do_not_mix(self, talk):
        page = talk()
        page.locator("#text").fill("for the new one")
        page.reload()
        assert page.locator("#text").input_value() == "for the new one"
        page.locator("#text").press("Enter")
        page.locator(".message.user").wait_for()
        ended(page)
        page.locator("#text").fill("for the old one")
        page.goto("/chat/")
        assert page.locator("#text").input_value() == ""
        page.go_back()
        assert page.locator("#text").input_value() == "for the old one"
