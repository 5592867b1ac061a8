"""Usage in the browser: the figures follow what is chosen; without JavaScript, by thumb, in the dark."""

import csv
import re

import pytest
from playwright.sync_api import expect

from tests.journeys.test_access import AXE, PHONE, RUN_AXE

pytestmark = pytest.mark.browser

USAGE = "/usage/"
MAKE = """
import datetime
from django.contrib.auth.models import User
from django.utils import timezone
from connector.models import Call, Configuration
from connector.models.costing import price_calls
from connector.models.usage import Used, count

user = User.objects.get(username={name!r})
openai, _ = Configuration.objects.get_or_create(display_name="Main road", api_type="openai")
usage = {{"prompt_tokens": 900, "completion_tokens": 300, "prompt_tokens_details": {{"cached_tokens": 300}}}}
used = [
    Used(Call(
        user=user, configuration=openai, configuration_name="Main road", operation="chat_completions", model=model,
        usage=usage, started=timezone.now() - datetime.timedelta(days=day), duration_ms=800 + 90 * day,
        first_token_ms=200, state="failed" if day == 3 else "done",
    ))
    for day in range(20) for model in ("gpt-6-luna", "gpt-6-sol", "our-own")[: 1 + day % 3]
]
price_calls(used)
count(used)
"""


@pytest.fixture(autouse=True)
def patience(page_timeout=30_000):
    expect.set_options(timeout=page_timeout)


@pytest.fixture
def usage(enter, server, person):
    """`usage()`: the page of somebody who called models for twenty days."""

    def open_usage(path=USAGE, **options):
        server.manage("shell", "-v", "0", "-c", MAKE.format(name=person.name))
        return enter(path, **options)

    return open_usage


def figure(page, name):
    return page.locator(".summary div").filter(has=page.get_by_text(name, exact=True)).locator("strong")


class TestChoosing:
    def test_the_figures_follow_and_the_address_keeps_it(self, usage):
        page = usage()
        expect(figure(page, "Calls")).to_have_text("39")
        page.get_by_text("7 days").click()
        expect(figure(page, "Calls")).to_have_text("13")
        page.get_by_label("Model", exact=True).select_option("gpt-6-sol")
        expect(figure(page, "Calls")).to_have_text("4")
        expect(page).to_have_url(re.compile(r"/usage/\?range=7&model=gpt-6-sol$"))
        page.reload()
        expect(figure(page, "Calls")).to_have_text("4")
        expect(page.get_by_label("7 days")).to_be_checked()
        page.get_by_role("link", name="Remove the filter gpt-6-sol").click()
        expect(figure(page, "Calls")).to_have_text("13")
        page.go_back()
        expect(figure(page, "Calls")).to_have_text("4")

    def test_a_name_in_a_table_leads_to_its_figures(self, usage):
        page = usage()
        page.get_by_role("region", name="By model, as a table").get_by_role("link", name="our-own").click()
        expect(figure(page, "Calls")).to_have_text("6")
        expect(figure(page, "Cost")).to_have_text("unpriced")

    def test_days_of_ones_own(self, usage):
        page = usage()
        expect(page.get_by_label("From")).to_be_hidden()
        page.get_by_text("Other", exact=True).click()
        page.get_by_label("From").fill(page.get_by_label("to", exact=True).input_value())
        expect(figure(page, "Calls")).to_have_text("1")
        page.get_by_label("From").fill("2001-01-01")
        expect(page.get_by_role("alert")).to_contain_text("366 days at most")

    def test_the_file_holds_what_is_chosen(self, usage, tmp_path):
        page = usage()
        page.get_by_label("Model", exact=True).select_option("gpt-6-luna")
        expect(figure(page, "Calls")).to_have_text("20")
        with page.expect_download() as download:
            page.get_by_role("link", name="CSV").click()
        download.value.save_as(tmp_path / "usage.csv")
        with open(tmp_path / "usage.csv", encoding="utf-8-sig", newline="") as file:
            found = list(csv.DictReader(file))
        assert {row["model"] for row in found} == {"gpt-6-luna"}
        assert sum(int(row["calls"]) for row in found) == 20


class TestWithoutJavaScript:
    def test_a_button_shows_what_was_chosen(self, usage):
        page = usage(java_script_enabled=False)
        page.get_by_label("7 days").check(force=True)
        page.get_by_role("button", name="Show").click()
        expect(figure(page, "Calls")).to_have_text("13")
        expect(page.locator(".chart")).to_have_count(5)


class TestOnAPhone:
    def test_it_fits(self, usage):
        page = usage(**PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.get_by_text("90 days").tap()
        expect(page.get_by_label("90 days")).to_be_checked()
        expect(figure(page, "Calls")).to_have_text("39")


class TestEyes:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_nothing_to_stumble_over(self, usage, scheme):
        page = usage(color_scheme=scheme)
        for query in ("", "?range=own", "?model=nothing"):
            page.goto(USAGE + query)
            page.evaluate(AXE)
            assert page.evaluate(RUN_AXE) == []

    def test_nothing_used_yet_teaches(self, enter):
        page = enter(USAGE)
        expect(page.get_by_role("heading", name="Nothing was used in these days")).to_be_visible()
        page.get_by_role("link", name="Ask something").click()
        expect(page).to_have_url(re.compile("/chat/$"))
