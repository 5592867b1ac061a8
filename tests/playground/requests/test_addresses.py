"""Every address of requests, for somebody else and for an object that does not exist.

The table is compared with the URLconf: a route without a row fails.
"""

from django.test import TestCase
from django.urls import URLPattern, reverse

from connector.models import Run, SavedRequest
from playground.requests import urls
from tests.builders import a_call, a_configuration, a_user

# name: (methods it answers, whose key it takes)
ROUTES = {
    "requests": ("GET", ""),
    "request": ("GET", "call"),
    "request_body": ("GET", "call"),
    "request_har": ("GET", "call"),
    "request_code": ("GET", "call"),
    "requests_har": ("GET", ""),
    "record": ("GET", "run"),
    "request_new": ("GET", ""),
    "request_send": ("POST", ""),
    "request_form": ("POST", ""),
    "request_check": ("POST", ""),
    "request_events": ("GET", "run"),
    "request_stop": ("POST", "run"),
    "request_save": ("POST", ""),
    "request_delete": ("POST", "saved"),
    "request_restore": ("POST", "deleted"),
}
FURTHER = {"request_body": ["request"], "request_code": ["curl"]}  # what else stands in the address
STREAMS = {"request_events"}  # strangers get 404: a reader of events would follow a redirect
MISSING = 987_654_321
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": "http://testserver/requests/"}


class AddressTests(TestCase):
    def setUp(self):
        self.owner, self.stranger = a_user(), a_user()
        configuration = a_configuration()
        saved, deleted = (SavedRequest.objects.create(user=self.owner, name="Secret") for _ in range(2))
        deleted.discard()
        run = Run.objects.create(
            user=self.owner, configuration=configuration, kind="call", operation="raw", state="done"
        )
        self.own = {"call": a_call(self.owner).pk, "run": run.pk, "saved": saved.pk, "deleted": deleted.pk}

    def routes(self, with_object=True):
        for name, (methods, kind) in ROUTES.items():
            if bool(kind) == with_object:
                for method in methods.split():
                    with self.subTest(name, method=method):
                        yield name, method.lower(), kind

    def ask(self, method, name, kind="", pk=None, **headers):
        args = [self.own[kind] if pk is None else pk, *FURTHER.get(name, [])] if kind else []
        return getattr(self.client, method)(reverse(f"playground:{name}", args=args), headers=headers)

    def test_every_route_has_a_row(self):
        named = {pattern.name for pattern in urls.urlpatterns if isinstance(pattern, URLPattern)}
        self.assertEqual(named, ROUTES.keys())

    def test_strangers_are_told_the_same_as_of_an_object_that_does_not_exist(self):
        self.client.force_login(self.stranger)
        for headers in ({}, HTMX):
            for name, method, kind in self.routes():
                foreign = self.ask(method, name, kind, **headers)
                missing = self.ask(method, name, kind, pk=MISSING, **headers)
                self.assertEqual((foreign.status_code, missing.status_code), (404, 404))
                self.assertEqual(foreign.content, missing.content)

    def test_who_is_not_signed_in_is_sent_to_do_so(self):
        for with_object in (True, False):
            for name, method, kind in self.routes(with_object):
                answer = self.ask(method, name, kind)
                self.assertEqual(answer.status_code, 404 if name in STREAMS else 302, name)

    def test_another_method_is_refused(self):
        self.client.force_login(self.owner)
        for name, (methods, kind) in ROUTES.items():
            other = {"GET": "post", "POST": "get"}.get(methods)
            if other:
                with self.subTest(name):
                    self.assertEqual(self.ask(other, name, kind).status_code, 405)
