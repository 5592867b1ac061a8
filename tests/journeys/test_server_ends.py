"""Never lose anything when the server ends: killed in mid-answer, or asked to stop as a deployment does."""

import time

import pytest

from tests.journeys import steps
from tests.journeys.conftest import SLOW
from tests.journeys.people import rows
from tests.journeys.steps import ENDED, GOING, answer, ask, begun, ended, written
from tests.upstream import words

pytestmark = pytest.mark.browser

A_SECOND = 40  # words, of the models that this file asks
OF_THE_CLOCK = 20  # words; the machine may be busy with other tests


@pytest.fixture
def talk(talk):
    """A page that is allowed to say that its server is away."""

    def begin(model):
        page = talk(model)
        page.watch.allow("net::ERR", "Failed to fetch", "network error", "502", "503")
        return page

    return begin


def going(server):
    return rows(server, "SELECT count(*) FROM connector_run WHERE state IN ('queued', 'sending', 'streaming')")[0][0]


class TestKilled:
    def test_at_most_a_second_is_lost_and_the_page_goes_on_by_itself(self, talk, server):
        page = talk("paced-40-2000")
        for moment in (50, 77, 120):  # words
            ask(page, f"until word {moment}")
            begun(page, moment)
            seen = answer(page).split()
            server.kill9()
            assert rows(server, "PRAGMA integrity_check") == [("ok",)]
            server.start()
            page.locator(ENDED, has_text="interrupted").nth(page.locator(".run").count() - 1).wait_for(timeout=10_000)
            kept = written(page).split()
            assert len(kept) >= len(seen) - A_SECOND - OF_THE_CLOCK
            assert kept == "".join(words(2000)).split()[: len(kept)]
            assert steps.said(page)[0] == "The server stopped while this answer was being written."
            assert page.get_by_role("button", name="Continue").last.is_visible()
            assert page.get_by_role("button", name="Try again").last.is_visible()
            assert going(server) == 0

    def test_the_part_can_be_continued_or_the_question_asked_again(self, talk, server, upstream):
        page = talk(SLOW)
        ask(page, "interrupt me")
        begun(page, 60)
        server.kill9()
        server.start()
        page.reload()
        part = written(page)
        assert part
        page.get_by_role("button", name="Continue").click()
        page.locator(".leafing .place", has_text="2/2").wait_for()
        page.locator(GOING).wait_for()
        begun(page, len(part.split()))
        assert answer(page).split()[: len(part.split())] == part.split()
        assert any(message["content"] == part for message in upstream.requests[-1].json["messages"])
        ended(page)
        assert written(page).startswith(part)
        assert len(written(page)) > len(part)
        page.locator("[data-leaf=previous]").click()
        page.locator(".leafing .place", has_text="1/2").wait_for()
        assert written(page) == part
        page.get_by_role("button", name="Try again").click()
        page.locator(".leafing .place", has_text="3/3").wait_for()
        ended(page)
        assert written(page) == "".join(words(200))

    def test_who_comes_later_finds_it_interrupted_too(self, talk, server, enter):
        page = talk("paced-40-2000")
        ask(page, "nobody looks")
        begun(page)
        here = page.url
        page.context.close()
        server.kill9()
        server.start()
        back = enter(here)
        back.locator(ENDED, has_text="interrupted").wait_for(timeout=2000)

    def test_what_was_typed_and_who_is_signed_in_stays(self, talk, server):
        page = talk("words-20")
        steps.ask_and_wait(page, "first")
        page.locator("#text").fill("not sent yet")
        server.kill9()
        page.locator("#text").press("Enter")
        page.locator(".toast", has_text="cannot be reached").wait_for()
        server.start()
        assert page.locator("#text").input_value() == "not sent yet"
        page.locator("#text").press("Enter")
        page.locator(".message.user", has_text="not sent yet").wait_for()
        ended(page)


class TestAskedToStop:
    def test_a_running_answer_gets_its_time_and_its_reader_the_end(self, talk, server):
        page = talk(SLOW)
        ask(page, "finish this")
        begun(page)
        took = server.terminate()
        assert 1 < took < 15
        page.locator(ENDED).wait_for(timeout=2000)
        assert answer(page).split() == "".join(words(200)).split()
        assert rows(server, "SELECT state FROM connector_run ORDER BY id DESC LIMIT 1") == [("done",)]
        server.start()
        ask(page, "and it goes on")
        page.locator(GOING).wait_for()

    def test_after_twenty_five_seconds_the_part_is_kept(self, talk, server):
        page = talk("paced-40-2000")
        ask(page, "too long for a restart")
        begun(page)
        took = server.terminate()
        assert 24 < took < 30
        [(state, content)] = rows(
            server,
            "SELECT r.state, m.content FROM connector_run r JOIN connector_chatcompletionsmessage m ON m.run_id = r.id"
            " ORDER BY r.id DESC LIMIT 1",
        )
        assert state == "interrupted"
        assert len(content.split()) > 24 * A_SECOND
        server.start()
        page.locator(ENDED, has_text="interrupted").wait_for(timeout=10_000)
        assert page.get_by_role("button", name="Continue").is_visible()

    def test_with_nothing_to_do_it_ends_at_once(self, talk, server):
        began = time.monotonic()
        talk("words-20")
        server.terminate()
        assert time.monotonic() - began < 10
        server.start()
