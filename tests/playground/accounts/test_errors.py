from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import connection
from django.test import Client, RequestFactory, TestCase

from playground.accounts import errors
from tests.builders import a_user

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


class ErrorTests(TestCase):
    def test_every_error_says_what_happened_and_what_to_do(self):
        request = RequestFactory().get("/")
        for answer in (
            errors.bad_request(request, SuspiciousOperation()),
            errors.permission_denied(request, PermissionError()),
            errors.not_found(request, LookupError()),
            errors.bad_request(request, RequestDataTooBig()),
            errors.too_many(request, 7),
            errors.server_error(request),
            errors.unavailable(request),
        ):
            said = errors.SAID[answer.status_code]
            page = answer.content.decode()
            self.assertIn(f"<h1>{said.what}</h1>", page)
            self.assertIn("<html", page)
            self.assertIn("Try again in 7 s." if answer.status_code == 429 else said.todo, page)

    def test_htmx_gets_a_fragment(self):
        page = self.client.get("/nothing/", headers=HTMX).content.decode()
        self.assertTrue(page.startswith('<div class="note bad" role="alert">'))

    def test_no_page_is_the_same_for_everyone_and_shows_nothing_of_the_request(self):
        self.assertEqual(self.client.get("/<img src=x onerror=1>/?q=%22%3E<script>").status_code, 404)
        pages = {Client().get(path).content for path in ("/nothing/", "/<img src=x>/", "/chat/x/")}
        self.assertEqual(len(pages), 1)
        self.assertNotIn(b"<img src=x", pages.pop())

    def test_a_broken_database_does_not_matter(self):
        def fail(*_):
            raise AssertionError("the page asked the database")

        with connection.execute_wrapper(fail):
            self.assertEqual(errors.server_error(RequestFactory().get("/")).status_code, 500)


class CsrfTests(TestCase):
    def setUp(self):
        self.client = Client(enforce_csrf_checks=True)
        self.client.force_login(a_user())

    def test_says_what_to_do_and_keeps_the_words(self):
        answer = self.client.post("/chat/ask/", {"text": "A <b>long</b> question", "password": "secret words"})
        self.assertContains(answer, "Send it again from here.", status_code=403)
        self.assertContains(answer, "A &lt;b&gt;long&lt;/b&gt; question</textarea>", status_code=403)
        self.assertNotContains(answer, "secret words", status_code=403)

    def test_the_kept_form_can_be_sent(self):
        page = self.client.post("/chat/ask/", {"text": "hello"}).content.decode()
        token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        self.assertNotEqual(self.client.post("/chat/ask/", {"text": "", "csrfmiddlewaretoken": token}).status_code, 403)

    def test_words_of_another_site_are_not_shown(self):
        answer = self.client.post("/chat/ask/", {"text": "words"}, headers={"Sec-Fetch-Site": "cross-site"})
        self.assertNotContains(answer, "words</textarea>", status_code=403)

    def test_htmx_gets_a_fragment(self):
        answer = self.client.post("/chat/ask/", {"text": "hello"}, headers=HTMX)
        self.assertTrue(answer.content.startswith(b'<div class="note bad"'))


class SignedOutTests(TestCase):
    def test_a_form_sent_without_session_keeps_its_words(self):
        answer = self.client.post("/chat/ask/", {"text": "A long question"})
        self.assertContains(answer, "A long question</textarea>", status_code=401)
        self.assertContains(answer, "Sign in in a new tab", status_code=401)
