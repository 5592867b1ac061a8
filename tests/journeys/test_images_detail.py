"""One picture after another: look closely, ask again, vary, edit with a mask, compare, share, keep, take along."""

import base64
import hashlib
import io
import json
import re
import shlex
import threading
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import expect

from connector.client import multipart
from tests.journeys.people import make_configuration
from tests.journeys.steps import PATIENCE, until
from tests.pictures import a_picture, a_shaded_picture, opened

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parents[1] / "vendor" / "axe-core-4.14.1.min.js").read_text(encoding="utf-8")
RUN_AXE = """axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map(
    violation => `${violation.id}: ${violation.nodes.map(node => node.target).join(', ')}`))"""
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
WIDTH, HEIGHT = 384, 256
DETAIL = re.compile(r"/images/[0-9a-f-]{36}/(\?.*)?$")
TEAM = """
from django.contrib.auth.models import Group, User

group, _ = Group.objects.get_or_create(name={group!r})
group.user_set.add(*User.objects.filter(username__in={names!r}))
"""


class Atelier(ThreadingHTTPServer):
    """A provider that draws at once, each picture another one, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = []  # path, the body's values, its files
        self.drawn = 0

    def of(self, prompt):
        return [values for _, values, _ in self.asked if values.get("prompt") == prompt]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        values, files = read(content, self.headers["Content-Type"])
        self.server.asked.append((self.path, values, files))
        pictures = []
        for _ in range(int(values.get("n", 1))):
            self.server.drawn += 1
            pictures.append({"b64_json": base64.b64encode(a_shaded_picture(WIDTH, HEIGHT, self.server.drawn)).decode()})
        answer = json.dumps({"created": 1, "data": pictures, "usage": {"input_tokens": 7, "output_tokens": 8}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("x-request-id", "req_of_the_atelier")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format, *args):
        """Into no test's output."""


def read(content, content_type):
    if content_type == "application/json":
        return json.loads(content), {}
    parts = multipart.decode(content, content_type)
    files = {}
    for part in parts:
        if part.filename is not None:
            files.setdefault(part.name, []).append(part.content)
    return {part.name: part.content.decode() for part in parts if part.filename is None}, files


@contextmanager
def an_atelier():
    running = Atelier()
    threading.Thread(target=running.serve_forever, daemon=True).start()
    try:
        yield running
    finally:
        running.shutdown()
        running.server_close()


@pytest.fixture(scope="module")
def atelier(server):
    with an_atelier() as running:
        configure(server, "Atelier", running)
        yield running


def configure(server, name, atelier):
    address = f"http://127.0.0.1:{atelier.server_port}/v1"
    make_configuration(
        server, name, api_type="openai_compatible", endpoint=address, model_default_images="brush", models=["brush"]
    )


@pytest.fixture
def draw(enter, atelier, word):
    """`draw(pictures)`: a page on the first of so many pictures of one request, with the test's word in it."""

    def begin(pictures=1, configuration="Atelier", **options):
        page = enter("/images/", **options)
        draw_with(page, f"A {word} at the sea", pictures, configuration)
        page.locator(".tile.kept a.frame").first.click()
        page.wait_for_url(DETAIL)
        return page

    return begin


def draw_with(page, prompt, pictures=1, configuration="Atelier"):
    """In the studio; returns when all pictures are there."""
    before = page.locator(".tile.kept").count()
    choose(page, configuration)
    page.locator("#prompt").fill(prompt)
    if pictures > 1:
        page.locator(f".option:has([name=p_n][value='{pictures}'])").click()
    page.locator(".send").click()
    expect(page.locator(".tile.kept")).to_have_count(before + pictures, timeout=PATIENCE)


def choose(page, configuration):
    option = page.locator("#set-configuration option", has_text=configuration)
    value = option.first.get_attribute("value")
    if page.locator("#set-configuration").input_value() != value:
        with page.expect_response(re.compile("/form/$")):
            page.locator("#set-configuration").select_option(value)
        expect(page.locator("#set-model")).to_have_value("brush", timeout=PATIENCE)


