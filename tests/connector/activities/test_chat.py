import asyncio

from django.db import connections
from django.test import TestCase, TransactionTestCase, override_settings

from connector import activities
from connector.client import errors
from connector.models import ApiType
from connector.operations import chat_completions
from tests.builders import a_configuration, a_user
from tests.upstream import an_upstream

ANSWER = "A lighthouse stands "


@override_settings(CONNECTOR_ALLOW_PRIVATE_HOSTS=True)
class Case(TestCase):
    def setUp(self):
        self.upstream = self.enterContext(an_upstream())
        self.configuration = a_configuration(
            api_type=ApiType.OPENAI_COMPATIBLE, endpoint=f"{self.upstream.url}/v1", model_default_chat="words-3"
        )

    @property
    def sent(self):
        return self.upstream.requests[-1].json


class WithoutHistoryTests(Case):
    def test_gives_the_text_of_the_answer(self):
        text = activities.chat_without_history(self.configuration, "Why?")
        self.assertEqual(text, "A lighthouse stands ")
        self.assertEqual(self.sent, {"model": "words-3", "messages": [{"role": "user", "content": "Why?"}]})

    async def test_its_twin_is_awaited(self):
        self.assertEqual(await activities.achat_without_history(self.configuration, "Why?"), ANSWER)

    def test_a_system_prompt_may_stand_alone(self):
        activities.chat_without_history(self.configuration, system_prompt="Be brief.")
        self.assertEqual(self.sent["messages"], [{"role": "system", "content": "Be brief."}])

    def test_both_go_in_order(self):
        activities.chat_without_history(self.configuration, "Why?", "Be brief.")
        self.assertEqual([message["role"] for message in self.sent["messages"]], ["system", "user"])

    def test_neither_is_an_error_and_nothing_is_sent(self):
        with self.assertRaises(errors.InvalidParameter):
            activities.chat_without_history(self.configuration, " ", "")
        self.assertEqual(self.upstream.requests, [])

    def test_an_explicit_model_wins_over_the_default(self):
        activities.chat_without_history(self.configuration, "Why?", model="words-2")
        self.assertEqual(self.sent["model"], "words-2")

    def test_without_any_model_the_error_says_where_to_set_one(self):
        self.configuration.model_default_chat = ""
        with self.assertRaises(errors.NoModel) as caught:
            activities.chat_without_history(self.configuration, "Why?")
        self.assertIn(self.configuration.display_name, caught.exception.todo)

    def test_a_response_format_may_be_its_name(self):
        activities.chat_without_history(self.configuration, "Why, as JSON?", response_format="json_object")
        self.assertEqual(self.sent["response_format"], {"type": "json_object"})

    def test_parameters_have_the_names_of_the_api(self):
        activities.chat_without_history(self.configuration, "Why?", temperature=0.5, stop=["END"], seed=None)
        self.assertEqual((self.sent["temperature"], self.sent["stop"]), (0.5, ["END"]))
        self.assertNotIn("seed", self.sent)

    def test_what_the_provider_says_is_raised(self):
        with self.assertRaises(errors.KeyRefused):
            activities.chat_without_history(self.configuration, "Why?", model="fault:401")

    def test_on_azure_the_deployment_decides_and_the_model_is_not_sent(self):
        azure = a_configuration(
            api_type=ApiType.AZURE_OPENAI,
            endpoint=self.upstream.url,
            api_version="2024-10-21",
            deployment_name="words-3",
            model_default_chat="",
        )
        azure.set_key("0123456789abcdef0123456789abcdef")
        self.assertEqual(activities.chat_without_history(azure, "Why?", model="gpt-5.2"), ANSWER)
        self.assertIn("/deployments/words-3/chat/completions", self.upstream.requests[-1].target)
        self.assertNotIn("model", self.sent)

    async def test_inside_an_event_loop_the_error_names_the_twin(self):
        with self.assertRaisesMessage(RuntimeError, "await achat_without_history() instead"):
            activities.chat_without_history(self.configuration, "Why?")

    async def test_it_can_be_streamed(self):
        pieces = [piece async for piece in activities.stream_without_history(self.configuration, "Why?")]
        self.assertEqual(("".join(pieces), len(pieces)), (ANSWER, 3))


