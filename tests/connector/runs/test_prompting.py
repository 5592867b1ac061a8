"""A prompt's work: each operation of text, tools whose results a person gives, files that go along; and its rows."""

import asyncio
import json

from django.test import TestCase, TransactionTestCase

from connector import runs
from connector.client import errors
from connector.client.multipart import File
from connector.models import ChatCompletionsSession, Run, prompting
from connector.models.prompting import Wish
from connector.runs import dialects, engine, threads
from tests import api
from tests.builders import a_configuration, a_user, an_openai, an_upload

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": {"place": {"type": "string"}},
            "required": ["place"],
            "additionalProperties": False,
        },
    },
}
NOTE = {"type": "custom", "custom": {"name": "note"}}
SCHEMA = {
    "type": "json_schema",
    "json_schema": {"name": "city", "strict": True, "schema": WEATHER["function"]["parameters"]},
}
MODELS = {"chat_completions": "sandbox-fast", "completions": "sandbox-completion", "responses": "sandbox-fast"}
ENDS = {
    "chat_completions": "done",
    "completions": "length",
    "responses": "done",
}  # 16 tokens, unless more are asked for
PATHS = {"chat_completions": "chat/completions", "completions": "completions", "responses": "responses"}


class Case(TransactionTestCase):
    def tearDown(self):
        asyncio.run(threads.close())

    def setUp(self):
        self.user, self.configuration = a_user(), a_configuration()

    def wish(self, operation="chat_completions", question="Why is the sky blue?", **more):
        given = {"model": MODELS[operation], "system_prompt": "Be brief."} | more
        return Wish(configuration=self.configuration, operation=operation, question=question, **given)

    async def done(self, make):
        """The run that `make` makes, at its end, and its answers."""
        run = await threads.read(make)
        async with asyncio.timeout(30), engine.running():
            runs.start(run)
            async for _ in runs.follow(run.pk):
                pass
        found = await Run.objects.select_related("configuration", "session").aget(pk=run.pk)
        return found, await threads.read(prompting.answers_of, found)

    async def ask(self, *args, **more):
        wish = self.wish(*args, **more)
        return await self.done(lambda: ChatCompletionsSession.objects.prompt(self.user, wish))

    async def give(self, run, *texts):
        """The results `texts` for the calls of the answer of `run`; what `done` returns."""
        answer = await threads.read(run.messages.select_related("session__user", "run__session").get)
        calls = prompting.calls_of(answer)
        results = {call["id"]: text for call, text in zip(calls, texts, strict=True)}
        return await self.done(lambda: answer.session.give_results(answer, results))

    async def body_of(self, run):
        return (await threads.read(prompting.prepare_run, run)).fitted.body


