"""The gallery in the browser: find, mark, choose, delete and bring back, download, with the keyboard, by thumb, without
JavaScript, in the dark."""

import io
import json
import re
import zipfile
from hashlib import sha256

import pytest
from playwright.sync_api import expect

from tests.journeys.people import rows
from tests.journeys.test_access import AXE, PHONE, RUN_AXE

pytestmark = pytest.mark.browser

GALLERY = "/images/gallery/"
FIRST_PAGE = 48
MAKE = """
from django.contrib.auth.models import Group, User
from tests.builders import many_images

user = User.objects.get(username={name!r})
group, _ = Group.objects.get_or_create(name="Design")
user.groups.add(group)
many_images(user, {count})
"""


@pytest.fixture(autouse=True)
def patience(page_timeout=30_000):
    expect.set_options(timeout=page_timeout)


@pytest.fixture
def gallery(enter, server, person):
    """`gallery(count)`: the gallery of somebody with so many pictures."""

    def open_gallery(count=12, path=GALLERY, **options):
        if count:
            server.execute(MAKE.format(name=person.name, count=count))
        return enter(path, **options)

    return open_gallery


def cells(page):
    return page.locator(".cell:not(.gone)")


def picture(page, number):
    """By its number: the newest has the highest."""
    return page.locator(".cell:not(.gone)").filter(has=page.locator(f'img[alt$="picture {number}"]'))


def choose(page, *numbers):
    for number in numbers:
        picture(page, number).get_by_role("checkbox").check(force=True)


OF_PERSON = """
    select favourite, deleted is not null from connector_generatedimage i join auth_user u on u.id = i.user_id
    where u.username = ?
"""


def kept(server, person):
    """How many of their pictures are favourites, and how many are deleted."""
    found = rows(server, OF_PERSON, person.name)
    return sum(favourite for favourite, _ in found), sum(deleted for _, deleted in found)


def opened(page, button):
    """The zip that `button` downloads, and what its manifest says of each picture."""
    with page.expect_download() as download:
        button.click()
    with open(download.value.path(), "rb") as file:
        archive = zipfile.ZipFile(io.BytesIO(file.read()))
    assert archive.testzip() is None
    return archive, json.loads(archive.read("manifest.json"))["images"]


class TestFinding:
    def test_the_empty_gallery_teaches(self, gallery):
        page = gallery(0)
        expect(page.get_by_role("heading", name="Your pictures will be here")).to_be_visible()
        page.get_by_role("link", name="A lighthouse in a storm").click()
        page.wait_for_url("**/images/?prompt=*")

    def test_words_narrow_the_list_and_stand_in_the_address(self, gallery):
        page = gallery(12)
        expect(cells(page)).to_have_count(12)
        page.get_by_label("Search in prompts").press_sequentially("fox")
        expect(cells(page)).to_have_count(2)
        page.wait_for_url("**/images/gallery/?q=fox")
        page.reload()
        expect(cells(page)).to_have_count(2)
        page.get_by_role("link", name="Remove the filter “fox”").click()
        expect(cells(page)).to_have_count(12)
        expect(page.get_by_label("Search in prompts")).to_have_value("")

    def test_filters_add_up_and_are_taken_away_one_by_one(self, gallery):
        page = gallery(30)
        page.locator("#more summary").click()
        page.get_by_label("Model").select_option("gpt-image-2")
        expect(cells(page)).to_have_count(10)
        page.get_by_label("Size", exact=True).select_option("512x512")
        expect(cells(page)).to_have_count(2)
        page.keyboard.press("Escape")
        expect(page.locator(".chip")).to_have_count(2)
        page.get_by_role("link", name="Remove the filter gpt-image-2").click()
        expect(cells(page)).to_have_count(6)
        page.get_by_role("link", name="Remove all").click()
        expect(cells(page)).to_have_count(30)
        expect(page.locator(".chip")).to_have_count(0)

    def test_the_order_can_be_turned(self, gallery):
        page = gallery(6)
        expect(cells(page).first.locator("img")).to_have_attribute("alt", re.compile("picture 5$"))
        page.get_by_label("Order").select_option("oldest")
        expect(cells(page).first.locator("img")).to_have_attribute("alt", re.compile("picture 0$"))

    def test_more_come_as_one_scrolls_and_nothing_moves(self, gallery):
        page = gallery(2 * FIRST_PAGE + 10)
        expect(cells(page)).to_have_count(FIRST_PAGE)
        page.evaluate(
            """() => { window.moved = 0; new PerformanceObserver(list => {
                for (const shift of list.getEntries()) if (!shift.hadRecentInput) window.moved += shift.value;
            }).observe({type: "layout-shift", buffered: true}); }"""
        )
        before = cells(page).nth(3).bounding_box()
        page.locator("#next").scroll_into_view_if_needed()
        expect(cells(page).nth(FIRST_PAGE)).to_be_attached()
        page.locator(".cell").last.scroll_into_view_if_needed()
        expect(cells(page)).to_have_count(2 * FIRST_PAGE + 10)
        expect(page.locator("#next")).to_have_count(0)
        page.evaluate("scrollTo(0, 0)")
        assert cells(page).nth(3).bounding_box() == before
        assert page.evaluate("window.moved") == 0

    def test_the_way_back_from_a_picture_leads_to_where_one_was(self, gallery):
        page = gallery(FIRST_PAGE + 20)
        page.locator("#next").scroll_into_view_if_needed()
        expect(cells(page)).to_have_count(FIRST_PAGE + 20)
        page.wait_for_url("**/images/gallery/?until=*")
        picture(page, 2).scroll_into_view_if_needed()
        with page.expect_navigation():
            picture(page, 2).locator("a.opens").click()
        page.go_back()
        expect(cells(page)).to_have_count(FIRST_PAGE + 20)
        expect(picture(page, 2)).to_be_in_viewport()