class WithHistoryTests(Case):
    def setUp(self):
        super().setUp()
        self.session = activities.create_session(configuration=self.configuration, system_prompt="Be brief.")

    def test_sends_the_session_in_order_and_appends_the_answer(self):
        activities.add_message(self.session, "user", "Why?")
        activities.add_message(self.session, "assistant", "Because.")
        activities.add_message(self.session, "user", "How?")
        text = activities.chat_with_history(self.session)
        self.assertEqual(
            [message["content"] for message in self.sent["messages"]], ["Be brief.", "Why?", "Because.", "How?"]
        )
        self.assertEqual([message.content for message in self.session.path()][-1], text)

    def test_a_refusal_stays_one(self):
        activities.add_message(self.session, "user", "Why?")
        refused = activities.add_message(self.session, "assistant", "")
        refused.refusal = "I cannot say."
        refused.save()
        activities.add_message(self.session, "user", "Please.")
        activities.chat_with_history(self.session)
        self.assertEqual(self.sent["messages"][2], {"role": "assistant", "refusal": "I cannot say."})

    def test_parameters_of_the_session_are_sent(self):
        session = activities.create_session(configuration=self.configuration, parameters={"temperature": 0.1})
        activities.add_message(session, "user", "Why?")
        activities.chat_with_history(session, model="words-2")
        self.assertEqual((self.sent["temperature"], self.sent["model"]), (0.1, "words-2"))

    def test_another_configuration_can_stand_in(self):
        session = activities.create_session()
        activities.add_message(session, "user", "Why?")
        with self.assertRaises(errors.NoConfiguration):
            activities.chat_with_history(session)
        self.assertEqual(activities.chat_with_history(session, self.configuration), ANSWER)

    def test_nothing_is_appended_when_it_fails(self):
        activities.add_message(self.session, "user", "Why?")
        with self.assertRaises(errors.NotFound):
            activities.chat_with_history(self.session, model="fault:404")
        self.assertEqual(len(self.session.path()), 1)

    def test_an_empty_session_has_nothing_to_send(self):
        with self.assertRaises(errors.InvalidParameter):
            activities.chat_with_history(activities.create_session(configuration=self.configuration))

    def test_a_role_that_nobody_knows_is_refused(self):
        with self.assertRaises(errors.InvalidParameter):
            activities.add_message(self.session, "wizard", "Abracadabra")

    def test_a_users_session_is_named_after_the_first_question(self):
        user = a_user()
        session = activities.create_session(user, self.configuration)
        activities.add_message(session, "user", "Why is the sky blue?")
        self.assertEqual((session.user, session.title), (user, "Why is the sky blue?"))


class WholeRequestTests(Case):
    def request(self, **fields):
        return chat_completions.Request(messages=[chat_completions.Message(role="user", content="Why?")], **fields)

    def test_gives_the_whole_answer(self):
        response = activities.call_chat_completions(self.configuration, self.request(model="words-3"))
        self.assertEqual(response.choices[0].message.content, ANSWER)
        self.assertEqual(response.choices[0].finish_reason, "stop")
        self.assertTrue(response.id and response.usage.total_tokens)

    def test_without_a_model_the_default_answers(self):
        activities.call_chat_completions(self.configuration, self.request(top_p=0.5))
        self.assertEqual((self.sent["model"], self.sent["top_p"]), ("words-3", 0.5))


class SyncTests(TransactionTestCase):
    """The sync twins in threads of their own, as in a program."""

    def test_many_threads_call_at_once(self):
        configuration = a_configuration(model_default_chat="sandbox-fast")

        def call():
            try:
                return activities.chat_without_history(configuration, "Why?")
            finally:
                connections.close_all()

        async def many():
            return await asyncio.gather(*(asyncio.to_thread(call) for _ in range(8)))

        self.assertTrue(all(asyncio.run(many())))