class AnswerTests(Case):
    async def test_every_operation_answers_with_all_that_is_known(self):
        for operation in MODELS:
            with self.subTest(operation):
                run, (answer,) = await self.ask(operation, parameters={"temperature": 0})
                self.assertEqual((run.kind, run.state, run.error), ("prompt", ENDS[operation], {}))
                self.assertTrue(answer.content)
                self.assertEqual(answer.finish_reason, {"done": "stop"}.get(run.state, run.state))
                self.assertEqual(run.answer["model"], MODELS[operation])
                self.assertTrue(run.answer["id"])
                self.assertFalse(run.usage_estimated)
                counts = run.usage
                self.assertEqual(counts["total_tokens"], counts["prompt_tokens"] + counts["completion_tokens"])
                self.assertLessEqual(run.first_token_ms, run.duration_ms)
                self.assertTrue(run.request_id)

    async def test_it_is_sent_as_it_was_written(self):
        _, (answer,) = await self.ask("chat_completions")
        self.assertIn("Why is the sky blue?", answer.content)
        self.assertIn("Be brief", answer.content)
        _, (answer,) = await self.ask("responses")
        self.assertIn("Why is the sky blue?", answer.content)
        self.assertIn("Be brief", answer.content)

    async def test_a_schema_is_kept_to(self):
        for operation in ("chat_completions", "responses"):
            with self.subTest(operation):
                _, (answer,) = await self.ask(operation, parameters={"response_format": SCHEMA})
                self.assertEqual(json.loads(answer.content), {"place": "sample place"})

    async def test_responses_tell_what_they_thought_and_how_they_ended(self):
        run, (answer,) = await self.ask(
            "responses", model="sandbox-reasoning", parameters={"reasoning_summary": "auto"}
        )
        self.assertIn("Looking at the request", answer.reasoning)
        self.assertGreater(run.usage["completion_tokens_details"]["reasoning_tokens"], 0)
        run, (answer,) = await self.ask("responses", parameters={"max_output_tokens": 16})
        self.assertEqual((run.state, answer.finish_reason), ("length", "length"))
        run, (answer,) = await self.ask("responses", model="sandbox-refusal")
        self.assertTrue(answer.refusal)

    async def test_errors_are_those_of_a_chat(self):
        for operation, model, state, code in (
            ("responses", "sandbox-cut", "interrupted", "cut"),
            ("responses", "sandbox-401", "failed", "key_refused"),
            ("completions", "sandbox-completion-cut", "interrupted", "cut"),
        ):
            with self.subTest(operation, model=model):
                run, _ = await self.ask(
                    operation, model=model, parameters={} if operation == "responses" else {"max_tokens": 99}
                )
                self.assertEqual((run.state, run.error["code"]), (state, code))

    async def test_the_best_of_several_does_not_stream(self):
        run, (answer,) = await self.ask("completions", parameters={"best_of": 2, "max_tokens": 20})
        self.assertEqual(run.state, "length")
        self.assertTrue(answer.content)

    async def test_a_system_prompt_alone_is_a_prompt(self):
        for operation in ("chat_completions", "responses"):
            run, _ = await self.ask(operation, "")
            self.assertEqual(run.state, "done")
            self.assertEqual(await threads.read(run.session.messages.count), 1)

    async def test_text_completions_say_that_the_system_prompt_was_not_sent(self):
        run, _ = await self.ask("completions")
        self.assertEqual([notice["param"] for notice in run.notices], ["system_prompt"])

    async def test_several_choices_and_a_stop(self):
        run, answers = await self.ask(parameters={"n": 2})
        self.assertEqual(len(answers), 2)
        run = await threads.read(
            ChatCompletionsSession.objects.prompt, self.user, self.wish("responses", "everything", model="sandbox")
        )
        async with asyncio.timeout(30), engine.running():
            runs.start(run)
            async for snapshot in runs.follow(run.pk):
                if any(snapshot.answers.values()):
                    await threads.read(runs.stop, run)
        self.assertEqual((await Run.objects.aget(pk=run.pk)).state, "stopped")


class ToolTests(Case):
    async def test_results_go_back_until_a_text_comes(self):
        for operation in ("chat_completions", "responses"):
            with self.subTest(operation):
                run, (answer,) = await self.ask(operation, model="sandbox-tools", parameters={"tools": [WEATHER, NOTE]})
                self.assertEqual(answer.finish_reason, "tool_calls")
                function, custom = prompting.calls_of(answer)
                self.assertEqual(
                    (function["name"], json.loads(function["given"])), ("get_weather", {"place": "sample place"})
                )
                self.assertEqual((custom["name"], custom["type"]), ("note", "custom"))
                self.assertTrue(custom["given"])
                second, (text,) = await self.give(run, "12 degrees", "noted")
                self.assertEqual((second.state, text.finish_reason), ("done", "stop"))
                self.assertIn("noted", text.content)
                body = await self.body_of(second)
                self.assertIn("12 degrees", json.dumps(body))
                self.assertEqual(api.request_errors("openai", PATHS[operation], body), [])

    async def test_thoughts_that_a_model_can_read_go_back_too(self):
        run, _ = await self.ask("responses", model="sandbox-tools", parameters={"tools": [WEATHER]})
        thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "abc"}
        await Run.objects.filter(pk=run.pk).aupdate(answer=run.answer | {dialects.KEPT_ITEMS: [thought]})
        second, _ = await self.give(run, "12 degrees", "13 degrees")
        self.assertEqual([item.get("type") for item in (await self.body_of(second))["input"]][:2], [None, "reasoning"])

    async def test_a_later_step_can_be_asked_again(self):
        run, _ = await self.ask(model="sandbox-tools", parameters={"tools": [WEATHER], "parallel_tool_calls": False})
        second, _ = await self.give(run, "12 degrees")
        third, _ = await self.done(lambda: ChatCompletionsSession.objects.prompt_again(second))
        self.assertEqual(third.state, "done")
        self.assertNotEqual(third.session_id, second.session_id)
        self.assertEqual(await self.body_of(third), await self.body_of(second))


