"""Every address of requests, for somebody else and for an object that does not exist."""

from django.test import TestCase

from connector.models import Run, SavedRequest
from playground.requests import urls
from tests.builders import a_call
from tests.playground.addresses import Addresses

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


class AddressTests(Addresses, TestCase):
    urls = urls
    routes = ROUTES
    further = {"request_body": ["request"], "request_code": ["curl"]}
    streams = {"request_events"}

    def setUp(self):
        super().setUp()
        saved, deleted = (SavedRequest.objects.create(user=self.owner, name="Secret") for _ in range(2))
        deleted.discard()
        run = Run.objects.create(
            user=self.owner, configuration=self.configuration, kind="call", operation="raw", state="done"
        )
        self.own = {"call": a_call(self.owner).pk, "run": run.pk, "saved": saved.pk, "deleted": deleted.pk}
