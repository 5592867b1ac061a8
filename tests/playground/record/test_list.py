"""The list of calls: what is in it, for whom, and what it costs to look for a rare one."""

import datetime

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from connector.models import Call
from playground.record import filtering, listing
from playground.record.filtering import Filters
from tests.builders import a_call, a_configuration, a_superuser, a_user, a_viewer

LIST = reverse("playground:requests")
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


class Case(TestCase):
    def setUp(self):
        self.user = a_user()
        self.client.force_login(self.user)

    def call(self, minutes=0, **fields):
        fields.setdefault("started", timezone.now() - datetime.timedelta(minutes=minutes))
        return a_call(fields.pop("user", self.user), **fields)

    def shown(self, query="", user=None):
        """The calls on the page, in their order."""
        if user:
            self.client.force_login(user)
        page = self.client.get(f"{LIST}?{query}")
        self.assertEqual(page.status_code, 200)
        return [call.pk for call in page.context["page"].calls]


class ListTests(Case):
    def test_the_newest_is_first(self):
        old, new, older = self.call(2), self.call(1), self.call(3)
        self.assertEqual(self.shown(), [new.pk, old.pk, older.pk])

    def test_each_row_says_how_it_went(self):
        self.call(
            operation="embeddings",
            model="text-embedding-3-small",
            state="failed",
            status=429,
            error_code="rate_limit",
            error="The provider is busy.",
            duration_ms=1500,
            input_tokens=12,
            output_tokens=40,
            cost="0.0042",
            retries=2,
        )
        page = self.client.get(LIST)
        for text in ("embeddings", "text-embedding-3-small", "429", "The provider is busy.", "1.50 s", "12 / 40"):
            self.assertContains(page, text)
        self.assertContains(page, "$0.0042")
        self.assertContains(page, "2 retries")

    def test_an_empty_one_says_what_this_page_is_for(self):
        self.assertContains(self.client.get(LIST), "Nothing was called yet")
        self.assertContains(self.client.get(LIST, {"model": "x"}), "No call is like this")

    def test_pages_follow_one_another_without_a_gap(self):
        calls = [self.call(n // 2, started=timezone.now() - datetime.timedelta(minutes=n // 2)) for n in range(120)]
        seen, address = [], LIST
        while address:
            page = self.client.get(address)
            seen += [call.pk for call in page.context["page"].calls]
            after = page.context["page"].after
            address = f"{LIST}?after={after.replace('+', '%2B')}" if after else ""
        self.assertEqual(seen, [call.pk for call in sorted(calls, key=lambda call: (call.started, call.pk))[::-1]])

    def test_the_number_of_queries_does_not_grow(self):
        counts = []
        for _ in range(2):
            for _ in range(20):
                self.call(configuration=a_configuration())
            with CaptureQueriesContext(
                connection,
            ) as queries:
                self.shown()
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[0], 8)

    def test_further_rows_alone_for_a_script(self):
        for n in range(60):
            self.call(n)
        after = self.client.get(LIST).context["page"].after
        more = self.client.get(LIST, {"after": after}, headers=HTMX)
        self.assertNotContains(more, "<html")
        self.assertContains(more, '<tr id="call-', count=10)


class FilterTests(Case):
    def test_each_alone(self):
        first, second = a_configuration(), a_configuration()
        one = self.call(1, configuration=first, operation="speech", model="voice", source="python", status=200)
        two = self.call(2, configuration=second, operation="raw", path="/files", state="failed", status=503)
        three = self.call(3, state="stopped", status=0, started=timezone.now() - datetime.timedelta(days=40))
        day = three.started.date().isoformat()
        for query, expected in (
            (f"configuration={first.pk}", [one]),
            ("operation=raw", [two]),
            ("model=voice", [one]),
            ("source=python", [one]),
            ("state=failed", [two]),
            ("state=5xx", [two]),
            ("state=4xx", []),
            ("state=none", [three]),
            (f"since={day}&until={day}", [three]),
            ("q=files", [two]),
            ("q=VOICE", [one]),
            ("state=nonsense", [one, two, three]),
            ("since=yesterday", [one, two, three]),
        ):
            with self.subTest(query):
                self.assertEqual(self.shown(query), [call.pk for call in expected])

    def test_a_whole_request_id_is_found_however_old(self):
        old = self.call(request_id="req_0123456789abcdef", started=timezone.now() - datetime.timedelta(days=900))
        self.call()
        self.assertEqual(self.shown("q=req_0123456789abcdef"), [old.pk])
        other = self.call(user=a_user(), request_id="req_of_another_one")
        self.assertEqual(self.shown(f"q={other.request_id}"), [])

    def test_what_is_set_can_be_taken_away(self):
        page = self.client.get(LIST, {"model": "gpt", "state": "failed"})
        self.assertContains(page, f'href="{LIST}?state=failed"')
        self.assertContains(page, f'href="{LIST}?model=gpt"')

    def test_only_what_is_there_is_offered(self):
        self.call(model="mine", operation="speech")
        self.call(user=a_user(), model="of-another-one")
        offered = filtering.Choices(self.user, Filters())
        self.assertEqual((offered.models, offered.operations), (["mine"], ["speech"]))


class WindowTests(Case):
    """A page looks through so many calls at most."""

    def test_it_says_how_far_back_it_looked_and_goes_on_from_there(self):
        calls = [self.call(n, model="rare" if n == 25 else "usual") for n in range(30)]
        listing_through, listing.LOOKED_THROUGH = listing.LOOKED_THROUGH, 10
        try:
            filters = Filters(model="rare")
            page = listing.page(self.user, filters)
            self.assertEqual((page.calls, page.looked_back_to), ([], calls[10].started))
            self.assertContains(self.client.get(LIST, {"model": "rare"}), "Look further back")
            pages = [page]
            while pages[-1].after:
                pages.append(listing.page(self.user, filters, pages[-1].after))
            self.assertEqual([call.pk for page in pages for call in page.calls], [calls[25].pk])
        finally:
            listing.LOOKED_THROUGH = listing_through


class OthersTests(Case):
    def test_users_see_their_own_whatever_the_address_says(self):
        mine, other = self.call(), self.call(user=a_user())
        self.assertEqual(self.shown(f"whose=everyone&user={other.user_id}"), [mine.pk])

    def test_staff_without_the_right_to_view_calls_are_users(self):
        self.call()
        self.assertEqual(self.shown("whose=everyone", a_user(is_staff=True)), [])

    def test_administrators_see_everyones_metadata(self):
        secret = self.call(
            operation="raw", path="/files/a-secret-name", state="failed", error_code="bad_request", error="A secret."
        )
        for administrator in (a_viewer(), a_superuser()):
            self.assertEqual(self.shown("", administrator), [])
            self.assertEqual(self.shown("whose=everyone"), [secret.pk])
            page = self.client.get(LIST, {"whose": "everyone"})
            self.assertContains(page, self.user.username)
            self.assertContains(page, "bad request")
            self.assertNotContains(page, "secret")
            self.assertEqual(self.shown("whose=everyone&q=secret"), [])
            self.assertEqual(self.shown(f"whose=everyone&user={self.user.pk}"), [secret.pk])


class IndexTests(Case):
    """With 100,000 calls each list is found in one of the two indexes, and never sorted."""

    @classmethod
    def setUpTestData(cls):
        cls.owner, cls.configuration = a_user(), a_configuration()
        now = timezone.now()
        Call.objects.bulk_create(
            Call(
                user=cls.owner,
                configuration=cls.configuration,
                operation=("chat_completions", "speech")[n % 2],
                model=f"model-{n % 5}",
                started=now - datetime.timedelta(seconds=n),
            )
            for n in range(1_000)
        )
        columns = ", ".join(field.column for field in Call._meta.concrete_fields if field.column != "id")
        with connection.cursor() as cursor:  # a hundred times as many: row by row it would take a minute
            cursor.execute(
                f"INSERT INTO connector_call ({columns}) WITH RECURSIVE n(i) AS "  # noqa: S608  # our own names
                f"(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99) SELECT {columns} FROM connector_call, n"
            )

    def plans(self):
        day = timezone.localdate()
        one = {"configuration": self.configuration.pk}
        administrator = a_superuser()
        for fields in ({}, one, {"operation": "speech"}, {"model": "x"}, {"state": "5xx"}, {"source": "admin"}):
            for days in ({}, {"since": day, "until": day}):
                yield self.owner, "call_of_user", Filters(**fields, **days)
                yield administrator, "call_of_all", Filters(whose="everyone", **fields, **days)
        yield administrator, "call_of_user", Filters(whose="everyone", user=self.owner.pk, model="x")

    def test_every_filter(self):
        for user, index, filters in self.plans():
            with self.subTest(index, filters=filters):
                plan = listing.lean(filters.narrow(filters.scope(user)))[:50].explain()
                self.assertIn(f"INDEX {index}", plan)
                self.assertNotIn("TEMP B-TREE", plan)

    def test_a_request_id(self):
        self.assertIn("call_of_request_id", Call.objects.filter(request_id="x").order_by().explain())

    def test_a_page_deep_down_reads_as_many_rows_as_the_first(self):
        self.assertEqual(Call.objects.count(), 100_000)
        last = Call.objects.order_by("-started", "-pk")[90_000]
        page = listing.page(self.owner, Filters(), str(listing.Key(last.started, last.pk)))
        self.assertEqual(len(page.calls), listing.AT_ONCE)
        plan = listing.lean(Call.objects.for_user(self.owner).before(last.started, last.pk))[:50].explain()
        self.assertIn("call_of_user (user_id=? AND started<?)", plan)
