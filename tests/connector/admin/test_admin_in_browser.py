"""The admin as an administrator uses it. The fixtures fail a test on any report of the content policy."""

import re
from pathlib import Path

import pytest

from tests.journeys.people import make_configuration

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parents[2] / "vendor" / "axe-core-4.14.1.min.js").read_text(encoding="utf-8")
RUN_AXE = """axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map(
    violation => `${violation.id}: ${violation.nodes.map(node => node.target).join(', ')}`))"""
CONFIGURATION = "/admin/connector/configuration/"
PASSWORD = "a long enough password"


PAGES = [
    "/admin/",
    "/admin/connector/",
    CONFIGURATION,
    f"{CONFIGURATION}add/",
    f"{CONFIGURATION}1/change/",
    f"{CONFIGURATION}2/change/",
    f"{CONFIGURATION}2/key/",
    f"{CONFIGURATION}2/delete/",
    f"{CONFIGURATION}2/history/",
    "/admin/connector/deployedmodel/",
    "/admin/connector/deployedmodel/1/change/",
    "/admin/connector/chatcompletionssession/",
    "/admin/connector/run/",
    "/admin/connector/generatedimage/",
    "/admin/connector/userlimits/",
    "/admin/connector/userlimits/add/",
    "/admin/auth/user/",
    "/admin/auth/user/add/",
    "/admin/auth/user/1/change/",
    "/admin/auth/user/1/history/",
    "/admin/auth/group/",
    "/admin/auth/group/add/",
]


@pytest.fixture(scope="module")
def administrator(server):
    key = "sk-CANARY-0123456789abcdef"
    make_configuration(server, "Second", key=key, open_to_everyone=False, models=["gpt-5", "o3"])
    make = (
        "from django.contrib.auth.models import User;"
        f"User.objects.filter(username='rosa') or User.objects.create_superuser('rosa', password={PASSWORD!r})"
    )
    server.execute(make)
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
    for path in PAGES:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(open_page, server, administrator, theme, width):
    page = open_page(server, color_scheme=theme, viewport={"width": width, "height": 900}, bypass_csp=True)
    sign_in(page, administrator)
    found = {}
    for path in PAGES:
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
        page.evaluate(AXE)
        found[path] = page.evaluate(RUN_AXE)
    page.goto(f"{CONFIGURATION}add/")
    page.fill("#id_endpoint", "ftp://nowhere")
    page.click("[name=_save]")
    page.wait_for_selector(".errornote")
    page.evaluate(AXE)
    found["with errors"] = page.evaluate(RUN_AXE)
    assert [f"{path}: {violations}" for path, violations in found.items() if violations] == []


def test_a_key_is_set_with_the_keyboard_alone(page, administrator):
    sign_in(page, administrator)
    page.goto(f"{CONFIGURATION}2/change/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # past the places and the bar
    reach(page, "Replace or remove")
    page.keyboard.press("Enter")
    page.wait_for_url("**/key/")
    page.wait_for_load_state()
    reach(page, "Key")
    page.keyboard.type("sk-another-0123456789abcd9999")
    page.keyboard.press("Enter")
    page.wait_for_selector(".known :text('ends in 9999')")
    reach(page, "Test connection")


def reach(page, name):
    """Tab until the element in focus has this name; it has to show that it is in focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        here, outline = page.evaluate("""() => {
            const here = document.activeElement
            const name = here.labels?.[0]?.innerText || here.innerText || here.value || ''
            return [name.trim(), getComputedStyle(here).outlineStyle]
        }""")
        if re.fullmatch(name, here):
            assert outline != "none", name
            return
    raise AssertionError(f"{name} cannot be reached")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_follows_the_chosen_theme(open_page, server, administrator, theme):
    page = open_page(server, color_scheme="light" if theme == "dark" else "dark")
    sign_in(page, administrator)
    while page.get_attribute("form.theme button", "title") != f"Theme: {theme}. Press to change it.":
        page.click("form.theme button")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == theme
