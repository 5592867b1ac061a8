"""Keeping: find a chat again, name it, pin it, put it away, throw it away and take it back, take it with one."""

import json
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys import steps
from tests.journeys.steps import ask_and_wait, until

pytestmark = pytest.mark.browser


def titles(page):
    return page.locator(".row .name").all_inner_texts()


def row(page, title):
    return page.locator("#rows .row", has_text=title)


def press(page, title, what):
    """Press an item of the menu that a row of the list has."""
    row(page, title).hover()
    row(page, title).locator("summary").click()
    row(page, title).locator(".sheet").get_by_text(what, exact=True).click()


@pytest.fixture
def chats(chat):
    """`chats(*questions)`: a page on the last of so many chats, each begun with one of the questions."""

    def begin(*questions, **options):
        page = chat("sandbox-fast", **options)
        for number, question in enumerate(questions):
            if number:
                page.goto("/chat/")
            ask_and_wait(page, question)
            page.wait_for_url(re.compile(r"/chat/\d+/$"))
        return page

    return begin


class TestList:
    def test_search_finds_words_of_titles_and_of_messages(self, chats):
        page = chats("Lighthouses of Brittany", "Bread without yeast")
        ask_and_wait(page, "and a word about zirconium")
        for words, found in (
            ("lighthouse", ["Lighthouses of Brittany"]),
            ("ZIRCONIUM", ["Bread without yeast"]),
            ("brittany lighthouses", ["Lighthouses of Brittany"]),
            ("nowhere to be found", []),
            ("", ["Bread without yeast", "Lighthouses of Brittany"]),
        ):
            page.locator("#q").fill(words)
            until(page, lambda found=found: titles(page) == found)
        page.locator("#q").fill("nowhere <b>to</b> be found")
        page.locator(".rows .nothing", has_text="No chat has “nowhere <b>to</b> be found” in it.").wait_for()

    def test_a_pinned_chat_stays_on_top(self, chats):
        page = chats("The first", "The second")
        assert titles(page) == ["The second", "The first"]
        press(page, "The first", "Pin")
        until(page, lambda: titles(page) == ["The first", "The second"])
        assert page.locator(".group:has(#pinned) h2").inner_text() == "Pinned"
        ask_and_wait(page, "more in the second")
        assert titles(page) == ["The first", "The second"]
        page.reload()
        assert titles(page) == ["The first", "The second"]
        press(page, "The first", "Unpin")
        until(page, lambda: titles(page) == ["The second", "The first"])

    def test_a_chat_is_renamed_in_the_list_and_above_the_conversation(self, chats):
        page = chats("A question about the sea")
        press(page, "A question about the sea", "Rename")
        page.locator(".row [name=title]").fill("  The <i>sea</i>  ")
        page.keyboard.press("Enter")
        page.locator("#title h1", has_text="The <i>sea</i>").wait_for()
        assert titles(page) == ["The <i>sea</i>"]
        page.locator("#bar .menu summary").click()
        page.locator("#bar .sheet").get_by_text("Rename").click()
        assert not page.locator("#bar .sheet").is_visible()
        page.locator("#title [name=title]").fill("Never kept")
        page.keyboard.press("Escape")
        page.locator("#title h1", has_text="The <i>sea</i>").wait_for()
        page.locator("#bar .menu summary").click()
        page.locator("#bar .sheet").get_by_text("Rename").click()
        page.locator("#title [name=title]").fill("Ebb and flow")
        page.locator("#title").get_by_role("button", name="Save").click()
        page.locator(".row .name", has_text="Ebb and flow").wait_for()
        expect(page).to_have_title("Ebb and flow · Promptyard")
        page.reload()
        assert titles(page) == ["Ebb and flow"]
        assert page.title().startswith("Ebb and flow")

    def test_an_archived_chat_is_out_of_the_way_and_can_be_taken_back(self, chats):
        page = chats("To be put away", "To stay")
        press(page, "To be put away", "Archive")
        until(page, lambda: titles(page) == ["To stay"])
        page.get_by_role("link", name="Archived").click()
        until(page, lambda: titles(page) == ["To be put away"])
        row(page, "To be put away").locator(".name").click()
        page.locator("#title .badge", has_text="archived").wait_for()
        ask_and_wait(page, "it can still be talked to")
        page.locator("#bar .menu summary").click()
        page.get_by_role("button", name="Take out of the archive").click()
        page.wait_for_url(re.compile(r"/chat/\d+/$"))
        assert page.locator("#title .badge").count() == 0
        assert set(titles(page)) == {"To be put away", "To stay"}

    def test_a_menu_lies_over_the_rows_and_moves_none(self, chats):
        page = chats("One", "Two", "Three")
        before = page.locator("#rows .row").evaluate_all("rows => rows.map(row => row.getBoundingClientRect().top)")
        for title in ("One", "Two"):
            row(page, title).hover()
            row(page, title).locator("summary").click()
            assert row(page, title).locator(".sheet").is_visible()
            after = page.locator("#rows .row").evaluate_all("rows => rows.map(row => row.getBoundingClientRect().top)")
            assert after == before
            assert page.locator(".sheet:visible").count() == 1  # the one before has closed
        page.keyboard.press("Escape")
        assert page.locator(".sheet:visible").count() == 0

    def test_of_a_long_list_the_rest_is_fetched_and_the_last_menu_can_be_seen(self, chats, server, person):
        page = chats("The newest")
        server.execute(OLD_CHATS.format(name=person.name))
        page.reload()
        assert len(titles(page)) == 40
        page.get_by_role("link", name="Show more").click()
        until(page, lambda: len(titles(page)) == 61)
        last = page.locator("#rows .row").last
        last.hover()
        last.locator("summary").click()
        delete = last.locator(".sheet button.danger")
        until(
            page, lambda: delete.bounding_box()["y"] + delete.bounding_box()["height"] <= page.viewport_size["height"]
        )
        delete.click()
        until(page, lambda: len(titles(page)) == 60)


