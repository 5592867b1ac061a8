"""Every address of embeddings, for somebody else and for a request that does not exist.

The table is compared with the URLconf: a route without a row fails.
"""

from django.test import TestCase
from django.urls import reverse

from playground.embeddings import urls
from tests.builders import a_user, an_embedding

# name: (the method it answers, whether it is about a request)
ROUTES = {
    "embeddings": ("GET", False),
    "embeddings_ask": ("POST", False),
    "embeddings_form": ("POST", False),
    "embedding": ("GET", True),
    "embedding_events": ("GET", True),
    "embedding_stop": ("POST", True),
    "embedding_again": ("POST", True),
    "embedding_delete": ("POST", True),
    "embedding_file": ("GET", True),
}
FURTHER = {"embedding_file": ["vectors.csv"]}  # what else stands in the address
STREAMS = {"embedding_events"}  # strangers get 404: a reader of events would follow a redirect
MISSING = 987_654_321
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


class AddressTests(TestCase):
    def setUp(self):
        self.owner, self.stranger = a_user(), a_user()
        self.pk = an_embedding(self.owner).pk

    def ask(self, method, name, pk=None, **headers):
        args = [pk or self.pk, *FURTHER.get(name, [])] if ROUTES[name][1] else []
        return getattr(self.client, method.lower())(reverse(f"playground:{name}", args=args), {}, headers=headers)

    def test_every_route_has_a_row(self):
        self.assertEqual({pattern.name for pattern in urls.urlpatterns}, set(ROUTES))

    def test_what_belongs_to_somebody_else_is_not_there(self):
        self.client.force_login(self.stranger)
        for headers in ({}, HTMX):
            for name, (method, is_about_one) in ROUTES.items():
                if is_about_one:
                    with self.subTest(name):
                        foreign, missing = self.ask(method, name, **headers), self.ask(method, name, MISSING, **headers)
                        self.assertEqual((foreign.status_code, missing.status_code), (404, 404))
                        self.assertEqual(foreign.content, missing.content)

    def test_nobody_gets_in_without_signing_in(self):
        for name, (method, _) in ROUTES.items():
            with self.subTest(name):
                answer = self.ask(method, name)
                self.assertEqual(answer.status_code, 404 if name in STREAMS else 302)
                self.assertIn("" if name in STREAMS else "/login/", answer.get("Location", ""))

    def test_other_methods_are_refused(self):
        self.client.force_login(self.owner)
        for name, (allowed, _) in ROUTES.items():
            for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - {allowed}:
                with self.subTest(name, method=method):
                    self.assertEqual(self.ask(method, name).status_code, 405)
