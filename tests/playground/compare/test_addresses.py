"""Every address of comparisons, for somebody else and for an object that does not exist.

The table is compared with the URLconf: a route without a row fails.
"""

from django.test import TestCase
from django.urls import URLPattern, reverse

from connector.models import Comparison, Run
from playground.compare import urls
from tests.builders import a_comparison, a_configuration, a_run, a_session, a_user

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
STREAMS = {"comparison_events"}  # strangers get 404: a reader of events would follow a redirect
MISSING = 987_654_321
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": "http://testserver/compare/"}


class AddressTests(TestCase):
    def setUp(self):
        self.owner, self.stranger = a_user(), a_user()
        a_configuration()
        deleted = a_comparison(self.owner)
        deleted.discard()
        comparison = a_comparison(self.owner)
        self.own = {
            "comparison": comparison.pk,
            "deleted": deleted.pk,
            "run": Run.objects.filter(session__comparison=comparison).first().pk,
        }

    def routes(self, with_object=True):
        for name, (methods, kind) in ROUTES.items():
            if bool(kind) == with_object:
                for method in methods.split():
                    with self.subTest(name, method=method):
                        yield name, method.lower(), kind

    def ask(self, method, name, kind="", key=None, **headers):
        args = [key or self.own[kind]] if kind else []
        return getattr(self.client, method)(reverse(f"playground:{name}", args=args), {}, headers=headers)

    def test_every_route_has_a_row(self):
        named = {pattern.name for pattern in urls.urlpatterns if isinstance(pattern, URLPattern)}
        self.assertEqual(named, set(ROUTES))

    def test_what_belongs_to_somebody_else_is_not_there(self):
        self.client.force_login(self.stranger)
        for headers in ({}, HTMX):
            for name, method, kind in self.routes():
                foreign = self.ask(method, name, kind, **headers)
                missing = self.ask(method, name, kind, MISSING, **headers)
                self.assertEqual((foreign.status_code, missing.status_code), (404, 404))
                self.assertEqual(foreign.content, missing.content)

    def test_what_strangers_try_changes_nothing(self):
        def rows():
            return [list(model.objects.order_by("pk").values()) for model in (Comparison, Run)]

        before = rows()
        self.client.force_login(self.stranger)
        for name, method, kind in self.routes():
            self.ask(method, name, kind)
        self.assertEqual(rows(), before)

    def test_what_is_deleted_is_not_there(self):
        self.client.force_login(self.owner)
        gone = Run.objects.filter(session__comparison=self.own["deleted"]).first()
        for name, method, kind in self.routes():
            if kind != "deleted":
                key = gone.pk if kind == "run" else self.own["deleted"]
                self.assertEqual(self.ask(method, name, kind, key).status_code, 404)

    def test_the_run_of_a_chat_is_no_column(self):
        self.client.force_login(self.owner)
        run = a_run(a_session(self.owner))
        self.assertEqual(self.ask("post", "column_stop", "run", run.pk).status_code, 404)

    def test_nobody_gets_in_without_signing_in(self):
        for with_object in (True, False):
            for name, method, kind in self.routes(with_object):
                answer = self.ask(method, name, kind)
                if name in STREAMS:
                    self.assertEqual((answer.status_code, answer.content), (404, b""))
                elif answer.status_code != 401:  # a page that keeps what was typed, with a link to sign in
                    self.assertEqual(answer.status_code, 302)
                    self.assertIn("/login/", answer["Location"])

    def test_other_methods_are_refused(self):
        self.client.force_login(self.owner)
        for name, (methods, kind) in ROUTES.items():
            for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - set(methods.split()):
                with self.subTest(name, method=method):
                    self.assertEqual(self.ask(method.lower(), name, kind).status_code, 405)
