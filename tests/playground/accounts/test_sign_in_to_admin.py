from django.test import TestCase

from tests.builders import a_superuser, a_user


class SignInToAdminTests(TestCase):
    def test_a_stranger_signs_in_where_guesses_are_counted(self):
        response = self.client.get("/admin/", follow=True)
        self.assertEqual(response.redirect_chain[-1][0], "/login/?next=/admin/")

    def test_a_guess_at_the_admins_own_page_is_not_taken(self):
        a_superuser(username="root").set_password("right")
        self.assertRedirects(
            self.client.post("/admin/login/", {"username": "root", "password": "right"}), "/login/?next=/admin/"
        )
        self.assertNotIn("_auth_user_id", self.client.session)

    def test_a_user_is_told_and_not_sent_in_circles(self):
        self.client.force_login(a_user())
        self.assertEqual(self.client.get("/admin/", follow=True).status_code, 403)

    def test_an_administrator_goes_on(self):
        self.client.force_login(a_superuser())
        self.assertRedirects(self.client.get("/admin/login/"), "/admin/")
