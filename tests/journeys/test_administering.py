"""Administering: from an empty installation to a connection that one group uses, and what is left of its key."""

import base64
import re
import socket
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import expect

from tests.builders import CANARY_KEY
from tests.conftest import Watch
from tests.journeys.people import PASSWORD, rows
from tests.journeys.steps import ask_and_wait, choose, sign_in
from tests.server import a_server
from tests.upstream import an_upstream

pytestmark = pytest.mark.browser

LIST = "/admin/connector/configuration/"
WRONG_KEY = f"fault:key-echo@{CANARY_KEY}"  # the provider refuses it, and repeats it in its answer
SECOND_KEY = CANARY_KEY[:-4] + "beef"


@pytest.fixture(scope="module")
def server():
    with a_server(LOG_LEVEL="DEBUG") as running:
        yield running


@pytest.fixture(scope="module")
def provider():
    with an_upstream() as running:
        yield running


@pytest.fixture(scope="module")
def first(chromium, server):
    """The first administrator. One after the other, the tests go on with her."""
    context = chromium.new_context(base_url=server.url)
    page = context.new_page()
    watch = Watch(page, server.url)
    watch.allow("422")  # a key that cannot be one
    page.goto(server.admin_link)
    page.get_by_label("Name").fill("Rosa")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    page.wait_for_url("**/chat/")
    yield page
    context.close()
    assert watch.unexpected() == []


def open_configuration(page, name):
    page.goto(LIST)
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("heading", name=name, level=1).wait_for()


def save(page):
    """Saves the form and stays on it."""
    page.get_by_role("button", name="Save and continue editing").click()
    page.locator(".messagelist .success").wait_for()


def known(page):
    """What the page says above the form."""
    return page.locator(".known").inner_text()


def set_key(page, name, key):
    open_configuration(page, name)
    page.get_by_role("link", name=re.compile("Set the key|Replace or remove")).click()
    page.get_by_label("Key", exact=True).fill(key)
    page.get_by_role("button", name=re.compile("(Set|Replace) the key")).click()
    expect(page.locator(".messagelist .success")).to_contain_text("The key is set.")


def finding(page, name):
    """Presses the button; returns what is said then."""
    open_configuration(page, name)
    page.get_by_role("button", name="Test connection").click()
    said = page.locator(".messagelist li").inner_text()
    assert said in known(page)  # and it stays there
    return said


def test_she_adds_a_server_and_sees_what_was_understood(first, provider):
    first.get_by_role("link", name="Admin").click()
    first.get_by_role("link", name="Configurations", exact=True).first.click()
    first.get_by_role("link", name="Add configuration").click()
    first.get_by_label("Display name").fill("Cellar")
    first.get_by_label("API type").select_option("openai_compatible")
    first.get_by_label("Endpoint").fill(f"{provider.url}/v1/chat/completions")
    first.get_by_role("button", name="Save", exact=True).click()
    first.get_by_role("heading", name="Cellar", level=1).wait_for()
    host = f"127.0.0.1:{provider.port}"
    assert f"A server that speaks OpenAI's API at {host}; requests go to {provider.url}/v1/…" in known(first)
    first.goto(LIST)
    assert "nobody yet" in first.locator("#result_list tr", has_text="Cellar").inner_text()


def test_the_key_has_a_form_of_its_own_and_is_never_shown_again(first):
    set_key(first, "Cellar", f"  {CANARY_KEY}\n")
    assert f"set · ends in {CANARY_KEY[-4:]}" in known(first)
    assert "by Rosa" in known(first)
    first.get_by_role("link", name="Replace or remove").click()
    assert first.get_by_label("Key", exact=True).input_value() == ""


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "This field is required."),
        (f"Bearer {CANARY_KEY}", "Leave out the word Bearer"),
        ("https://api.openai.com/v1", "This is an address, not a key."),
        ("gAAAAABl" + "x" * 80, "This looks like an encrypted value"),
    ],
)
def test_what_cannot_be_a_key_is_refused_and_not_shown_either(first, typed, said):
    open_configuration(first, "Cellar")
    first.get_by_role("link", name="Replace or remove").click()
    first.get_by_label("Key", exact=True).fill(typed)
    first.get_by_role("button", name="Replace the key").click()
    assert said in first.locator(".errorlist").inner_text()
    assert first.get_by_label("Key", exact=True).input_value() == ""
    assert "CANARY" not in first.content()
    open_configuration(first, "Cellar")
    assert f"ends in {CANARY_KEY[-4:]}" in known(first)