class TestKeeping:
    def test_a_star_is_kept(self, gallery, server, person):
        page = gallery(6)
        picture(page, 4).hover()
        star = picture(page, 4).get_by_role("button", name="Favourite")
        star.click()
        expect(star).to_have_attribute("aria-pressed", "true")
        page.get_by_title("Favourites only").click()
        expect(cells(page)).to_have_count(1)
        page.wait_for_url("**/images/gallery/?favourite=1")
        assert kept(server, person) == (1, 0)

    def test_chosen_ones_are_deleted_and_come_back_in_their_places(self, gallery, server, person):
        page = gallery(8)
        choose(page, 6, 4, 1)
        expect(page.locator("[data-count]")).to_have_text("3 chosen")
        page.get_by_role("button", name="Delete").click()
        expect(cells(page)).to_have_count(5)
        expect(page.locator("#total")).to_have_text("5 pictures")
        assert kept(server, person)[1] == 3
        page.get_by_role("button", name="Undo").click()
        expect(cells(page)).to_have_count(8)
        assert [image.get_attribute("alt")[-1] for image in page.locator(".cell img").all()] == list("76543210")
        assert kept(server, person)[1] == 0

    def test_undo_still_works_on_a_page_that_was_drawn_anew(self, gallery):
        page = gallery(4)
        choose(page, 2)
        page.get_by_role("button", name="Delete").click()
        expect(cells(page)).to_have_count(3)
        page.get_by_label("Order").select_option("oldest")
        expect(cells(page).first.locator("img")).to_have_attribute("alt", re.compile("picture 0$"))
        page.get_by_role("button", name="Undo").click()
        expect(cells(page)).to_have_count(4)

    def test_for_a_day_they_are_among_the_deleted(self, gallery):
        page = gallery(4)
        choose(page, 3, 2)
        page.get_by_role("button", name="Delete").click()
        expect(cells(page)).to_have_count(2)
        page.get_by_role("link", name="Deleted").click()
        expect(page.get_by_role("heading", name="Recently deleted")).to_be_visible()
        expect(cells(page)).to_have_count(2)
        page.wait_for_function("() => [...document.querySelectorAll('.cell img')].every(image => image.naturalWidth)")
        choose(page, 3)
        page.get_by_role("button", name="Restore").click()
        expect(cells(page)).to_have_count(1)
        page.get_by_role("link", name="Gallery").click()
        expect(cells(page)).to_have_count(3)

    def test_the_zip_holds_the_files_as_they_came(self, gallery, server, person):
        page = gallery(7)
        choose(page, 5, 3, 0)
        archive, manifest = opened(page, page.get_by_role("button", name="Zip"))
        assert len(archive.namelist()) == 4
        for entry in manifest:
            assert sha256(archive.read(entry["file"])).hexdigest() == entry["sha256"]
            public_id = entry["id"].replace("-", "")
            row = rows(server, "select prompt, sha256 from connector_generatedimage where public_id = ?", public_id)
            assert row == [(entry["prompt"], entry["sha256"])]
        assert {entry["prompt"][-1] for entry in manifest} == {"5", "3", "0"}

    def test_into_a_new_album_and_to_a_group(self, gallery):
        page = gallery(5)
        choose(page, 4, 3)
        page.locator("summary", has_text="Album").click()
        page.get_by_label("Name of a new album").fill("Lighthouses")
        page.get_by_label("Name of a new album").press("Enter")
        expect(page.locator(".toast")).to_contain_text("2 pictures put into “Lighthouses”.")
        page.locator("summary", has_text="Share").click()
        page.get_by_role("button", name="Design").click()
        expect(page.locator(".toast")).to_contain_text("Shared with Design.")
        expect(page.locator(".cell .mark")).to_have_count(2)
        page.reload()
        page.locator("#more summary").click()
        page.get_by_label("Album", exact=True).select_option("Lighthouses")
        expect(cells(page)).to_have_count(2)

    def test_what_somebody_shares_is_seen_and_not_changed(self, gallery, enter, people, server):
        friend = next(people)
        page = gallery(3)
        choose(page, 2)
        page.locator("summary", has_text="Share").click()
        page.get_by_role("button", name="Design").click()
        expect(page.locator(".cell .mark")).to_have_count(1)
        server.execute(MAKE.format(name=friend.name, count=0))
        theirs = enter(f"{GALLERY}?whose=shared", friend)
        expect(picture(theirs, 2)).to_have_count(1)
        expect(theirs.locator(".star")).to_have_count(0)
        choose(theirs, 2)
        theirs.watch.allow("422")
        theirs.get_by_role("button", name="Delete").click()
        expect(theirs.locator(".toast")).to_contain_text("only your own can be deleted")
        expect(picture(theirs, 2)).to_have_count(1)


