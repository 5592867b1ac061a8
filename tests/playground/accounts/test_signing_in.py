from django.core.cache import caches
from django.test import Client, RequestFactory, TestCase

from playground.accounts.guesses import PER_MINUTE, Guess
from tests.builders import a_user


class SignInTests(TestCase):
    def setUp(self):
        caches["limits"].clear()
        self.user = a_user(username="ada", password="right horse")

    def try_(self, typed: str = "wrong", name: str = "ada", address: str = "192.0.2.1", **data):
        return self.client.post("/login/", {"username": name, "password": typed, **data}, REMOTE_ADDR=address)

    def test_right_password_signs_in_and_goes_on(self):
        self.assertRedirects(self.try_("right horse", next="/account/"), "/account/")
        self.assertEqual(self.client.session["_auth_user_id"], str(self.user.pk))

    def test_the_session_of_before_is_dead(self):
        self.client.session.save()
        self.client.cookies["session"] = before = self.client.session.session_key
        self.try_("right horse")
        self.assertNotEqual(self.client.session.session_key, before)

    def test_next_leads_only_within_this_site(self):
        for address in (
            "https://evil.example/",
            "//evil.example",
            "\\\\evil.example",
            "javascript:alert(1)",
            "https:evil",
            " //e",
            "<img src=x>",
        ):
            answer = self.try_("right horse", next=address)
            self.assertEqual(answer["Location"], "/chat/", address)

    def test_somebody_signed_in_goes_on_at_once(self):
        self.client.force_login(self.user)
        self.assertRedirects(self.client.get("/login/?next=/account/"), "/account/")

    def test_unknown_inactive_and_wrong_get_the_same_answer(self):
        a_user(username="idle", password="right horse", is_active=False)
        pages = [
            (answer.status_code, answer.content.decode().replace(name, "NAME").partition("<main")[2])
            for name, password in (("ada", "wrong"), ("nobody", "wrong"), ("idle", "right horse"))
            for answer in [self.try_(password, name)]
        ]
        bodies = {_without_token(body) for _, body in pages}
        self.assertEqual(({status for status, _ in pages}, len(bodies)), ({422}, 1))

    def test_the_name_stays_and_the_password_does_not(self):
        answer = self.try_("wrong secret")
        self.assertContains(answer, 'value="ada"', status_code=422)
        self.assertNotContains(answer, "wrong secret", status_code=422)

    def test_odd_input_is_a_wrong_password(self):
        for name in ("", "\0", "a" * 10_000, "<img src=x onerror=1>", "ﬀ"):
            self.assertIn(self.try_("x\0", name, address=f"2001:db8:{len(name):x}::1").status_code, (422, 429))
        self.assertNotIn(b"<img src=x", self.try_("x", "<img src=x>", address="198.51.100.9").content)

    def test_signing_out_needs_a_post(self):
        self.client.force_login(self.user)
        self.assertEqual(self.client.get("/logout/").status_code, 405)
        self.assertRedirects(self.client.post("/logout/"), "/login/")
        self.assertNotIn("_auth_user_id", self.client.session)

    def test_page_works_without_a_script_and_for_a_password_manager(self):
        page = self.client.get("/login/").content.decode()
        for part in ('autocomplete="username"', 'autocomplete="current-password"', "<label for=", "<h1"):
            self.assertIn(part, page)
        self.assertNotIn("<script", page)


class GuessTests(TestCase):
    def setUp(self):
        caches["limits"].clear()
        a_user(username="ada", password="right horse")

    def guess(self, name: str = "ada", address: str = "192.0.2.1", typed: str = "wrong", **headers: str):
        return Client().post("/login/", {"username": name, "password": typed}, REMOTE_ADDR=address, headers=headers)

    def test_from_the_tenth_wrong_password_a_minute_one_has_to_wait(self):
        answers = [self.guess() for _ in range(PER_MINUTE + 3)]
        self.assertEqual([each.status_code for each in answers], [422] * (PER_MINUTE - 1) + [429] * 4)
        self.assertIn(int(answers[-1]["Retry-After"]), range(1, 61))
        self.assertContains(answers[-1], f"Try again in {answers[-1]['Retry-After']} seconds.", status_code=429)

    def test_a_header_does_not_make_another_address(self):
        for n in range(PER_MINUTE):
            answer = self.guess(**{"X-Forwarded-For": f"198.51.100.{n}"})
        self.assertEqual(answer.status_code, 429)

    def test_a_flood_of_names_does_not_wash_the_counters_away(self):
        for n in range(PER_MINUTE):
            self.guess(address=f"192.0.2.{n}")
        for n in range(PER_MINUTE + 50):
            self.guess(name=f"user{n}", address="198.51.100.1")
        counted = len(caches["limits"]._cache)
        self.guess(name="one more", address="198.51.100.1")
        self.assertEqual(len(caches["limits"]._cache), counted)
        self.assertEqual([self.guess(address="192.0.2.1").status_code for _ in range(2)], [422, 429])

    def test_one_password_on_many_accounts_is_guessing_too(self):
        for n in range(PER_MINUTE):
            answer = self.guess(name=f"user{n}")
        self.assertEqual(answer.status_code, 429)

    def test_many_addresses_on_one_account_are_slowed_down(self):
        for n in range(PER_MINUTE):
            self.guess(address=f"192.0.2.{n}")
        self.assertEqual([self.guess(address="192.0.2.1").status_code for _ in range(2)], [422, 429])

    def test_the_owner_gets_in_from_elsewhere(self):
        for _ in range(3 * PER_MINUTE):
            self.guess()
        self.assertEqual(self.guess(address="203.0.113.5", typed="right horse").status_code, 302)

    def test_right_passwords_do_not_count(self):
        for _ in range(2 * PER_MINUTE):
            self.assertEqual(self.guess(typed="right horse").status_code, 302)

    def test_a_right_password_does_not_forgive_the_wrong_ones(self):
        a_user(username="eve", password="own password")
        for _ in range(PER_MINUTE - 1):
            self.guess()
        self.guess(name="eve", typed="own password")
        self.assertEqual(self.guess().status_code, 429)

    def test_a_household_of_ipv6_is_one_address(self):
        request = RequestFactory().post
        guesses = [Guess.of(request("/", REMOTE_ADDR=f"2001:db8:1:2::{n}"), "ADA ") for n in range(1, 3)]
        self.assertEqual(*guesses)


def _without_token(page: str) -> str:
    return page.partition("csrfmiddlewaretoken")[0] + page.partition("csrfmiddlewaretoken")[2].partition(">")[2]
