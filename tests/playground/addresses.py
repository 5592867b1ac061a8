"""What holds for the addresses of every page: what is somebody else's is not there, and nobody gets in without
signing in.

    ROUTES = {"comparison": ("GET", "comparison"), …}

    class AddressTests(Addresses, TestCase):
        urls = urls
        routes = ROUTES

        def setUp(self):
            super().setUp()
            self.own = {"comparison": a_comparison(self.owner).pk}
"""

import uuid

from django.urls import URLPattern, reverse

from tests.builders import a_configuration, a_user

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": "http://testserver/"}
METHODS = {"GET", "POST", "PUT", "DELETE", "PATCH"}
NO_NUMBER, NO_ID = 987_654_321, uuid.uuid4()  # of an object that does not exist


class Addresses:
    urls = None  # the URLconf, with which the table is compared: a route without a row fails
    routes = {}  # name: (methods it answers, whose key it takes)
    further = {}  # name: what else stands in the address
    streams = set()  # strangers get 404: a reader of events would follow a redirect

    def setUp(self):
        self.owner, self.stranger = a_user(), a_user()
        self.configuration = a_configuration()
        self.own = {}  # whose key: the key

    def each(self, with_object=True):
        for name, (methods, kind) in self.routes.items():
            if bool(kind) == with_object:
                for method in methods.split():
                    with self.subTest(name, method=method):
                        yield name, method.lower(), kind

    def ask(self, method, name, kind="", key=None, **headers):
        args = [key or self.own[kind], *self.further.get(name, [])] if kind else []
        return getattr(self.client, method)(reverse(f"playground:{name}", args=args), {}, headers=headers)

    def missing(self, kind):
        return NO_ID if isinstance(self.own[kind], uuid.UUID) else NO_NUMBER

    def test_every_route_has_a_row(self):
        named = {pattern.name for pattern in self.urls.urlpatterns if isinstance(pattern, URLPattern)}
        self.assertEqual(named, set(self.routes))

    def test_what_belongs_to_somebody_else_is_not_there(self):
        self.client.force_login(self.stranger)
        for headers in ({}, HTMX):
            for name, method, kind in self.each():
                foreign = self.ask(method, name, kind, **headers)
                missing = self.ask(method, name, kind, self.missing(kind), **headers)
                self.assertEqual((foreign.status_code, missing.status_code), (404, 404))
                self.assertEqual(foreign.content, missing.content)

    def test_nobody_gets_in_without_signing_in(self):
        for with_object in (True, False):
            for name, method, kind in self.each(with_object):
                answer = self.ask(method, name, kind)
                if name in self.streams:
                    self.assertEqual((answer.status_code, answer.content), (404, b""))
                elif answer.status_code != 401:  # a page that keeps what was typed, with a link to sign in
                    self.assertEqual(answer.status_code, 302)
                    self.assertIn("/login/", answer["Location"])

    def test_other_methods_are_refused(self):
        self.client.force_login(self.owner)
        for name, (methods, kind) in self.routes.items():
            for method in METHODS - set(methods.split()):
                with self.subTest(name, method=method):
                    self.assertEqual(self.ask(method.lower(), name, kind).status_code, 405)
