"""Models in the browser: found by typing, one that ends is replaced by one click, a page that asks its provider behind;
without JavaScript, with the keyboard, by thumb, in both themes."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.people import make_configuration, rows
from tests.journeys.test_access import AXE, PHONE, RUN_AXE

pytestmark = pytest.mark.browser

PAGE = "/models/"
ENDING = """
import datetime
from django.contrib.auth.models import User
from django.utils import timezone
from connector.models import *
team = Configuration.objects.get(display_name="Team")
soon = timezone.localdate() + datetime.timedelta(days=13)
team.deployed_models.update_or_create(name="old-model", defaults={{"shutdown_date": soon}})
team.deployed_models.filter(name="new-model").update(serves=["chat_completions"])
ChatCompletionsSession.objects.create(user=User.objects.get(username={name!r}), configuration=team, model="old-model")
"""

ASKED = """
SELECT session.model FROM connector_chatcompletionssession session
JOIN auth_user ON auth_user.id = session.user_id WHERE username = ?
"""


@pytest.fixture(autouse=True)
def patience():
    expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def team(server):
    models = ["old-model", "new-model", "meta-llama/Llama-3.1-70B", "../../admin"]
    # nothing listens there: the page must not mind
    endpoint = "http://127.0.0.1:9/v1"
    make_configuration(server, "Team", api_type="openai_compatible", endpoint=endpoint, models=models)


@pytest.fixture
def models(enter, team):
    def open_it(path=PAGE, **options):
        page = enter(path, **options)
        page.set_default_timeout(30_000)
        return page

    return open_it


@pytest.fixture
def ending(server, team, person):
    """A chat of the person's with a model that ends in 13 days."""
    server.manage("shell", "-v", "0", "--no-imports", "-c", ENDING.format(name=person.name))
    return person


def test_found_by_typing_with_an_address_to_share(models):
    page = models()
    page.locator("#q").press_sequentially("llama")
    expect(page.locator("#found tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=llama"))
    page.reload()
    expect(page.locator("#found tbody tr")).to_have_count(1)
    page.get_by_role("link", name="show all").click()
    page.locator("#operation").select_option("embeddings")
    expect(page.locator("#found")).to_contain_text("sandbox-embedding")
    expect(page.locator("#found")).not_to_contain_text("sandbox-fast")


def test_one_that_ends_is_replaced_by_one_click(models, ending, server):
    page = models()
    note = page.locator(".ending", has_text="old-model ends on")
    expect(note).to_contain_text("in 13 days")
    note.get_by_role("button", name="Ask new-model instead").click()
    expect(page.locator(".note.good")).to_contain_text("Changed in 1 place.")
    expect(page.locator(".ending")).to_have_count(0)
    assert rows(server, ASKED, ending.name) == [("new-model",)]


def test_the_chat_says_it_and_changes_by_a_button(models, ending):
    page = models("/chat/")
    page.locator("#rows .name").first.click()
    expect(page).to_have_url(re.compile(r"/chat/\d+/$"))
    expect(page.locator("#inspector .ends")).to_contain_text("in 13 days")
    page.get_by_role("button", name="Use new-model").click()
    expect(page.locator("#chip")).to_contain_text("new-model")
    expect(page.locator(".ends")).to_have_count(0)
    page.reload()
    expect(page.locator("#set-model")).to_have_value("new-model")


def test_a_model_has_a_page_that_asks_its_provider_behind(models):
    page = models(f"{PAGE}?q=sandbox-reasoning")
    page.get_by_role("link", name="sandbox-reasoning").click()
    expect(page.locator("h1")).to_have_text("sandbox-reasoning")
    expect(page.locator("article")).to_contain_text("reasoning_effort")
    expect(page.locator("#live")).to_contain_text("sandbox")  # its owner, as the provider says
    expect(page.locator("#live")).to_contain_text("Asked")
    page = models(f"{PAGE}?q=admin")
    page.get_by_role("link", name="../../admin").click()
    expect(page.locator("h1")).to_have_text("../../admin")


def test_a_list_that_cannot_be_loaded_is_said_and_the_old_one_stays(models):
    page = models()
    page.watch.allow("422")
    page.get_by_role("button", name="the list of Team").click()
    expect(page.locator(".note.bad")).to_be_visible()
    expect(page.locator(".sources")).to_contain_text("could not be loaded")
    expect(page.locator("#found")).to_contain_text("meta-llama/Llama-3.1-70B")


def test_with_the_keyboard_alone(models):
    page = models()
    page.locator("#q").focus()
    page.keyboard.type("sandbox-fast")
    expect(page.locator("#found tbody tr")).to_have_count(1)
    page.get_by_role("link", name="sandbox-fast").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("sandbox-fast")


def test_without_javascript(models, ending):
    page = models(java_script_enabled=False)
    page.get_by_role("button", name="Ask new-model instead").click()
    expect(page.locator(".ending")).to_have_count(0)
    page.locator("#q").fill("sandbox-fast")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="sandbox-fast").click()
    page.get_by_role("button", name=re.compile("^Ask")).click()
    expect(page.locator("#live")).to_contain_text("Owner")


def test_by_thumb(models):
    page = models(**PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="sandbox-fast").tap()
    expect(page.locator("h1")).to_have_text("sandbox-fast")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(models, ending, theme):
    page = models(color_scheme=theme, bypass_csp=True)
    page.add_script_tag(content=AXE)
    assert page.evaluate(RUN_AXE) == []
    page.goto(f"{PAGE}?q=sandbox-reasoning")
    page.get_by_role("link", name="sandbox-reasoning").click()
    expect(page.locator("#live")).to_contain_text("Asked")
    page.add_script_tag(content=AXE)
    assert page.evaluate(RUN_AXE) == []
