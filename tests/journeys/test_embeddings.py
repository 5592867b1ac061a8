"""Embeddings in the browser: lines and CSV become a matrix, which is read by mouse and by keyboard; files are saved;
without JavaScript, by thumb, in both themes."""

import re
from array import array

import pytest
from playwright.sync_api import expect

from tests.journeys.test_access import AXE, PHONE, RUN_AXE

pytestmark = pytest.mark.browser

PAGE = "/embeddings/"
ENDED = ".embedding:not([data-going])"
TEXTS = "The cat sleeps on the sofa.\nA cat is sleeping on the couch.\nInterest rates rose again."
SHEET = "id,text,label\n1,the cat sleeps,animals\n2,a cat sleeps,animals\n3,rates rose again,money\n"

# Typing ten thousand lines takes the browser half a minute.
PASTE = "(field, text) => { field.value = text; field.dispatchEvent(new Event('change', { bubbles: true })); }"


@pytest.fixture(autouse=True)
def patience():
    expect.set_options(timeout=30_000)


@pytest.fixture
def embeddings(enter):
    def open_it(**options):
        page = enter(PAGE, **options)
        page.set_default_timeout(30_000)
        return page

    return open_it


def send(page, text=TEXTS):
    """Returns when the vectors are on the page."""
    page.locator("#lines").fill(text)
    page.locator("#lines").press("Control+Enter")
    page.locator(f"{ENDED} #texts").wait_for()


def choosing(page):
    return page.expect_response(lambda answer: answer.url.endswith("/embeddings/form/"))


class TestAsking:
    def test_lines_become_a_matrix_with_an_address_of_its_own(self, embeddings):
        page = embeddings()
        send(page)
        expect(page).to_have_url(re.compile(r"/embeddings/\d+/$"))
        expect(page.locator("#matrix")).to_have_attribute("data-count", "3")
        expect(page.locator("#texts tbody tr").first).to_contain_text("2: A cat is sleeping on the couch.")
        page.reload()
        expect(page.locator("#matrix")).to_be_visible()
        assert page.locator("#lines").input_value() == TEXTS
        with page.expect_response(lambda answer: answer.url.endswith("/again/")):
            page.get_by_role("button", name="Again").click()
        expect(page.locator(f"{ENDED} #matrix")).to_be_visible()
        expect(page.locator("#earlier li")).to_have_count(2)

    def test_an_example_is_sent_and_stays_in_the_form(self, embeddings):
        page = embeddings()
        page.get_by_role("button", name="Six sentences about two things").click()
        expect(page.locator(f"{ENDED} #matrix")).to_have_attribute("data-count", "6")
        assert page.locator("#lines").input_value().count("\n") == 5

    def test_a_csv_is_uploaded_its_columns_chosen_and_its_labels_shown(self, embeddings):
        page = embeddings()
        page.get_by_label("CSV", exact=True).check()
        with choosing(page):
            file = {"name": "texts.csv", "mimeType": "text/csv", "buffer": SHEET.encode()}
            page.locator("#file").set_input_files(file)
        expect(page.locator("#csv")).to_have_value(SHEET)
        expect(page.locator("#column")).to_have_value("1")
        expect(page.locator("#labels")).to_have_value("2")
        expect(page.locator("#send-row")).to_contain_text("3 texts")
        page.locator("#asking .send").click()
        expect(page.locator(f"{ENDED} #texts tbody tr").first).to_contain_text("animals")
        expect(page.locator(".plane .legend li")).to_have_text(["animals", "money"])

    def test_a_broken_or_far_too_long_csv_is_said_where_it_was_typed_and_kept(self, embeddings):
        page = embeddings()
        page.watch.allow("422")
        page.get_by_label("CSV", exact=True).check()
        for typed, words in (
            ('text\n"never closed', "A quote is opened and never closed"),
            ("text\n" + "one\n" * 10_000, "There are 10,000 texts"),
        ):
            with choosing(page):
                page.locator("#csv").evaluate(PASTE, typed)
            expect(page.locator("#csv-errors")).to_contain_text(words)
            page.locator("#asking .send").click()
            expect(page.locator("#refusal")).to_contain_text("The texts need another look.")
            assert page.locator("#csv").input_value() == typed
        file = {"name": "huge.csv", "mimeType": "text/csv", "buffer": b"a" * 4_000_000}
        page.locator("#file").set_input_files(file)
        expect(page.locator("#csv-errors")).to_contain_text("has 4 MB; a CSV of up to 3 MB can be uploaded")
        expect(page.locator(".embedding")).to_have_count(0)