OLD_CHATS = """
import datetime
from django.contrib.auth.models import User
from django.utils import timezone
from connector.models import ChatCompletionsSession

user = User.objects.get(username={name!r})
for day in range(1, 61):
    then = timezone.now() - datetime.timedelta(days=day)
    ChatCompletionsSession.objects.create(user=user, title=f"Chat of day {{day}}", touched=then)
"""


class TestDeletion:
    def test_a_chat_of_the_list_is_gone_at_once_and_comes_back(self, chats):
        page = chats("To be deleted", "To be looked at")
        press(page, "To be deleted", "Delete")
        until(page, lambda: titles(page) == ["To be looked at"])
        assert page.locator("#title h1").inner_text() == "To be looked at"  # nobody is taken away from what they read
        page.locator(".toast", has_text="“To be deleted” was deleted.").get_by_role("button", name="Undo").click()
        page.locator("#title h1", has_text="To be deleted").wait_for()
        assert set(titles(page)) == {"To be deleted", "To be looked at"}
        assert page.locator(".message.user .words").inner_text() == "To be deleted"

    def test_the_chat_that_is_open_leaves_a_new_one_and_comes_back(self, chats):
        page = chats("Open and deleted")
        here = page.url
        page.locator("#bar .menu summary").click()
        page.get_by_role("button", name="Delete").last.click()
        page.get_by_role("button", name="Undo").wait_for()
        page.locator("#conversation .empty").wait_for()
        assert titles(page) == []
        page.watch.allow("404")
        assert page.request.get(here).status == 404
        page.get_by_role("button", name="Undo").click()
        page.wait_for_url(here)
        assert titles(page) == ["Open and deleted"]

    def test_the_words_about_it_can_be_sent_away(self, chats):
        page = chats("To be deleted", "To stay")
        press(page, "To be deleted", "Delete")
        page.locator(".toast").wait_for()
        page.get_by_role("button", name="Dismiss").click()
        assert page.locator(".toast").count() == 0

    def test_deleting_in_mid_answer_stops_it(self, talk, upstream, word):
        page = talk("paced-40-2000")
        steps.ask(page, word)
        steps.begun(page)
        page.locator("#bar .menu summary").click()
        page.get_by_role("button", name="Delete").last.click()
        page.get_by_role("button", name="Undo").wait_for()
        [call] = [seen for seen in upstream.requests if seen.body and word in seen.body.decode()]
        assert upstream.wait(lambda: call.connection.closed, 10)


class TestExport:
    def exported(self, page, what):
        if not page.locator("#bar .sheet").is_visible():
            page.locator("#bar .menu summary").click()
        with page.expect_download() as download:
            page.get_by_role("link", name=f"Export as {what}").click()
        return download.value.suggested_filename, Path(download.value.path()).read_text(encoding="utf-8")

    def test_as_markdown_with_the_branch_in_view(self, chats, word):
        page = chats(f"Über {word} & more: python code")
        name, text = self.exported(page, "Markdown")
        assert re.fullmatch(rf"uber-{word}-more-python-code-\d+\.md", name)
        assert text.startswith(f"# Über {word} & more: python code\n\n## User\n\n")
        assert "## Assistant (sandbox-fast)\n\n" in text
        assert steps.written(page).strip() in text

    def test_as_json_with_all_branches(self, chats):
        page = chats("Once")
        page.get_by_role("button", name="Answer again").click()
        page.locator(".run .leafing .place", has_text="2/2").wait_for()
        steps.ended(page)
        name, text = self.exported(page, "JSON")
        assert re.fullmatch(r"once-\d+\.json", name)
        data = json.loads(text)
        assert (data["title"], data["configuration"], data["model"]) == ("Once", "Sandbox", "sandbox-fast")
        assert [message["role"] for message in data["messages"]] == ["user", "assistant", "assistant"]
        assert data["path"] == [data["messages"][0]["id"], data["messages"][2]["id"]]
        assert data["messages"][2]["content"] == steps.written(page)

    def test_of_another_person_nothing_is_exported(self, chats, enter, people):
        page = chats("Mine")
        other = enter("/chat/", next(people))
        other.watch.allow("404")
        for name in ("export.md", "export.json"):
            assert other.request.get(f"{page.url}{name}").status == 404


class TestEndless:
    def test_of_ten_megabytes_the_beginning_is_shown_and_all_is_kept(self, chat):
        page = chat("sandbox-fast")
        page.locator("#set-model").select_option("other:")
        page.locator("#set-other_model").fill("sandbox-huge")
        with page.expect_response(steps.SETTINGS):
            page.keyboard.press("Tab")
        page.locator("#chip:visible", has_text="sandbox-huge").wait_for()
        began = time.monotonic()
        steps.ask(page, "far too much")
        steps.ended(page, 60_000)
        assert time.monotonic() - began < 20  # laying out all of it takes minutes
        page.locator(".note.cut", has_text="Only the beginning of this answer is shown").wait_for()
        assert len(steps.answer(page)) < 250_000
        whole = steps.written(page)
        assert len(whole) > 9_000_000
        with page.expect_download() as download:
            page.locator(".note.cut").get_by_role("link", name="download it").click()
        assert Path(download.value.path()).read_text(encoding="utf-8") == whole
        page.reload()
        page.locator(".note.cut").wait_for()
        page.locator("#text").fill("the page still answers")
        assert page.locator("#text").input_value() == "the page still answers"
