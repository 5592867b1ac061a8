"""Every address of comparisons, for somebody else and for an object that does not exist."""

from django.test import TestCase

from connector.models import Comparison, Run
from playground.compare import urls
from tests.builders import a_comparison, a_run, a_session
from tests.playground.addresses import Addresses

# name: (methods it answers, whose key it takes)
ROUTES = {
    "compare": ("GET", ""),
    "compare_ask": ("POST", ""),
    "compare_form": ("POST", ""),
    "comparisons": ("GET", ""),
    "comparison": ("GET", "comparison"),
    "comparison_events": ("GET", "comparison"),
    "comparison_stop": ("POST", "comparison"),
    "comparison_again": ("POST", "comparison"),
    "comparison_winner": ("POST", "comparison"),
    "comparison_delete": ("POST", "comparison"),
    "comparison_restore": ("POST", "deleted"),
    "comparison_json": ("GET", "comparison"),
    "comparison_markdown": ("GET", "comparison"),
    "column_stop": ("POST", "run"),
    "column_again": ("POST", "run"),
}


class AddressTests(Addresses, TestCase):
    urls = urls
    routes = ROUTES
    streams = {"comparison_events"}

    def setUp(self):
        super().setUp()
        deleted = a_comparison(self.owner)
        deleted.discard()
        comparison = a_comparison(self.owner)
        self.own = {
            "comparison": comparison.pk,
            "deleted": deleted.pk,
            "run": Run.objects.filter(session__comparison=comparison).first().pk,
        }

    def test_what_strangers_try_changes_nothing(self):
        def rows():
            return [list(model.objects.order_by("pk").values()) for model in (Comparison, Run)]

        before = rows()
        self.client.force_login(self.stranger)
        for name, method, kind in self.each():
            self.ask(method, name, kind)
        self.assertEqual(rows(), before)

    def test_what_is_deleted_is_not_there(self):
        self.client.force_login(self.owner)
        gone = Run.objects.filter(session__comparison=self.own["deleted"]).first()
        for name, method, kind in self.each():
            if kind != "deleted":
                key = gone.pk if kind == "run" else self.own["deleted"]
                self.assertEqual(self.ask(method, name, kind, key).status_code, 404)

    def test_the_run_of_a_chat_is_no_column(self):
        self.client.force_login(self.owner)
        run = a_run(a_session(self.owner))
        self.assertEqual(self.ask("post", "column_stop", "run", run.pk).status_code, 404)