class TestReading:
    def test_cells_are_read_by_mouse_and_by_keyboard(self, embeddings):
        page = embeddings()
        send(page)
        matrix = page.locator("#matrix")
        matrix.focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator("#readout")).to_contain_text("1: The cat sleeps on the sofa. ↔ 2: A cat is sleeping")
        page.keyboard.press("ArrowDown")
        expect(page.locator("#readout")).not_to_contain_text("↔")
        matrix.hover(position={"x": 34 + 2.5 * 44, "y": 34 + 0.5 * 44})
        expect(page.locator("#readout")).to_contain_text("↔ 3: Interest rates rose again.")

    def test_one_text_and_another_length_are_links(self, embeddings):
        page = embeddings()
        send(page)
        page.get_by_role("link", name="Interest rates rose again.").first.click()
        expect(page.locator(".one")).to_contain_text("Nearest of all 3")
        expect(page.locator(".one")).to_be_focused()
        page.get_by_role("link", name="Show 256 dimensions").click()
        expect(page.locator(".matrix")).to_contain_text("cut to 256 numbers")
        page.go_back()
        expect(page.locator(".one")).to_contain_text("Nearest of all 3")

    def test_files_are_saved(self, embeddings):
        page = embeddings()
        send(page)
        with page.expect_download() as saved:
            page.get_by_role("link", name="NumPy").click()
        assert saved.value.suggested_filename.endswith(".npy")
        content = saved.value.path().read_bytes()
        length = int.from_bytes(content[8:10], "little")
        assert b"'shape': (3, 1536)" in content[:128]
        assert len(array("f", content[10 + length :])) == 3 * 1536
        with page.expect_download() as saved:
            page.get_by_role("link", name="CSV", exact=True).click()
        assert saved.value.path().read_text("utf-8-sig").startswith("number,text,0,1,")


def test_without_javascript(embeddings):
    page = embeddings(java_script_enabled=False)
    page.locator("#lines").fill(TEXTS)
    page.locator("#asking .send").click()
    page.locator(f"{ENDED} #matrix").wait_for()  # the page asks for itself until it has come
    page.get_by_text("Every value as a table").click()
    expect(page.locator("#cosines")).to_contain_text("1.00")
    page.get_by_role("link", name="New").click()
    page.get_by_label("CSV", exact=True).check()
    file = {"name": "texts.csv", "mimeType": "text/csv", "buffer": SHEET.encode()}
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#column")).to_have_value("1")
    page.locator("#asking .send").click()
    expect(page.locator(f"{ENDED} #texts")).to_contain_text("animals")


def test_by_thumb(embeddings):
    page = embeddings(**PHONE)
    send(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("#matrix")).to_be_in_viewport()
    page.get_by_label("CSV", exact=True).check()
    expect(page.locator("#csv")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(embeddings, theme):
    page = embeddings(color_scheme=theme, bypass_csp=True)
    page.add_script_tag(content=AXE)
    assert page.evaluate(RUN_AXE) == []
    page.get_by_role("button", name="Questions of a help desk").click()
    page.locator(f"{ENDED} #matrix").wait_for()
    page.get_by_text("Every value as a table").click()
    page.get_by_role("link", name="I forgot my password.").first.click()
    expect(page.locator(".one")).to_be_visible()
    assert page.evaluate(RUN_AXE) == []