class TestKeyboard:
    def focused(self, page):
        return page.evaluate("document.activeElement.querySelector('img')?.alt.split(' ').pop() ?? ''")

    def test_arrows_go_through_the_grid(self, gallery):
        page = gallery(20, viewport={"width": 1000, "height": 800})
        columns = len({cell.bounding_box()["x"] for cell in cells(page).all()})
        assert columns > 2
        page.locator("a.opens").first.focus()
        steps = [
            ("ArrowRight", 18), ("ArrowDown", 18 - columns), ("ArrowLeft", 19 - columns), ("ArrowUp", 19),
            ("End", 0), ("ArrowRight", 0), ("Home", 19), ("ArrowLeft", 19), ("ArrowUp", 19),
        ]  # fmt: skip
        for key, number in steps:
            page.keyboard.press(key)
            assert self.focused(page) == str(number), key

    def test_the_grid_is_one_stop_of_the_tab_key(self, gallery):
        page = gallery(9)
        page.locator("a.opens").first.focus()
        page.keyboard.press("ArrowRight")
        assert page.locator(".cell a.opens[tabindex='0']").count() == 1
        assert page.locator(".cell input[tabindex='0']").count() == 1

    def test_enter_opens(self, gallery):
        page = gallery(3, path=f"{GALLERY}?q=picture")
        page.locator("a.opens").first.focus()
        page.keyboard.press("ArrowRight")
        href = picture(page, 1).locator("a.opens").get_attribute("href")
        assert re.fullmatch(r"/images/[0-9a-f-]{36}/\?q=picture", href)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.url.endswith(href)

    def test_marked_chosen_deleted_and_brought_back_without_a_mouse(self, gallery, server, person):
        page = gallery(9)
        page.locator("a.opens").first.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("f")
        expect(picture(page, 7).locator(".star")).to_have_attribute("aria-pressed", "true")
        assert self.focused(page) == "7"
        page.keyboard.press("Space")
        expect(page.locator("[data-count]")).to_have_text("1 chosen")
        page.keyboard.press("Space")
        expect(page.locator("[data-count]")).to_have_text("")
        for _ in range(2):
            page.keyboard.press("Shift+ArrowRight")
        expect(page.locator("[data-count]")).to_have_text("3 chosen")
        page.keyboard.press("Shift+ArrowLeft")
        expect(page.locator("[data-count]")).to_have_text("2 chosen")
        page.keyboard.press("Delete")
        expect(cells(page)).to_have_count(7)
        page.wait_for_function("() => document.activeElement.matches('a.opens')")
        assert self.focused(page) == "5"
        page.keyboard.press("Delete")
        expect(cells(page)).to_have_count(6)
        assert kept(server, person)[1] == 3
        page.locator("#undo .button").first.focus()
        page.keyboard.press("Enter")
        expect(cells(page)).to_have_count(7)

    def test_escape_chooses_none_and_ctrl_a_all(self, gallery):
        page = gallery(5)
        page.locator("a.opens").first.focus()
        page.keyboard.press("Control+a")
        expect(page.locator("[data-count]")).to_have_text("5 chosen")
        page.keyboard.press("Escape")
        expect(page.locator("[data-count]")).to_have_text("")

    def test_help_and_search_have_keys(self, gallery):
        page = gallery(2)
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        expect(page.get_by_label("Search in prompts")).to_be_focused()


