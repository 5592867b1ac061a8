from django.core.cache import caches
from django.test import Client, TestCase

from tests.builders import a_user

NEW = {"old_password": "right horse", "new_password1": "another long one", "new_password2": "another long one"}


class AccountTests(TestCase):
    def setUp(self):
        caches["limits"].clear()
        self.user = a_user(username="ada", password="right horse")
        self.client.force_login(self.user)

    def test_strangers_sign_in_first(self):
        self.assertRedirects(Client().get("/account/"), "/login/?next=/account/")

    def test_new_password_ends_every_other_session(self):
        elsewhere = Client()
        elsewhere.force_login(self.user)
        self.assertEqual(self.client.post("/account/", NEW)["Location"], "/account/")
        self.assertContains(self.client.get("/account/"), "Your password is changed.")
        self.assertEqual(elsewhere.get("/account/").status_code, 302)
        self.user.refresh_from_db()
        self.assertTrue(self.user.check_password("another long one"))

    def test_wrong_present_password_changes_nothing(self):
        answer = self.client.post("/account/", NEW | {"old_password": "wrong"})
        self.assertContains(answer, "The password is not changed.", status_code=422)
        self.assertContains(answer, 'aria-invalid="true"', status_code=422)
        self.user.refresh_from_db()
        self.assertTrue(self.user.check_password("right horse"))

    def test_guessing_it_is_slowed_down(self):
        for _ in range(11):
            answer = self.client.post("/account/", NEW | {"old_password": "wrong"})
        self.assertEqual(answer.status_code, 429)
        self.assertIn("Retry-After", answer)

    def test_theme_is_chosen_here_and_comes_with_the_page(self):
        self.assertContains(self.client.get("/account/"), 'value="system" aria-pressed="true"')
        self.client.post("/theme/", {"theme": "dark", "next": "/account/"})
        page = self.client.get("/account/")
        self.assertContains(page, '<html lang="en" data-theme="dark">')
        self.assertContains(page, 'value="dark" aria-pressed="true"')