def test_the_connection_works(first, provider):
    assert finding(first, "Cellar") == "The server answers and lists 1 model."
    assert provider.requests[-1].headers["authorization"] == f"Bearer {CANARY_KEY}"


def test_a_wrong_key_is_told_from_a_wrong_server(first):
    set_key(first, "Cellar", WRONG_KEY)
    said = finding(first, "Cellar")
    assert said == "The server answers, and refuses the key (401). Replace the key, or check that it belongs here."
    assert "The provider refused it just now." in known(first)
    assert "CANARY" not in first.content()
    set_key(first, "Cellar", CANARY_KEY)
    assert "refused" not in known(first)


def test_a_key_does_not_move_to_another_address_by_itself(first):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # taken, and nobody listens
        elsewhere = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        open_configuration(first, "Cellar")
        before = first.get_by_label("Endpoint").input_value()
        first.get_by_label("Endpoint").fill(elsewhere)
        first.get_by_role("button", name="Save and continue editing").click()
        assert "is sent nowhere else. Enter the key again for the new host" in first.locator(".errorlist").inner_text()
        first.get_by_text("Moving to another host").click()
        first.get_by_label("Key", exact=True).fill(CANARY_KEY)
        save(first)
        said = finding(first, "Cellar")
        assert "Nothing is listening" in said
    open_configuration(first, "Cellar")
    first.get_by_label("Endpoint").fill(before)
    first.get_by_text("Moving to another host").click()
    first.get_by_label("Key", exact=True).fill(CANARY_KEY)
    save(first)
    assert "works" not in known(first)
    assert finding(first, "Cellar").startswith("The server answers")


def test_azure_without_its_deployment_says_which_one_is_missing(first, provider):
    first.goto(f"{LIST}add/")
    first.get_by_label("Display name").fill("Azure")
    first.get_by_label("API type").select_option("azure_openai")
    first.get_by_label("Endpoint").fill(f"{provider.url}/openai")
    first.get_by_label("Deployment name").fill("fault:no-deployment")
    first.get_by_label("API version").fill("2024-10-21")
    first.get_by_role("button", name="Save", exact=True).click()
    first.get_by_role("heading", name="Key of Azure").wait_for()  # the next thing it needs
    first.get_by_label("Key", exact=True).fill(CANARY_KEY)
    first.get_by_role("button", name="Set the key").click()
    said = finding(first, "Azure")
    assert said.startswith("The resource exists, the deployment fault:no-deployment does not.")
    assert provider.requests[-1].headers["api-key"] == CANARY_KEY
    first.get_by_label("Deployment name").fill("eu")
    save(first)
    assert finding(first, "Azure") == "The resource answers and takes the key, and the deployment eu exists."


AT = "https://res.openai.azure.com"
CLASSIC = "Azure OpenAI at res.openai.azure.com, the API with deployments in the path, API version 2024-10-21"
V1 = "Azure OpenAI at res.openai.azure.com, the v1 API; requests go to https://res.openai.azure.com/openai/v1/…"


