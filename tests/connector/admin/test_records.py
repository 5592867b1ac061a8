from django.test import TestCase

from connector.client import errors
from connector.models import ChatCompletionsSession, SavedPrompt
from tests.builders import a_call, a_session, a_superuser, a_user, an_exchange

TEXT = "my private diary"


class RecordsTests(TestCase):
    """Administrators see who asked what kind of thing and how it went; not what people wrote."""

    def setUp(self):
        self.writer = a_user(username="wanda")
        self.session = a_session(self.writer, title=TEXT, system_prompt=TEXT, template={"question": TEXT})
        SavedPrompt.objects.keep(self.writer, TEXT, question=TEXT)
        failure = errors.BadRequest(status=400, message=TEXT, request_id="req_1").as_dict()
        _, answer = an_exchange(self.session, TEXT, TEXT, state="failed", error=failure, system_prompt=TEXT)
        self.run_ = answer.run
        self.call = a_call(
            self.writer, TEXT, TEXT, run=self.run_, error_code="bad_request", error=TEXT, path=f"/{TEXT}"
        )
        self.client.force_login(a_superuser())

    def test_facts_are_listed(self):
        for page in ("chatcompletionssession", "run", "call"):
            self.assertContains(self.client.get(f"/admin/connector/{page}/"), "wanda")
        page = self.client.get(f"/admin/connector/run/{self.run_.pk}/change/")
        self.assertContains(page, "bad_request 400")

    def test_a_session_has_no_page_of_its_own(self):
        self.assertNotContains(self.client.get("/admin/connector/chatcompletionssession/"), "/change/")

    def test_texts_are_shown_nowhere(self):
        run, session, user = self.run_.pk, self.session.pk, self.writer.pk
        for url in (
            "/admin/",
            "/admin/connector/chatcompletionssession/",
            f"/admin/connector/chatcompletionssession/{session}/change/",
            "/admin/connector/chatcompletionssession/?q=diary",
            "/admin/connector/call/",
            f"/admin/connector/call/{self.call.pk}/change/",
            "/admin/connector/run/",
            f"/admin/connector/run/{run}/change/",
            f"/admin/connector/run/{run}/history/",
            f"/admin/auth/user/{user}/delete/",
        ):
            with self.subTest(url):
                self.assertNotContains(self.client.get(url, follow=True), TEXT)

    def test_searching_does_not_find_by_text(self):
        page = self.client.get("/admin/connector/chatcompletionssession/", {"q": "diary"})
        self.assertNotContains(page, "wanda")

    def test_a_user_is_deleted_with_what_was_theirs(self):
        url = f"/admin/auth/user/{self.writer.pk}/delete/"
        self.assertContains(self.client.get(url), f"Session {self.session.pk}")
        self.client.post(url, {"post": "yes"})
        self.assertFalse(ChatCompletionsSession.objects.exists())

    def test_deleted_sessions_are_not_listed(self):
        ChatCompletionsSession.objects.update(deleted="2026-01-01T00:00Z")
        self.assertNotContains(self.client.get("/admin/connector/chatcompletionssession/"), "wanda")
