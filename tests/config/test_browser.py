"""The tools of the browser tests themselves: a watch that sees nothing would let everything pass."""

import pytest

pytestmark = pytest.mark.browser


def test_a_page_of_ours_breaks_no_rule(page):
    page.goto("/login/")
    assert page.title()


def test_the_policy_stops_a_script_in_the_page_and_says_so(page, server):
    page.goto("/login/")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = 1'}))"
    )
    assert page.evaluate("window.ran") is None
    page.wait_for_timeout(300)
    assert any("Content Security Policy" in problem for problem in page.watch.problems)
    assert any("the policy was broken" in problem for problem in page.watch.problems)
    assert "broke its content security policy" in server.log
    page.watch.allow("Content Security Policy", "the policy was broken")


def test_a_request_to_another_origin_is_stopped_and_seen(page):
    page.goto("/login/")
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/picture.png?secret'}))")
    page.wait_for_timeout(300)
    assert page.watch.problems
    page.watch.allow("Content Security Policy", "the policy was broken", "127.0.0.1:9")


def test_an_error_in_a_script_is_seen(page):
    page.goto("/login/")
    page.evaluate("setTimeout(() => { throw new Error('of the test') })")
    page.wait_for_timeout(200)
    assert page.watch.unexpected() == ["error in a script: of the test"]
    page.watch.allow("of the test")


def test_the_admin_breaks_no_rule_either(page, server):
    server.env["DJANGO_SUPERUSER_PASSWORD"] = "a-password-of-a-test"
    server.manage("createsuperuser", "--noinput", "--username=root", "--email=root@example.org")
    page.goto("/login/?next=/admin/")
    page.locator("[name=username]").fill("root")
    page.locator("[name=password]").fill("a-password-of-a-test")
    page.keyboard.press("Enter")
    page.wait_for_url(server.url + "/admin/")
    for path in ("/admin/", "/admin/auth/user/", "/admin/auth/user/add/", "/admin/connector/configuration/add/"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