@pytest.mark.parametrize(
    ("typed", "version", "understood"),
    [
        (AT, "2024-10-21", CLASSIC),
        (f"{AT}/", "2024-10-21", CLASSIC),
        (f"{AT}/openai/", "2024-10-21", CLASSIC),
        (f"{AT}/openai/deployments/eu/chat/completions?api-version=2024-10-21", "", f"{CLASSIC}, deployment eu"),
        (f"{AT}/openai/deployments/eu/embeddings?api-version=2024-10-21", "", f"{CLASSIC}, deployment eu"),
        (f"{AT}/openai/v1", "", V1),
        (f"{AT}/openai/v1/", "", V1),
        (f"{AT}/openai/v1/chat/completions", "", V1),
    ],
)
def test_azure_addresses_are_shown_back_as_they_were_understood(first, typed, version, understood):
    first.goto(f"{LIST}add/")
    first.get_by_label("Display name").fill("Spelling")
    first.get_by_label("API type").select_option("azure_openai")
    first.get_by_label("Endpoint").fill(typed)
    first.get_by_label("API version").fill(version)
    first.get_by_role("button", name="Save and continue editing").click()
    open_configuration(first, "Spelling")
    assert understood in known(first)
    first.get_by_role("button", name="Delete", exact=True).click()
    first.get_by_role("button", name=re.compile("Yes, I.m sure")).click()
    expect(first.locator(".messagelist .success")).to_contain_text("Spelling")


def test_she_loads_the_models_and_sets_the_default(first):
    open_configuration(first, "Cellar")
    first.get_by_role("button", name="Load models").click()
    expect(first.locator(".messagelist .success")).to_contain_text("1 models are listed: 1 new, 0 gone.")
    assert first.locator("[name$='-name'][value='good']").count() == 1
    first.get_by_text("Default models").click()
    first.get_by_label("Chat", exact=True).first.fill("good")
    save(first)
    assert finding(first, "Cellar").endswith("The default model for chat, good, is among them.")


def test_she_gives_access_to_a_group_and_puts_somebody_into_it(first):
    first.goto("/admin/auth/group/add/")
    first.get_by_label("Name", exact=True).fill("Night shift")
    first.get_by_role("button", name="Save", exact=True).click()
    for name in ("lea", "mo"):
        first.goto("/admin/auth/user/add/")
        first.get_by_label("Username").fill(name)
        first.locator("#id_password1").fill(PASSWORD)
        first.locator("#id_password2").fill(PASSWORD)
        first.get_by_role("button", name="Save and continue editing").click()
        first.locator(".messagelist .success").wait_for()
    open_configuration(first, "Cellar")
    first.get_by_label("Night shift").check()
    save(first)
    first.goto(LIST)
    assert "Night shift" in first.locator("#result_list tr", has_text="Cellar").inner_text()
    first.goto("/admin/auth/user/")
    first.get_by_role("link", name="lea", exact=True).click()
    first.get_by_label("Night shift").check()
    save(first)


def test_the_one_in_the_group_chats_with_it(page, first):
    sign_in(page, "lea", PASSWORD)
    choose(page, "good", "Cellar")
    assert ask_and_wait(page, "Where are you?").startswith("A lighthouse stands")
    assert "CANARY" not in page.content()


def test_nobody_else_can(page, first, server):
    sign_in(page, "mo", PASSWORD)
    offered = page.locator("#set-configuration option").all_inner_texts()
    assert any("Sandbox" in name for name in offered)
    assert not any("Cellar" in name for name in offered)
    [[pk]] = rows(server, "SELECT id FROM connector_configuration WHERE display_name = 'Cellar'")
    page.watch.allow("404", "403")
    assert page.goto(f"{LIST}{pk}/change/").status in (403, 404)


