from django.test import TestCase

from connector.models import Run, requests
from tests.builders import a_session, a_user, an_exchange


class ConversationTests(TestCase):
    """What of a session is sent."""

    def setUp(self):
        self.session = a_session(a_user())

    def sent(self, **fields):
        return requests.conversation(fields.pop("system", ""), self.session.path(), **fields)

    def test_the_system_prompt_comes_first(self):
        an_exchange(self.session, "Why?", "Because.")
        self.assertEqual(
            self.sent(system="Be brief."),
            [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Why?"},
                {"role": "assistant", "content": "Because."},
            ],
        )

    def test_an_answer_that_never_came_is_left_out(self):
        an_exchange(self.session, "Why?", "", state=Run.State.FAILED)
        an_exchange(self.session, "Why?", "Because.")
        self.assertEqual([message["role"] for message in self.sent()], ["user", "user", "assistant"])

    def test_a_refusal_is_sent_as_one(self):
        _, answer = an_exchange(self.session, "Why?", "")
        answer.refusal = "I cannot say."
        answer.save()
        self.assertEqual(self.sent()[-1], {"role": "assistant", "refusal": "I cannot say."})

    def test_a_part_is_followed_by_the_wish_to_go_on(self):
        an_exchange(self.session, "Why?", "Because.")
        *_, part, wish = self.sent(begun="Because the")
        self.assertEqual(part, {"role": "assistant", "content": "Because the"})
        self.assertEqual(wish["role"], "user")
