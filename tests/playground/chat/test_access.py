"""Every route of the chat, for its owner, for somebody else, and for an object that does not exist.

The table is compared with the URLconf: a route without a row fails.
"""

from django.test import TestCase
from django.test.utils import override_script_prefix
from django.urls import URLPattern, reverse

from connector.models import ChatCompletionsSession
from playground import urls
from tests.builders import a_session, a_user, an_exchange

# name: (methods it answers, whose primary key it takes)
ROUTES = {
    "home": ("GET", ""),
    "chat": ("GET", ""),
    "sessions": ("GET", ""),
    "begin": ("POST", ""),
    "new_settings": ("POST", ""),
    "session": ("GET", "session"),
    "ask": ("POST", "session"),
    "settings": ("POST", "session"),
    "stop_session": ("POST", "session"),
    "rename": ("GET POST", "session"),
    "pin": ("POST", "session"),
    "archive": ("POST", "session"),
    "delete": ("POST", "session"),
    "restore": ("POST", "deleted"),
    "export_markdown": ("GET", "session"),
    "export_json": ("GET", "session"),
    "edit": ("GET POST", "question"),
    "regenerate": ("POST", "answer"),
    "continue": ("POST", "answer"),
    "show": ("POST", "answer"),
    "text": ("GET", "answer"),
    "events": ("GET", "run"),
    "stop": ("POST", "run"),
}
FOR_EVERYONE = {"theme"}  # also before signing in
MISSING = 987_654_321
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": "http://testserver/chat/7/"}


class RouteTests(TestCase):
    def setUp(self):
        self.owner, self.stranger = a_user(), a_user()
        session = a_session(self.owner)
        question, answer = an_exchange(session, "A secret question", "A secret answer")
        deleted = a_session(self.owner)
        deleted.discard()
        self.own = {
            "session": session.pk,
            "deleted": deleted.pk,
            "question": question.pk,
            "answer": answer.pk,
            "run": answer.run_id,
        }

    def routes(self, with_object=True):
        for name, (methods, kind) in ROUTES.items():
            if bool(kind) == with_object:
                for method in methods.split():
                    with self.subTest(name, method=method):
                        yield name, method.lower(), kind

    def ask(self, method, name, kind="", pk=None, **headers):
        args = [self.own[kind] if pk is None else pk] if kind else []
        data = {"text": "x", "title": "x", "token": ""} if method == "post" else {}
        return getattr(self.client, method)(reverse(f"playground:{name}", args=args), data, headers=headers)

    def test_every_route_has_a_row(self):
        named = {pattern.name for pattern in urls.urlpatterns if isinstance(pattern, URLPattern)}
        self.assertEqual(named, ROUTES.keys() | FOR_EVERYONE)

    def test_strangers_are_told_the_same_as_of_an_object_that_does_not_exist(self):
        self.client.force_login(self.stranger)
        for headers in ({}, HTMX):
            for name, method, kind in self.routes():
                foreign = self.ask(method, name, kind, **headers)
                missing = self.ask(method, name, kind, pk=MISSING, **headers)
                self.assertEqual(foreign.status_code, 404)
                self.assertEqual(missing.status_code, 404)
                self.assertEqual(foreign.content, missing.content)

    def test_what_strangers_try_changes_nothing(self):
        def rows():
            return [
                list(ChatCompletionsSession.objects.order_by("pk").values()),
                list(ChatCompletionsSession.objects.get(pk=self.own["session"]).messages.order_by("pk").values()),
                list(self.owner.runs.order_by("pk").values()),
            ]

        before = rows()
        self.client.force_login(self.stranger)
        for name, method, kind in self.routes():
            self.ask(method, name, kind)
        self.assertEqual(rows(), before)

    def test_nobody_gets_in_without_signing_in(self):
        for with_object in (True, False):
            for name, method, kind in self.routes(with_object):
                answer = self.ask(method, name, kind)
                if name == "events":
                    self.assertEqual((answer.status_code, answer.content), (404, b""))
                elif answer.status_code != 401:  # a page that keeps what was typed, with a link to sign in
                    self.assertEqual(answer.status_code, 302)
                    self.assertIn("/login/", answer["Location"])

    def test_a_script_without_session_moves_the_window_to_the_sign_in_page(self):
        for with_object in (True, False):
            for name, method, kind in self.routes(with_object):
                if name == "events":
                    continue
                answer = self.ask(method, name, kind, **HTMX)
                self.assertEqual(answer["HX-Redirect"], "/login/?next=/chat/7/")
                self.assertEqual(answer.content, b"")

    def test_below_a_path_strangers_stay_below_it(self):
        pin, begin = reverse("playground:pin", args=[self.own["session"]]), reverse("playground:begin")
        with override_script_prefix("/yard/"):
            for headers in ({}, {"HX-Request": "true"}):
                answer = self.client.post(pin, headers=headers)
                self.assertEqual(answer.headers.get("Location") or answer["HX-Redirect"], "/yard/login/?next=/yard/")
            page = self.client.post(begin, {"text": "Typed"})
            self.assertContains(page, 'href="/yard/login/"', status_code=401)

    def test_a_deactivated_user_is_a_stranger(self):
        self.client.force_login(self.owner)
        self.owner.is_active = False
        self.owner.save()
        for with_object in (True, False):
            for name, method, kind in self.routes(with_object):
                self.assertIn(self.ask(method, name, kind).status_code, (302, 401, 404))

    def test_other_methods_are_refused(self):
        self.client.force_login(self.owner)
        for name, (methods, kind) in ROUTES.items():
            for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - set(methods.split()):
                with self.subTest(name, method=method):
                    self.assertEqual(self.ask(method.lower(), name, kind).status_code, 405)

    def test_the_owner_gets_in(self):
        self.client.force_login(self.owner)
        for name, method, kind in [*self.routes()]:
            if name in ("delete", "restore", "events"):
                continue
            self.assertIn(self.ask(method, name, kind).status_code, (200, 302, 422, 429), name)

    def test_a_deleted_session_is_gone_for_its_owner_too(self):
        self.client.force_login(self.owner)
        ChatCompletionsSession.objects.get(pk=self.own["session"]).discard()
        for name, method, kind in self.routes():
            if kind in ("session", "question", "answer"):
                self.assertEqual(self.ask(method, name, kind).status_code, 404)

    def test_odd_numbers_do_no_harm(self):
        self.client.force_login(self.owner)
        for pk in (0, 2**63 - 1, 2**63, 10**30):
            for name, method, kind in self.routes():
                self.assertEqual(self.ask(method, name, kind, pk=pk).status_code, 404)