def id_of(page):
    return re.search(r"[0-9a-f-]{36}", page.url)[0]


def facts(page):
    names, values = (page.locator(f".facts {part}").all_inner_texts() for part in ("dt", "dd"))
    return dict(zip(names, values, strict=True))


def paint(page, *points):
    """A stroke over the mask's canvas through points that are parts of it; returns when it can be undone."""
    page.locator("#mask-canvas").scroll_into_view_if_needed()
    box = page.locator("#mask-canvas").bounding_box()
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*at[0])
    page.mouse.down()
    for place in at[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()
    expect(page.locator("[data-mask=undo]")).to_be_enabled()


def is_painted(page, x, y):
    script = """([x, y]) => { const canvas = document.getElementById('mask-canvas');
        const [left, top] = [x * canvas.width, y * canvas.height];
        return canvas.getContext('2d').getImageData(left, top, 1, 1).data[3] > 128; }"""
    return page.evaluate(script, [x, y])


class TestLooking:
    def test_everything_is_told(self, draw, word):
        page = draw()
        told = facts(page)
        stored = page.request.get(page.locator(".viewer").get_attribute("href")).body()
        assert page.locator(".prompt").first.inner_text() == f"A {word} at the sea"
        assert told["size"] == f"{WIDTH} x {HEIGHT} pixels"
        assert told["SHA-256"] == hashlib.sha256(stored).hexdigest()
        assert (told["model"], told["configuration"]) == ("brush", "Atelier")
        assert (told["cost"], told["request id"]) == ("unpriced", "req_of_the_atelier")
        assert (told["input tokens"], told["output tokens"]) == ("7", "8")

    def test_previous_and_next_by_links_and_arrows(self, draw):
        page = draw(3)
        newest = None
        while page.locator("#previous").count():  # to the end of the gallery
            newest = id_of(page)
            page.locator("#previous").click()
            page.wait_for_url(lambda url, before=newest: before not in url)
        first = id_of(page)
        page.keyboard.press("ArrowRight")
        page.wait_for_url(lambda url: first not in url)
        second = id_of(page)
        page.keyboard.press("ArrowLeft")
        page.wait_for_url(lambda url: first in url)
        page.keyboard.press("ArrowRight")
        page.wait_for_url(lambda url: second in url)

    def test_zoom_by_wheel_keys_and_buttons(self, draw):
        page = draw(viewport={"width": 800, "height": 500})
        image, scale = page.locator(".viewer img"), page.locator(".scale")
        assert "/preview/" in image.get_attribute("src")
        fitted = image.bounding_box()["width"]
        page.locator(".viewer").hover()
        page.mouse.wheel(0, -100)
        until(page, lambda: image.bounding_box()["width"] > fitted * 1.2)
        until(page, lambda: "/file/" in image.get_attribute("src"))  # the original, once somebody looks closely
        page.keyboard.press("0")
        expect(scale).to_have_text("fit")
        for _ in range(4):
            page.keyboard.press("+")
        before = image.bounding_box()
        box = page.locator(".viewer").bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 2 + 40, box["y"] + box["height"] / 2 + 30, steps=4)
        page.mouse.up()
        after = image.bounding_box()
        assert (round(after["x"] - before["x"]), round(after["y"] - before["y"])) == (40, 30)
        here = page.url
        page.keyboard.press("ArrowRight")  # moves the picture now
        until(page, lambda: image.bounding_box()["x"] < after["x"])
        assert page.url == here
        page.keyboard.press("Escape")  # and leaves the picture only when it is fitted
        expect(scale).to_have_text("fit")
        assert page.url == here
        page.keyboard.press("+")
        page.get_by_role("button", name="Fit").click()
        expect(scale).to_have_text("fit")
        assert round(image.bounding_box()["width"]) == round(fitted)