class TestWithoutJavaScript:
    def test_all_of_it(self, gallery, server, person):
        page = gallery(FIRST_PAGE + 4, java_script_enabled=False)
        expect(cells(page)).to_have_count(FIRST_PAGE)
        page.get_by_role("link", name="Show more").click()
        expect(cells(page)).to_have_count(4)
        page.get_by_role("link", name="To the beginning").click()
        page.get_by_label("Search in prompts").fill("picture 5")
        page.get_by_role("button", name="Show").first.click()
        expect(cells(page)).to_have_count(7)  # 5, 15, 25, 35, 45, 50, 51
        choose(page, 50, 51)
        archive, _ = opened(page, page.get_by_role("button", name="Zip"))
        assert len(archive.namelist()) == 3
        page.get_by_role("button", name="Favourite").last.click()
        expect(page.locator(".star[aria-pressed=true]")).to_have_count(2)
        choose(page, 50, 51)
        page.get_by_role("button", name="Delete").click()
        expect(cells(page)).to_have_count(5)
        page.get_by_role("button", name="Undo").click()
        expect(cells(page)).to_have_count(7)
        assert kept(server, person)[1] == 0
        page.get_by_role("link", name="Remove the filter “picture 5”").click()
        expect(cells(page)).to_have_count(FIRST_PAGE)


class TestOnAPhone:
    def test_choosing_by_thumb(self, gallery):
        page = gallery(9, **PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        picture(page, 8).locator(".choose").tap()
        picture(page, 6).tap()  # while some are chosen a tap anywhere chooses
        expect(page.locator("[data-count]")).to_have_text("2 chosen")
        bar, rail = page.locator(".actions").bounding_box(), page.locator(".rail").bounding_box()
        assert bar["y"] + bar["height"] <= rail["y"]
        page.get_by_role("button", name="Delete").tap()
        expect(cells(page)).to_have_count(7)
        page.get_by_role("button", name="Undo").tap()
        expect(cells(page)).to_have_count(9)

    def test_the_filters_fit(self, gallery):
        page = gallery(9, **PHONE)
        page.locator("#more summary").tap()
        sheet = page.locator("#more .sheet").bounding_box()
        assert sheet["x"] >= 0
        assert sheet["x"] + sheet["width"] <= 360
        assert page.locator("#more summary").bounding_box()["y"] < sheet["y"] < 240
        for field in page.locator("#more .sheet .input").all():
            box = field.bounding_box()
            assert box["x"] + box["width"] <= sheet["x"] + sheet["width"]


class TestEyes:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_nothing_to_stumble_over(self, gallery, scheme):
        page = gallery(7, color_scheme=scheme)
        self.look(page)
        page.locator("#more summary").click()
        self.look(page)
        page.keyboard.press("Escape")
        choose(page, 6, 5)
        page.get_by_role("button", name="Favourite").last.click()
        page.locator("summary", has_text="Album").click()
        self.look(page)
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Delete").click()
        expect(cells(page)).to_have_count(5)
        self.look(page)
        for query in ("?whose=deleted", "?q=nothing+like+that&favourite=1", "?whose=shared"):
            page.goto(GALLERY + query)
            self.look(page)

    def look(self, page):
        page.evaluate(AXE)
        assert page.evaluate(RUN_AXE) == []