def test_a_duplicate_has_no_key_and_is_switched_off(first):
    first.goto(LIST)
    first.locator("#result_list tr", has_text="Cellar").get_by_role("checkbox").check()
    first.get_by_role("combobox", name="Action").select_option(label="Duplicate, without the key")
    first.get_by_role("button", name="Run", exact=True).click()
    said = "Cellar (copy) was made. It has no key and is switched off until you enable it."
    expect(first.locator(".messagelist .success")).to_have_text(said)
    copy = first.locator("#result_list tr", has_text="Cellar (copy)").inner_text()
    assert "nobody: switched off" in copy
    assert "ends in" not in copy
    open_configuration(first, "Cellar (copy)")
    assert not first.get_by_label("Enabled").first.is_checked()
    assert first.get_by_label("Night shift").is_checked()


def test_while_keys_are_set_they_are_nowhere_to_be_read(first, page, server):
    sign_in(page, "lea", PASSWORD)
    look_everywhere(server, (first, page))


def test_the_key_is_replaced_and_removed(first, provider):
    set_key(first, "Cellar", SECOND_KEY)
    assert "ends in beef" in known(first)
    assert finding(first, "Cellar").startswith("The server answers")
    assert provider.requests[-1].headers["authorization"] == f"Bearer {SECOND_KEY}"
    first.get_by_role("link", name="Replace or remove").click()
    first.get_by_role("button", name="Remove the key").click()
    expect(first.locator(".messagelist .success")).to_have_text("The key was removed.")
    assert "ends in" not in known(first)
    assert finding(first, "Cellar").startswith("The server answers")  # this one wants none
    assert "authorization" not in provider.requests[-1].headers


def test_the_history_says_who_did_what_and_no_value(first):
    open_configuration(first, "Cellar")
    first.get_by_role("link", name="History").click()
    table = first.locator("#change-history")
    lines = table.locator("tbody tr").all_inner_texts()
    told = ["Key changed", "Endpoint changed", "Models loaded: 1 new, 0 gone", "Key removed"]
    for what in told:
        [line, *_] = [line for line in lines if what in line]
        assert "Rosa" in line
        assert "(from 127.0.0.1)" in line
    assert "CANARY" not in table.inner_text()


def test_afterwards_the_keys_are_in_no_page_file_log_or_export(first, page, server):
    sign_in(page, "lea", PASSWORD)
    look_everywhere(server, (first, page))


# Where keys are looked for.


def spellings():
    """The keys as they may be written somewhere: as they are, in base64 at any offset, in an address, backwards."""
    for key in (CANARY_KEY, SECOND_KEY, WRONG_KEY):
        yield key
        yield key[::-1]
        yield quote(key, safe="")
        for shift in range(3):
            encoded = base64.b64encode(b"x" * shift + key.encode()).decode()
            yield encoded[4:-4]  # what stands before and after it changes only the ends


def look_everywhere(server, pages):
    """The files of the server, its log, a dump, and every page and export that these people can reach."""
    found = {f"{file}": file.read_bytes() for file in server.folder.rglob("*") if file.is_file()}
    assert any(name.endswith("-wal") for name in found)
    found["dumpdata"] = server.manage("dumpdata").encode()
    for page in pages:
        found |= reached(page, server)
        found[f"storage of {page}"] = page.evaluate("JSON.stringify([localStorage, sessionStorage])").encode()
    for name, content in found.items():
        for spelling in spellings():
            assert spelling.encode() not in content, name
    addresses = " ".join(found)
    for part in ("/key/", "/history/", "/delete/", "/export"):
        assert part in addresses, part


def reached(page, server):
    """Address → content, of everything that a link of ours leads to."""
    seen, next_ones = {}, ["/chat/", "/admin/"]
    while next_ones:
        address = next_ones.pop()
        answer = page.request.get(server.url + address)
        seen[f"{address} as {page}"] = answer.body()
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        for link in re.findall(r'(?:href|action|src)="(/[^"#]*)', answer.text()):
            path = link.replace("&amp;", "&")
            once = re.sub(r"\d+", "1", urlsplit(path).path) if "/chat/" not in path else path
            if once not in seen and not path.startswith(("/static/", "/logout")) and "?" not in path:
                seen[once] = b""
                next_ones.append(path)
    return seen