class FileTests(Case):
    async def test_pictures_and_files_go_along_and_again(self):
        for operation in ("chat_completions", "responses"):
            with self.subTest(operation):
                picture = await threads.read(an_upload, self.user)
                run, (answer,) = await self.ask(operation, files=[picture])
                self.assertEqual((run.state, run.error), ("done", {}))
                self.assertIn("[a picture]", answer.content)
                body = await self.body_of(run)
                self.assertEqual(api.request_errors("openai", PATHS[operation], body), [])
                self.assertIn("data:image/png;base64,", json.dumps(body))
                self.assertNotIn("base64", json.dumps(run.request))
                again, _ = await self.done(lambda run=run: ChatCompletionsSession.objects.prompt_again(run))
                self.assertEqual(await self.body_of(again), body)

    async def test_a_file_that_is_gone_is_told(self):
        picture = await threads.read(an_upload, self.user)
        run, _ = await self.ask(files=[picture])
        await threads.read(picture.delete)
        again = ChatCompletionsSession.objects.prompt_again
        with self.assertRaisesRegex(errors.InvalidParameter, "gone"):
            await threads.read(again, run)


class RowTests(TestCase):
    def setUp(self):
        self.user, self.configuration = a_user(), a_configuration()

    def prompt(self, token="", **more):
        given = {"configuration": self.configuration, "model": "sandbox", "question": "Hi"} | more
        return ChatCompletionsSession.objects.prompt(self.user, Wish(**given), token)

    def refused(self, param, **more):
        with self.assertRaises(errors.InvalidParameter) as caught:
            self.prompt(**more)
        self.assertEqual(caught.exception.facts["param"], param)
        self.assertEqual((Run.objects.count(), ChatCompletionsSession.objects.count()), (0, 0))

    def test_everything_is_there_before_anything_is_sent(self):
        template = {"question": "{{greeting}}", "values": {"greeting": "Hi"}}
        run = self.prompt(system_prompt="Be brief.", parameters={"temperature": 0.5}, template=template)
        self.assertEqual((run.kind, run.state, run.operation), ("prompt", "queued", "chat_completions"))
        self.assertEqual((run.request, run.system_prompt), ({"model": "sandbox", "temperature": 0.5}, "Be brief."))
        session = ChatCompletionsSession.objects.prompts().get()
        self.assertEqual((session.title, session.template), ("Hi", template))
        self.assertEqual([message.role for message in session.path()], ["user", "assistant"])
        self.assertFalse(ChatCompletionsSession.objects.chats().exists())

    def test_a_token_is_good_for_one(self):
        self.assertEqual(self.prompt("t").pk, self.prompt("t").pk)
        self.assertEqual(Run.objects.count(), 1)

    def test_what_cannot_be_sent_makes_no_rows(self):
        self.refused("question", question=" ")
        self.refused("question", question="x" * 65_537)
        self.refused("system_prompt", system_prompt="x" * 65_537)
        self.refused("operation", operation="embeddings")
        self.refused("temperature", parameters={"temperature": 3})
        self.refused("files", operation="completions", model="sandbox-completion", files=[an_upload(self.user)])
        self.refused("files", files=[an_upload(a_user())])
        self.refused("files", files=[an_upload(self.user)] * 17)
        self.refused("question", operation="completions", model="sandbox-completion", question="", system_prompt="x")
        self.refused("response_format", parameters={"response_format": {**SCHEMA, "json_schema": {"name": "x y"}}})

    def test_more_than_there_is_room_for_does_not_go_along(self):
        picture = an_upload(self.user)
        picture.bytes = prompting.MOST_BYTES + 1
        self.refused("files", files=[picture])

    def test_whom_the_configuration_is_not_for_is_refused(self):
        self.configuration.open_to_everyone = False
        self.configuration.save()
        with self.assertRaises(errors.NoConfiguration):
            self.prompt()

    def test_prompts_and_chats_share_one_limit(self):
        with self.settings(CONNECTOR_SENDS_A_MINUTE=2, CONNECTOR_ANSWERS_AT_ONCE=0):
            self.prompt()
            self.prompt()
            with self.assertRaises(errors.LimitReached):
                self.prompt()

    def test_results_are_asked_for_whole_and_once(self):
        run = self.prompt()
        answer = run.messages.select_related("session__user", "run__session").get()
        with self.assertRaisesRegex(errors.InvalidParameter, "no tool"):
            answer.session.give_results(answer, {})
        answer.tool_calls = [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
        answer.save()
        with self.assertRaises(errors.StillAnswering):
            answer.session.give_results(answer, {"c1": "1"})
        Run.objects.update(state=Run.State.DONE)
        for given in ({}, {"c1": " "}, {"c2": "x"}, {"c1": "x" * 65_537}):
            with self.assertRaises(errors.InvalidParameter) as caught:
                answer.session.give_results(answer, given)
            self.assertEqual(caught.exception.facts["param"], "results[0]")
        second = answer.session.give_results(answer, {"c1": "1"}, "token")
        self.assertEqual(
            [message.role for message in answer.session.path()], ["user", "assistant", "tool", "assistant"]
        )
        self.assertEqual(answer.session.give_results(answer, {"c1": "1"}, "token").pk, second.pk)
        with self.assertRaisesRegex(errors.InvalidParameter, "already"):
            answer.session.give_results(answer, {"c1": "2"}, "another")


@api.documents_needed
class ConformanceTests(TestCase):
    """What is sent, against the official document."""

    def body(self, **more):
        given = {"configuration": an_openai(), "model": "gpt-6-luna", "question": "Hi", "system_prompt": "Be brief."}
        files = more.pop("parts", [])
        return prompting.prepare(Wish(**given | more), (), files).fitted.body

    def test_every_operation_and_part(self):
        parts = [
            File("cat.png", b"\x89PNG\r\n\x1a\n"),
            File("a.pdf", b"%PDF-1.7", "application/pdf"),
            File("a.txt", b"x", "text/plain"),
        ]
        for operation in ("chat_completions", "responses"):
            for more in ({}, {"parts": parts}, {"question": ""}, {"question": "", "parts": parts[:1]}):
                for parameters in (
                    {},
                    {"response_format": SCHEMA, "tools": [WEATHER, NOTE], "tool_choice": "required"},
                ):
                    with self.subTest(operation, more=list(more), parameters=list(parameters)):
                        body = self.body(operation=operation, parameters=parameters, **more)
                        self.assertEqual(api.request_errors("openai", PATHS[operation], body), [])
        body = self.body(operation="completions", model="gpt-3.5-turbo-instruct", parameters={"max_tokens": 5})
        self.assertEqual(api.request_errors("openai", "completions", body), [])
        self.assertEqual(body["prompt"], "Hi")
