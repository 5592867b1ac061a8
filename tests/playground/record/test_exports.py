"""What is taken along of calls: an archive of one or of a list, code, and never a key or whose account it is."""

import json

from django.test import TestCase
from django.urls import reverse

from connector.models import CallContent
from connector.models.call import pack
from playground.record import code
from playground.record.views import exports
from tests.builders import a_call, a_superuser, a_user

ALL = reverse("playground:requests_har")


class Case(TestCase):
    def setUp(self):
        self.user = a_user()
        self.client.force_login(self.user)

    def one(self, name, call, *more):
        return self.client.get(reverse(f"playground:{name}", args=[call.pk, *more]))

    def entries(self, response):
        self.assertEqual(response.status_code, 200)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        return json.loads(content)["log"]["entries"]

    def with_headers(self, **headers):
        call = a_call(self.user)
        packed = pack({"headers": {"content-type": "application/json"} | headers, "size": 2, "text": "{}"})
        answers = pack([{"status": 200, "headers": headers, "size": 2, "text": "{}"}])
        CallContent.objects.filter(call=call).update(packed_request=packed, packed_answers=answers)
        return call


class ArchiveTests(Case):
    def test_of_one_call(self):
        call = a_call(self.user, {"model": "sandbox", "messages": []})
        response = self.one("request_har", call)
        [entry] = self.entries(response)
        self.assertEqual(json.loads(entry["request"]["postData"]["text"]), {"model": "sandbox", "messages": []})
        self.assertIn(f'filename="call-{call.pk}.har"', response["Content-Disposition"])

    def test_of_the_list_with_its_filters(self):
        one, _, _ = a_call(self.user, model="one"), a_call(self.user, model="two"), a_call(a_user(), model="one")
        self.assertEqual(len(self.entries(self.client.get(ALL))), 2)
        [entry] = self.entries(self.client.get(ALL, {"model": "one"}))
        self.assertTrue(entry["request"]["url"].endswith(one.path))
        self.assertEqual(self.entries(self.client.get(ALL, {"model": "none"})), [])

    def test_is_bounded(self):
        most, exports.MOST_BYTES = exports.MOST_BYTES, 500
        try:
            for _ in range(5):
                a_call(self.user)
            self.assertLess(0, len(self.entries(self.client.get(ALL))), 5)
        finally:
            exports.MOST_BYTES = most

    def test_administrators_take_along_their_own_only(self):
        call = a_call(self.user)
        self.client.force_login(a_superuser())
        self.assertEqual(self.entries(self.client.get(ALL, {"whose": "everyone"})), [])
        self.assertEqual(self.one("request_har", call).status_code, 404)
        self.assertEqual(self.one("request_code", call, "curl").status_code, 404)

    def test_a_call_of_which_nothing_was_kept(self):
        call = a_call(self.user)
        call.content.delete()
        [entry] = self.entries(self.one("request_har", call))
        self.assertNotIn("postData", entry["request"])


class CodeTests(Case):
    def test_a_number_that_no_row_can_have(self):
        for name, more in (("request_code", ["curl"]), ("request_body", ["answer"]), ("request_har", [])):
            address = reverse(f"playground:{name}", args=[10**400, *more])
            self.assertEqual(self.client.get(address).status_code, 404)

    def test_each_language_on_the_page_and_alone(self):
        call = a_call(self.user, {"model": "sandbox", "seed": 4711})
        page = self.one("request", call)
        for kind, (name, _) in code.KINDS.items():
            self.assertContains(page, name)
            alone = self.one("request_code", call, kind)
            self.assertEqual(alone["Content-Type"], "text/plain; charset=utf-8")
            self.assertContains(alone, "4711")
        self.assertEqual(self.one("request_code", call, "cobol").status_code, 404)

    def test_of_a_long_request_only_alone(self):
        page = self.one("request", a_call(self.user, {"input": "word " * 20_000}))
        self.assertNotContains(page, "data-copy-text")
        self.assertContains(page, "/code/curl/")

    def test_why_there_is_none_is_said(self):
        call = a_call(self.user)
        kept = {"headers": {}, "size": 9, "cut": 5, "text": "{"}
        CallContent.objects.filter(call=call).update(packed_request=pack(kept))
        self.assertContains(self.one("request", call), "too long to be kept whole")
        self.assertEqual(self.one("request_code", call, "curl").status_code, 404)


class AccountTests(Case):
    def test_whose_account_it_is_is_nowhere(self):
        secret = {"openai-organization": "org-secret", "openai-project": "proj-secret"}
        call = self.with_headers(**secret, **{"x-a": "seen"})
        addresses = [("request", ()), ("request_har", ()), ("request_body", ("answer",))]
        addresses += [("request_code", (kind,)) for kind in code.KINDS]
        for name, more in addresses:
            self.assertNotContains(self.one(name, call, *more), "secret")
        self.assertContains(self.one("request_har", call), "seen")
        self.assertNotIn("secret", json.dumps(self.entries(self.client.get(ALL))))
