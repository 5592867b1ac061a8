"""The admin as an administrator uses it. The fixtures fail a test on any report of the content policy."""

import pytest

pytestmark = pytest.mark.browser

PASSWORD = "a long enough password"


@pytest.fixture(scope="module")
def administrator(server):
    make = (
        "from django.contrib.auth.models import User;"
        f"User.objects.filter(username='rosa') or User.objects.create_superuser('rosa', password={PASSWORD!r})"
    )
    server.manage("shell", "-c", make)
    return "rosa"


def sign_in(page, name):
    page.goto("/admin/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("form [type=submit], form button:not([name])")
    page.wait_for_url("**/admin/")


def test_from_an_empty_form_to_a_tested_connection(page, administrator):
    sign_in(page, administrator)
    page.goto("/admin/connector/configuration/add/")
    page.fill("#id_display_name", "Mine")
    page.select_option("#id_api_type", "azure_openai")
    assert page.is_visible("#id_deployment_name")
    assert not page.is_visible("#id_organization")
    page.fill(
        "#id_endpoint", "https://r.openai.azure.com/openai/deployments/eu/chat/completions?api-version=2024-10-21"
    )
    page.click("[name=_save]")
    assert page.url.endswith("/key/")
    page.fill("[name=key]", "sk-CANARY-0123456789abcdef")
    page.click("[type=submit].default")
    assert "set · ends in cdef" in page.inner_text(".known")
    assert "deployment eu" in page.inner_text(".known")
    assert "CANARY" not in page.content()


def test_the_sandbox_is_tested_and_loads_its_models(page, administrator):
    sign_in(page, administrator)
    page.goto("/admin/connector/configuration/")
    page.click("text=Sandbox >> nth=0")
    page.click("text=Test connection")
    page.wait_for_selector(".known :text('works · just now')")
    page.click("text=Load models")
    page.wait_for_selector("[name$='-name'][value='sandbox-fast']")
    assert not page.is_visible("#id_endpoint")


def test_without_javascript_everything_is_there(open_page, server, administrator):
    page = open_page(server, java_script_enabled=False)
    sign_in(page, administrator)
    page.goto("/admin/connector/configuration/add/")
    page.click("summary:has-text('Azure OpenAI')")
    assert page.is_visible("#id_deployment_name")
    page.fill("#id_display_name", "Without")
    page.fill("#id_new_key", "sk-CANARY-0123456789abcdef")
    page.click("[name=_save]")
    assert "set · ends in cdef" in page.inner_text(".known")


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_nothing_is_wider_than_the_screen(open_page, server, administrator, width):
    page = open_page(server, viewport={"width": width, "height": 800})
    sign_in(page, administrator)
    for path in ("configuration/", "configuration/1/change/", "configuration/add/", "configuration/1/key/", "run/"):
        page.goto(f"/admin/connector/{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_follows_the_chosen_theme(open_page, server, administrator, theme):
    page = open_page(server, color_scheme="light" if theme == "dark" else "dark")
    sign_in(page, administrator)
    while page.get_attribute("form.theme button", "title") != f"Theme: {theme}. Press to change it.":
        page.click("form.theme button")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == theme
