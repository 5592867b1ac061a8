"""Start: from the printed link to the second person's first question."""

import re

import pytest

from tests.journeys.people import PASSWORD, rows
from tests.journeys.steps import ask_and_wait, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def first(chromium, server):
    """The first administrator, who has just opened the printed link. One after the other, the tests go on with her."""
    context = chromium.new_context(base_url=server.url)
    page = context.new_page()
    page.goto(server.admin_link)
    yield page
    context.close()


def test_the_link_leads_to_a_form_that_explains_itself(first):
    assert first.get_by_role("heading", name="Welcome to Promptyard").is_visible()
    first.get_by_label("Name").fill("Rosa")
    first.get_by_label("Password", exact=True).fill("short")
    first.get_by_label("Password again").fill("short")
    first.get_by_role("button", name="Create the account").click()
    assert "at least 10 characters" in first.get_by_role("alert").inner_text()
    assert first.get_by_label("Name").input_value() == "Rosa"


def test_with_a_good_password_the_administrator_is_in_the_chat_at_once(first, server):
    first.get_by_label("Password", exact=True).fill(PASSWORD)
    first.get_by_label("Password again").fill(PASSWORD)
    first.get_by_role("button", name="Create the account").click()
    first.wait_for_url("**/chat/")
    assert first.get_by_role("link", name="Admin").is_visible()
    assert rows(server, "SELECT username, is_superuser FROM auth_user") == [("Rosa", 1)]


def test_the_link_is_dead_afterwards(first, server, page):
    page.watch.allow("404")
    assert page.goto(server.admin_link).status == 404
    assert page.locator("form").count() == 0


def test_a_link_that_was_made_up_is_none(page):
    page.watch.allow("404")
    assert page.goto("/welcome/MA:1abcde:abcdef/").status == 404


def test_nobody_signs_up(first, page):
    page.goto("/")
    assert re.search(r"/login/", page.url)
    assert "An administrator of this installation can make one for you" in page.inner_text("body")
    assert page.get_by_role("link", name=re.compile("sign up|register|create", re.IGNORECASE)).count() == 0
    page.watch.allow("404")
    for path in ("/signup/", "/register/", "/accounts/signup/", "/signin/new/"):
        assert page.goto(path).status == 404


@pytest.mark.parametrize(("name", "password"), [("admin", "admin"), ("Rosa", "Rosa"), ("admin", "password"), ("", "")])
def test_no_default_account(first, page, name, password):
    page.watch.allow("422", "429")
    page.goto("/login/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign in").wait_for()
    assert "/login/" in page.url


def test_the_sandbox_is_there_and_says_what_it_is(first):
    first.goto("/chat/")
    assert "Sandbox" in first.locator("#set-configuration option:checked").inner_text()
    assert "no model behind it" in first.locator(".conversation").inner_text()
    answered = ask_and_wait(first, "Is anybody there?")
    assert "Is anybody there?" in answered
    assert "sandbox" in answered


def test_the_administrator_makes_a_second_account_in_the_admin(first):
    first.get_by_role("link", name="Admin").click()
    first.get_by_role("link", name="Users", exact=True).first.click()
    first.get_by_role("link", name=re.compile("Add user", re.IGNORECASE)).first.click()
    first.locator("#id_username").fill("lea")
    first.locator("#id_password1").fill(PASSWORD)
    first.locator("#id_password2").fill(PASSWORD)
    first.get_by_role("button", name="Save", exact=True).click()
    first.locator(".messagelist .success").wait_for()


def test_the_second_person_signs_in_and_asks_but_administers_nothing(first, page):
    sign_in(page, "lea", PASSWORD)
    page.wait_for_url("**/chat/")
    assert "Hello" in ask_and_wait(page, "Hello")
    assert page.get_by_role("link", name="Admin").count() == 0
    assert "Is anybody there?" not in page.content()
    page.watch.allow("403")
    assert page.goto("/admin/").status == 403
    assert page.goto("/admin/connector/configuration/").status == 403


def test_a_new_start_prints_no_link_and_keeps_everybody(first, page, server):
    printed = server.log.count("/welcome/")
    server.terminate()
    server.start()
    assert server.log.count("/welcome/") == printed
    first.goto("/chat/")
    assert first.locator(".row .name").first.inner_text() == "Is anybody there?"
    sign_in(page, "lea", PASSWORD)
    page.wait_for_url("**/chat/")


def test_a_new_password_signs_out_everywhere_else(first, page, open_page, server):
    sign_in(page, "lea", PASSWORD)
    elsewhere = open_page(server)
    sign_in(elsewhere, "lea", PASSWORD)
    page.goto("/account/")
    page.get_by_label("Present password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill(f"{PASSWORD} again")
    page.get_by_label("New password again").fill(f"{PASSWORD} again")
    page.get_by_role("button", name="Change password").click()
    assert "Everywhere else you are signed out." in page.get_by_role("status").inner_text()
    page.goto("/chat/")
    assert page.locator("#text").is_visible()
    elsewhere.goto("/chat/")
    assert "/login/" in elsewhere.url


def test_the_theme_is_chosen_and_kept(first, page):
    sign_in(page, "lea", f"{PASSWORD} again")
    page.goto("/account/")
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    page.goto("/chat/")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    page.get_by_role("button", name="Theme").click()
    page.wait_for_function("() => getComputedStyle(document.documentElement).colorScheme == 'light dark'")
