"""Every address of prompts, for somebody else and for an object that does not exist.

The table is compared with the URLconf: a route without a row fails.
"""

from django.test import TestCase
from django.urls import URLPattern, reverse

from connector.models import SavedPrompt
from playground.prompt import urls
from tests.builders import a_configuration, a_prompt, a_user, an_upload

# name: (methods it answers, whose key it takes)
ROUTES = {
    "prompt": ("GET", ""),
    "prompt_form": ("POST", ""),
    "prompt_ask": ("POST", ""),
    "prompt_save": ("POST", ""),
    "prompt_delete": ("POST", "prompt"),
    "prompt_restore": ("POST", "deleted"),
    "prompt_results": ("POST", "answer"),
    "prompt_events": ("GET", "run"),
    "prompt_stop": ("POST", "run"),
    "prompt_again": ("POST", "run"),
    "saved_prompts": ("GET", ""),
    "saved_prompt": ("GET", "saved"),
    "saved_prompt_rename": ("POST", "saved"),
    "saved_prompt_delete": ("POST", "saved"),
    "saved_prompt_restore": ("POST", "version"),
}
STREAMS = {"prompt_events"}  # strangers get 404: a reader of events would follow a redirect
MISSING = 987_654_321
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": "http://testserver/prompt/"}


class AddressTests(TestCase):
    def setUp(self):
        self.owner, self.stranger = a_user(), a_user()
        a_configuration()
        prompt, deleted = a_prompt(self.owner), a_prompt(self.owner)
        deleted.discard()
        version = SavedPrompt.objects.keep(self.owner, "Mine", question="Why?")
        self.own = {
            "prompt": prompt.pk,
            "deleted": deleted.pk,
            "answer": prompt.leaf_id,
            "run": prompt.leaf.run_id,
            "saved": version.prompt_id,
            "version": version.pk,
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

    def test_nor_is_it_in_an_address_or_a_form(self):
        self.client.force_login(self.stranger)
        for query in (f"from={self.own['prompt']}", f"saved={self.own['version']}", "from=x", "saved=-1"):
            with self.subTest(query):
                self.assertEqual(self.client.get(f"/prompt/?{query}").status_code, 404)
        upload = an_upload(self.owner)
        for name in ("prompt_ask", "prompt_form", "prompt_save"):
            for key in (upload.public_id, "x"):
                answer = self.client.post(reverse(f"playground:{name}"), {"question": "Hi", "upload": key})
                self.assertEqual(answer.status_code, 404)

    def test_a_prompt_is_no_chat_and_a_chat_no_prompt(self):
        self.client.force_login(self.owner)
        for name in ("session", "export_json"):
            self.assertEqual(self.client.get(reverse(f"playground:{name}", args=[self.own["prompt"]])).status_code, 404)
        answer = self.client.post(reverse("playground:regenerate", args=[self.own["answer"]]))
        self.assertEqual(answer.status_code, 404)

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
