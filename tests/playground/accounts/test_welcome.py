import re
from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth.models import User
from django.db import connections
from django.test import Client, TestCase, TransactionTestCase

from playground.accounts import welcome
from tests.builders import a_superuser, a_user

GOOD = {"username": "ada", "password1": "a long pass phrase", "password2": "a long pass phrase"}


class WelcomeTests(TestCase):
    def test_first_administrator_is_made_and_signed_in(self):
        link = welcome.link_path()
        page = self.client.get(link).content.decode()
        for part in ('autocomplete="username"', 'autocomplete="new-password"'):
            self.assertIn(part, page)
        self.assertRedirects(self.client.post(link, GOOD), "/chat/")
        user = User.objects.get()
        self.assertTrue(user.is_superuser and user.is_staff and user.check_password(GOOD["password1"]))
        self.assertEqual(self.client.session["_auth_user_id"], str(user.pk))

    def test_link_works_once(self):
        link = welcome.link_path()
        self.client.post(link, GOOD)
        self.assertEqual(self.client.get(link).status_code, 404)
        self.assertEqual(Client().post(link, GOOD | {"username": "eve"}).status_code, 404)
        User.objects.all().delete()
        self.assertNotEqual(Client().post(welcome.link_path(), GOOD).status_code, 404)

    def test_no_link_while_there_is_an_administrator(self):
        a_user()
        self.assertNotEqual(welcome.link_path(), "")
        a_superuser()
        self.assertEqual(welcome.link_path(), "")

    def test_link_of_yesterday_or_made_up_is_not_taken(self):
        link = welcome.link_path()
        for wrong in ("/welcome/x/", "/welcome/MA:1:1/", link[:-3] + "/", link.replace("MA", "MQ")):
            answer = self.client.post(wrong, GOOD)
            self.assertEqual(answer.status_code, 410, wrong)
        with self.settings(SECRET_KEY="another"):
            self.assertEqual(self.client.post(link, GOOD).status_code, 410)
        self.assertFalse(User.objects.exists())

    def test_link_dies_with_the_first_user_made_since(self):
        link = welcome.link_path()
        a_user()
        self.assertEqual(self.client.get(link).status_code, 410)

    def test_poor_passwords_are_refused_and_not_shown_again(self):
        for first, second in (("short", "short"), ("1234567890123", "1234567890123"), ("a long one", "another one")):
            answer = self.client.post(welcome.link_path(), {"username": "ada", "password1": first, "password2": second})
            self.assertContains(answer, "Something needs another look.", status_code=422)
            self.assertContains(answer, 'value="ada"', status_code=422)
            self.assertIsNone(re.search(f'value="{first}"', answer.content.decode()))
        self.assertFalse(User.objects.exists())


class RaceTests(TransactionTestCase):
    def test_of_many_at_once_one_becomes_administrator(self):
        link = welcome.link_path()

        def come(number: int) -> int:
            try:
                return Client().post(link, GOOD | {"username": f"user{number}"}).status_code
            finally:
                connections.close_all()

        with ThreadPoolExecutor(8) as pool:
            statuses = sorted(pool.map(come, range(8)))
        self.assertEqual(User.objects.count(), 1)
        self.assertEqual(statuses[0], 302)
        self.assertLessEqual(set(statuses[1:]), {404, 410})