class TestGoingOn:
    def test_again_sends_the_same_body(self, draw, atelier, word):
        page = draw()
        page.get_by_role("button", name="Again").click()
        page.wait_for_url(re.compile(r"/images/.*#run-\d+$"))
        expect(page.locator(".tile.kept")).to_have_count(2, timeout=PATIENCE)
        first, again = atelier.of(f"A {word} at the sea")
        assert first == again

    def test_vary_fills_the_form_in(self, draw, word):
        page = draw(2)
        page.get_by_role("link", name="Vary", exact=True).click()
        expect(page.locator("#prompt")).to_have_value(f"A {word} at the sea")
        expect(page.locator("#set-model")).to_have_value("brush")
        expect(page.locator("[name=p_n][value='2']")).to_be_checked()

    def test_use_prompt_takes_the_prompt_alone(self, draw, word):
        page = draw(2)
        page.get_by_role("link", name="Use prompt").click()
        expect(page.locator("#prompt")).to_have_value(f"A {word} at the sea")

    def test_when_the_provider_is_gone_everything_is_still_there(self, server, enter, word):
        with an_atelier() as closing:
            configure(server, f"Closing {word}", closing)
            page = enter("/images/")
            draw_with(page, f"A {word}", 2, f"Closing {word}")
        page.goto("/images/gallery/")
        for path in ("/images/gallery/", None):
            if path is None:
                page.locator(".cell a, a.cell, [id^=image-] a").first.click()
                page.wait_for_url(DETAIL)
            page.wait_for_load_state("networkidle")
            broken = "images => images.filter(image => image.complete && !image.naturalWidth).length"
            assert page.locator("img").evaluate_all(broken) == 0
        assert facts(page)["model"] == "brush"
        assert page.request.get(page.locator(".viewer").get_attribute("href")).status == 200


class TestEditing:
    def test_a_painted_mask_arrives_as_a_png_that_is_transparent_where_it_was_painted(self, draw, atelier, word):
        page = draw()
        source, original = id_of(page), page.request.get(page.locator(".viewer").get_attribute("href")).body()
        page.get_by_role("link", name="Edit", exact=True).click()
        expect(page.locator("#mask-canvas")).to_be_visible()
        page.locator("#set-prompt").fill(f"A boat for {word}")
        paint(page, (0.2, 0.5), (0.4, 0.5))
        page.locator("form#edit .send").click()
        page.wait_for_url(re.compile(r"/images/.*#run-\d+$"), timeout=PATIENCE)
        expect(page.locator(".tile.kept")).to_have_count(2, timeout=PATIENCE)
        [(path, _, files)] = [each for each in atelier.asked if each[1].get("prompt") == f"A boat for {word}"]
        assert path == "/v1/images/edits"
        assert files["image"] == [original]
        mask = opened(files["mask"][0])
        assert (mask.format, mask.mode, mask.size) == ("PNG", "RGBA", (WIDTH, HEIGHT))
        alpha = mask.getchannel("A")
        assert set(alpha.get_flattened_data() if hasattr(alpha, "get_flattened_data") else alpha.getdata()) == {0, 255}
        assert [alpha.getpixel((int(x * WIDTH), HEIGHT // 2)) for x in (0.2, 0.3, 0.4)] == [0, 0, 0]
        assert [alpha.getpixel((int(x * WIDTH), HEIGHT // 8)) for x in (0.2, 0.3, 0.4)] == [255, 255, 255]
        assert alpha.getpixel((int(0.8 * WIDTH), HEIGHT // 2)) == 255
        page.locator(".tile.kept a.frame").first.click()
        page.wait_for_url(DETAIL)
        assert page.locator(f".related a[href='/images/{source}/']").count() == 1

    def test_undo_redo_erase_invert_and_clear(self, draw):
        page = draw()
        page.get_by_role("link", name="Edit", exact=True).click()
        paint(page, (0.3, 0.5), (0.5, 0.5))
        assert is_painted(page, 0.4, 0.5)
        page.locator("[data-mask=erase]").click()
        paint(page, (0.4, 0.5), (0.41, 0.5))
        assert (is_painted(page, 0.4, 0.5), is_painted(page, 0.3, 0.5)) == (False, True)
        page.keyboard.press("Control+z")
        assert is_painted(page, 0.4, 0.5)
        page.keyboard.press("Control+Shift+z")
        assert not is_painted(page, 0.4, 0.5)
        page.locator("[data-mask=invert]").click()
        assert (is_painted(page, 0.4, 0.5), is_painted(page, 0.3, 0.5), is_painted(page, 0.9, 0.1)) == (
            True,
            False,
            True,
        )
        page.locator("[data-mask=clear]").click()
        assert not is_painted(page, 0.9, 0.1)
        page.locator("[data-mask=undo]").click()
        assert is_painted(page, 0.9, 0.1)

    def test_with_a_finger_on_a_phone(self, draw):
        page = draw(**PHONE)
        page.get_by_role("link", name="Edit", exact=True).tap()
        expect(page.locator("#mask-canvas")).to_be_visible()
        box = page.locator("#mask-canvas").bounding_box()
        page.touchscreen.tap(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.4)
        assert is_painted(page, 0.6, 0.4)
        assert not is_painted(page, 0.2, 0.8)

    def test_uploads_and_what_is_wrong_with_them(self, enter, atelier, word):
        page = enter("/images/edit/")
        page.watch.allow("422")
        page.locator("#set-prompt").fill(f"Together {word}")
        good = {"name": "one.png", "mimeType": "image/png", "buffer": a_picture(64, 48)}
        page.locator("#files").set_input_files([good] * 17)
        expect(page.locator("#files-errors")).to_have_text("There are 17 pictures; 16 at most can go along.")
        page.locator("#files").set_input_files([good, good | {"name": "two.png", "buffer": b"<svg onload=alert(1)>"}])
        expect(page.locator("#mask-canvas")).to_be_visible()  # over the first one, before it is sent
        page.locator("#mask-file").set_input_files(
            {"name": "mask.png", "mimeType": "image/png", "buffer": a_picture(48, 48)}
        )
        choose(page, "Atelier")
        page.locator("form#edit .send").click()
        expect(page.locator("#files-errors")).to_contain_text("“two.png”: this is no picture", timeout=PATIENCE)
        expect(page.locator("#mask-errors")).to_contain_text("It is 48 x 48 pixels, the first picture 64 x 48")
        assert page.locator("#chosen-inputs input:checked").count() == 1  # the good one need not be chosen again
        assert page.locator("#set-prompt").input_value() == f"Together {word}"
        page.locator("form#edit .send").click()
        page.wait_for_url(re.compile(r"#run-\d+$"), timeout=PATIENCE)
        until(page, lambda: atelier.of(f"Together {word}"))


class TestComparing:
    def test_side_by_side_they_zoom_together_and_tell_what_differs(self, draw, word):
        page = draw()
        page.get_by_role("link", name="Vary", exact=True).click()
        draw_with(page, f"Another {word}")
        page.locator(".tile.kept a.frame").first.click()
        page.get_by_role("main").get_by_role("link", name="Compare").click()
        page.locator(".offered .pick").first.click()
        page.get_by_role("button", name="Compare").click()
        expect(page.locator(".beside figure")).to_have_count(2)
        images = page.locator(".beside img")
        widths = lambda: [images.nth(number).bounding_box()["width"] for number in range(2)]  # noqa: E731  # short
        fitted = widths()
        page.locator(".viewer").first.hover()
        page.mouse.wheel(0, -100)
        until(page, lambda: all(width > before * 1.2 for width, before in zip(widths(), fitted, strict=True)))
        assert page.locator("tr.differs th").first.inner_text().startswith("prompt")
        assert page.locator("tr:not(.differs) th", has_text="model").count() == 1


class TestSharing:
    def test_a_group_sees_it_until_it_does_not(self, draw, enter, people, server, person, word):
        other = next(people)
        server.execute(TEAM.format(group=f"Team {word}", names=[person.name, other.name]))
        page = draw()
        path = f"/images/{id_of(page)}/"
        theirs = enter("/images/", other)
        assert theirs.request.get(path).status == 404
        page.locator("#sharing summary").click()
        page.get_by_label(f"Team {word}").check()
        page.locator("#sharing-save").click()
        expect(page.locator("#sharing summary")).to_have_text(f"Shared with Team {word}")
        theirs.goto(path)
        theirs.locator(".badge", has_text=f"shared by {person.name}").wait_for()
        assert theirs.locator("#delete").count() == 0
        assert theirs.locator("#favourite").count() == 0
        assert "cost" not in facts(theirs)
        page.get_by_label(f"Team {word}").uncheck()
        page.locator("#sharing-save").click()
        expect(page.locator("#sharing summary")).to_have_text("Share with a group")
        for address in ("", "file/", "preview/", "thumb/", "sidecar/", "code/curl/", "edit/"):
            assert theirs.request.get(path + address).status == 404


class TestAlbums:
    def test_made_filled_looked_at_renamed_and_deleted(self, draw, word):
        page = draw()
        path = f"/images/{id_of(page)}/"
        page.locator("#albums summary").click()
        page.get_by_label("New album").fill(f"Album {word}")
        page.locator("#albums-save").click()
        expect(page.locator("#albums summary")).to_have_text(f"In Album {word}")
        page.goto("/images/albums/")
        page.get_by_role("link", name=f"Album {word}").click()
        page.wait_for_url(re.compile(r"/images/gallery/\?album=\d+"))
        assert page.locator(f"a[href^='{path}']").count() >= 1
        page.goto("/images/albums/")
        page.get_by_label("New album").fill(f"Album {word}")
        page.watch.allow("422")
        page.get_by_role("button", name="Create").click()
        expect(page.locator(".errorlist")).to_have_text("You have an album with this name already.")
        page.locator(".one summary").click()
        page.get_by_label("Name", exact=True).fill(f"Other {word}")
        page.get_by_role("button", name="Rename").click()
        page.get_by_role("link", name=f"Other {word}").wait_for()
        page.locator(".one summary").click()
        page.get_by_role("button", name="Delete the album").click()
        page.get_by_text("No albums yet.").wait_for()
        assert page.request.get(path).status == 200


class TestTakingAlong:
    def test_the_original_and_the_side_car(self, draw, word):
        page = draw()
        told = facts(page)
        with page.expect_download() as download:
            page.get_by_role("link", name="Download").click()
        assert hashlib.sha256(Path(download.value.path()).read_bytes()).hexdigest() == told["SHA-256"]
        with page.expect_download() as download:
            page.get_by_role("link", name="With JSON").click()
        with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
            [picture, record] = sorted(archive.namelist(), key=lambda name: name.endswith(".json"))
            assert hashlib.sha256(archive.read(picture)).hexdigest() == told["SHA-256"]
            known = json.loads(archive.read(record))
        assert (known["prompt"], known["sha256"]) == (f"A {word} at the sea", told["SHA-256"])

    def test_code_is_shown_copied_and_has_the_body_that_was_sent(self, draw, atelier, word):
        page = draw(2)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.locator("#code summary").click()
        for name, begins in (
            ("Python, connector", "from connector"),
            ("Python, openai", "import base64"),
            ("curl", "curl"),
        ):
            page.get_by_role("link", name=name, exact=True).click()
            expect(page.locator("#code .source")).to_contain_text(begins)
        page.locator("[data-copy-code]").click()
        expect(page.locator("#code [role=status]")).to_have_text("Copied.")
        copied = page.evaluate("navigator.clipboard.readText()")
        words = shlex.split(copied.partition(" \\\n  | ")[0].replace(" \\\n  -", " -"))
        [sent] = atelier.of(f"A {word} at the sea")
        assert json.loads(words[words.index("-d") + 1]) == sent
        assert "$OPENAI_API_KEY" in copied


class TestDeletion:
    def test_deleted_and_taken_back(self, draw):
        page = draw()
        path = f"/images/{id_of(page)}/"
        page.keyboard.press("Delete")
        page.wait_for_url(re.compile("/images/gallery/"))
        page.watch.allow("404")
        assert page.request.get(path).status == 404
        page.get_by_role("button", name="Undo").click()
        until(page, lambda: page.request.get(path).status == 200)


class TestAccess:
    def test_with_the_keyboard_alone(self, draw):
        page = draw()
        page.keyboard.press("f")
        expect(page.locator("#favourite-button")).to_have_attribute("aria-pressed", "true")
        page.locator("#favourite-button").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#favourite-button")).to_have_attribute("aria-pressed", "false")
        expect(page.locator("#favourite-button")).to_be_focused()
        page.locator("#albums summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.type("By keys")
        page.keyboard.press("Enter")
        expect(page.locator("#albums summary")).to_have_text("In By keys")
        page.get_by_role("link", name="Edit", exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.locator("#mask-canvas")).to_be_visible()
        page.keyboard.press("i")  # everything; a finer mask is a file
        expect(page.locator("[data-mask=undo]")).to_be_enabled()
        page.locator("[data-mask=undo]").focus()
        page.keyboard.press("Enter")
        expect(page.locator("[data-mask=redo]")).to_be_enabled()
        page.locator("#brush").focus()
        size = int(page.locator("#brush").input_value())
        page.keyboard.press("]")
        assert int(page.locator("#brush").input_value()) > size

    def test_without_javascript(self, draw, enter, atelier, word):
        path = f"/images/{id_of(draw())}/"
        page = enter(path, java_script_enabled=False)
        page.locator("#favourite-button").click()
        expect(page.locator("#favourite-button")).to_have_attribute("aria-pressed", "true")
        page.locator("#albums summary").click()
        page.get_by_label("New album").fill("Plain")
        page.locator("#albums-save").click()
        expect(page.locator("#albums summary")).to_have_text("In Plain")
        page.get_by_role("link", name="Edit", exact=True).click()
        assert not page.locator("#brushes").is_visible()
        page.locator("#set-prompt").fill(f"Plain {word}")
        mask = {"name": "mask.png", "mimeType": "image/png", "buffer": a_picture(WIDTH, HEIGHT, colour=(0, 0, 0, 0))}
        page.locator("#mask-file").set_input_files(mask)
        page.locator("form#edit .send").click()
        page.wait_for_url(re.compile(r"#run-\d+$"))
        until(page, lambda: atelier.of(f"Plain {word}"))
        page.goto(path)
        page.locator("#delete").click()
        page.get_by_role("button", name="Undo").click()
        assert page.request.get(path).status == 200

    def test_on_a_phone_nothing_sticks_out(self, draw):
        page = draw(2, **PHONE)
        here = page.url
        assert page.locator(".viewer img").bounding_box()["height"] > 100
        compared = f"/images/compare/?id={id_of(page)}"
        for path in (here, f"{here}edit/", compared, "/images/albums/"):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, path

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_nothing_for_a_screen_reader_to_stumble_over(self, draw, theme):
        page = draw(2, color_scheme=theme)
        first = id_of(page)
        for fold in ("#sharing", "#albums", "#code"):
            page.locator(f"{fold} summary").click()
        self.look(page)
        second = page.locator("#previous, #next").first.get_attribute("href").split("/")[2]
        for path in (f"{first}/edit/", "edit/", f"compare/?id={first}&id={second}", "compare/", "albums/"):
            page.goto(f"/images/{path}")
            self.look(page)

    def look(self, page):
        page.evaluate(AXE)
        assert page.evaluate(RUN_AXE) == [], page.url
