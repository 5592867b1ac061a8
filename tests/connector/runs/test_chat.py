import asyncio
import time
from decimal import Decimal

from django.test import TestCase, TransactionTestCase, override_settings

from connector import runs, testing
from connector.client import errors
from connector.client.limits import Limits
from connector.models import ApiType, Call, ChatCompletionsMessage, DeployedModel, Run, UsageDay
from connector.operations import chat_completions
from connector.runs import engine, live, threads
from connector.runs.live import Growing
from connector.runs.patience import Patience
from tests.builders import a_configuration, a_session, a_user, an_openai
from tests.upstream import an_upstream


class Case(TransactionTestCase):
    def tearDown(self):
        asyncio.run(threads.close())

    def setUp(self):
        self.session = a_session(a_user(), configuration=a_configuration(), system_prompt="Be brief.")

    def asked(self, model="", **parameters):
        self.session.model, self.session.parameters = model, parameters
        self.session.save()
        return self.session.ask("Why is the sky blue?")

    async def finished(self, run, seconds=10):
        """The run and its answers at its end, and what a reader saw."""
        seen = []
        async with asyncio.timeout(seconds), engine.running():
            runs.start(run)
            async for snapshot in runs.follow(run.pk):
                seen.append(snapshot)
        run = await Run.objects.select_related("configuration").aget(pk=run.pk)
        answers = [answer async for answer in ChatCompletionsMessage.objects.filter(run=run)]
        return run, answers, seen

    async def ask(self, model="", seconds=10, **parameters):
        run = await threads.read(lambda: self.asked(model, **parameters))
        return await self.finished(run, seconds)


class SandboxTests(Case):
    """Every state, as the sandbox's models bring it about."""

    async def test_an_answer_is_kept_with_all_that_is_known_of_it(self):
        run, (answer,), seen = await self.ask("sandbox-fast")
        self.assertEqual((run.state, answer.finish_reason, run.error), ("done", "stop", {}))
        self.assertIn("Why is the sky blue?", answer.content)
        self.assertEqual(run.answer["model"], "sandbox-fast")
        self.assertFalse(run.usage_estimated)
        self.assertEqual(run.cost, 0)
        self.assertEqual(run.usage["total_tokens"], run.usage["prompt_tokens"] + run.usage["completion_tokens"])
        self.assertTrue(run.request_id)
        self.assertLessEqual(run.first_token_ms, run.duration_ms)
        self.assertEqual(seen[-1].answers[answer.pk].content, answer.content)

    async def test_every_choice_is_an_answer(self):
        run, answers, _ = await self.ask("sandbox-fast", n=3)
        self.assertEqual((run.state, len(answers)), ("done", 3))
        self.assertTrue(all(answer.content and answer.finish_reason for answer in answers))

    async def test_a_limit_of_tokens_is_length(self):
        run, (answer,), _ = await self.ask("sandbox-fast", max_completion_tokens=5)
        self.assertEqual((run.state, answer.finish_reason), ("length", "length"))

    async def test_a_cut_is_interrupted_and_the_usage_estimated(self):
        run, (answer,), seen = await self.ask("sandbox-cut")
        self.assertEqual((run.state, run.error["code"]), ("interrupted", "cut"))
        self.assertTrue(answer.content)
        self.assertTrue(run.usage_estimated)
        self.assertGreater(run.usage["completion_tokens"], 0)
        self.assertEqual(seen[-1].error, run.error)

    async def test_what_breaks_off_midway_is_interrupted(self):
        for model, code in (("sandbox-error-midway", "failed_midway"), ("sandbox-badjson", "bad_json")):
            with self.subTest(model):
                run, (answer,), _ = await self.ask(model)
                self.assertEqual((run.state, run.error["code"]), ("interrupted", code))
                self.assertTrue(answer.content)

    async def test_a_refused_key_is_told_to_administrators(self):
        run, (answer,), _ = await self.ask("sandbox-401")
        self.assertEqual((run.state, run.error["code"], answer.content), ("failed", "key_refused", ""))
        self.assertIsNotNone(run.configuration.key_refused_at)
        self.assertEqual((run.usage, run.usage_estimated), ({}, False))
        self.assertEqual(run.request_id, run.error["details"]["request_id"])

    async def test_filters_are_filtered_before_and_after(self):
        run, _, _ = await self.ask("sandbox-filter")
        self.assertEqual((run.state, run.error["code"]), ("filtered", "content_filter"))
        run, (answer,), _ = await self.ask("sandbox-filtered")
        self.assertEqual((run.state, run.error["code"]), ("filtered", "content_filter"))
        self.assertEqual(answer.finish_reason, "content_filter")

    async def test_what_the_provider_refuses_is_failed(self):
        for model, code in (
            ("sandbox-403", "forbidden"),
            ("sandbox-404", "not_found"),
            ("sandbox-quota", "quota"),
            ("sandbox-context", "context_length_exceeded"),
            ("sandbox-429-long", "rate_limit"),
            ("sandbox-html", "not_json"),
            ("sandbox-redirect", "redirect"),
        ):
            with self.subTest(model):
                run, (answer,), _ = await self.ask(model)
                self.assertEqual((run.state, run.error["code"], answer.content), ("failed", code, ""))

    @override_settings(CONNECTOR_SENDS_A_MINUTE=0)
    async def test_what_ends_well_is_done(self):
        for model in ("sandbox-empty", "sandbox-refusal", "sandbox-tools"):
            with self.subTest(model):
                run, (answer,), _ = await self.ask(model)
                self.assertEqual(run.state, "done", run.error)
                self.assertEqual(bool(answer.refusal), model == "sandbox-refusal")
                self.assertEqual(bool(answer.tool_calls), model == "sandbox-tools")

    async def test_a_busy_provider_is_waited_for_and_the_reader_told(self):
        run, _, seen = await self.ask("sandbox-429")
        waits = [snapshot.waiting for snapshot in seen if snapshot.waiting]
        self.assertEqual((run.state, run.retries), ("done", 1))
        self.assertEqual((waits[0].attempt, round(waits[0].seconds)), (2, 2))
        self.assertLess(waits[-1].seconds, waits[0].seconds)
        self.assertIsNone(seen[-1].waiting)

    async def test_a_continuation_goes_on_in_a_sibling(self):
        run, (part,), _ = await self.ask("sandbox-cut")
        await threads.read(lambda: setattr(self.session, "model", "sandbox-fast"))
        again = await threads.read(self.session.continue_, part)
        run, (answer,), seen = await self.finished(again)
        self.assertEqual(run.state, "done")
        self.assertTrue(answer.content.startswith(part.content))
        self.assertGreater(len(answer.content), len(part.content))
        self.assertEqual(answer.parent_id, part.parent_id)
        self.assertTrue(seen[-1].answers[answer.pk].content.startswith(part.content))

    async def test_a_configuration_switched_off_meanwhile_is_not_asked(self):
        run = await threads.read(self.asked)
        await threads.write(lambda: type(run.configuration).objects.update(enabled=False))
        run, _, _ = await self.finished(await Run.objects.aget(pk=run.pk))
        self.assertEqual((run.state, run.error["code"]), ("failed", "no_configuration"))


CUT = testing.Answer(
    200,
    b'data: {"choices": [{"index": 0, "delta": {"content": "Light is blue."}}]}\n\n',
    {"content-type": "text/event-stream"},
)


class CostTests(Case):
    """What a run cost is saved with its end."""

    async def ask_openai(self, model, *answers):
        self.session.configuration = await threads.read(an_openai, "sk-test")
        with testing.recorded(self.session.configuration, answers):
            return (await self.ask(model))[0]

    async def test_an_answer_is_priced(self):
        answer = chat_completions.Response(
            model="gpt-6-luna-2026-09-22",
            choices=[chat_completions.Choice(message=chat_completions.ChoiceMessage(content="Light."))],
            usage=chat_completions.Usage(prompt_tokens=1000, completion_tokens=200, total_tokens=1200),
        )
        run = await self.ask_openai("gpt-6-luna", answer)
        self.assertEqual((run.state, run.cost), ("done", Decimal("0.0002")))
        call = await Call.objects.aget(run=run)
        self.assertEqual(call.cost, run.cost)
        for rows in (UsageDay.objects.of_everybody(), UsageDay.objects.for_user(self.session.user)):
            day = await rows.aget()
            self.assertEqual((day.calls, day.nanodollars, day.input_tokens), (1, 200_000, 1000))

    async def test_what_broke_off_is_estimated_for_the_run_its_call_and_its_day_alike(self):
        run = await self.ask_openai("gpt-6-luna", CUT)
        self.assertEqual((run.state, run.usage_estimated), ("interrupted", True))
        self.assertGreater(run.cost, 0)
        call = await Call.objects.aget(run=run)
        self.assertEqual((call.cost, call.output_tokens), (run.cost, run.usage["completion_tokens"]))
        self.assertEqual(call.usage, run.usage | {"estimated": True})
        day = await UsageDay.objects.of_everybody().aget()
        self.assertEqual((day.nanodollars, day.unpriced, day.errors), (run.cost * 10**9, 0, 1))

    async def test_what_nobody_knows_is_unpriced(self):
        run = await self.ask_openai("our-own", "Light.")
        self.assertEqual((run.state, run.cost), ("done", None))

    async def test_what_was_refused_costs_nothing(self):
        run = await self.ask_openai("gpt-6-luna", errors.KeyRefused())
        self.assertEqual((run.state, run.cost), ("failed", 0))

    async def test_a_mistake_in_the_prices_does_not_keep_an_answer_from_being_saved(self):
        def broken():
            DeployedModel.objects.create(
                configuration=self.session.configuration, name="gpt-6-luna", overrides={"price": {"input": "cheap"}}
            )

        self.session.configuration = await threads.read(an_openai, "sk-test")
        await threads.read(broken)
        with testing.recorded(self.session.configuration, ["Light."]), self.assertLogs("connector", "ERROR"):
            run, (answer,), _ = await self.ask("gpt-6-luna")
        self.assertEqual((run.state, run.cost, answer.content), ("done", None, "Light."))


@override_settings(CONNECTOR_ALLOW_PRIVATE_HOSTS=True)
class NetworkTests(Case):
    """Against a provider on loopback."""

    def setUp(self):
        self.upstream = self.enterContext(an_upstream())
        self.session = a_session(
            a_user(),
            configuration=a_configuration(api_type=ApiType.OPENAI_COMPATIBLE, endpoint=f"{self.upstream.url}/v1"),
        )

    async def test_only_what_was_set_is_sent(self):
        await self.ask("words-2", temperature=0.3, seed="")
        (seen,) = self.upstream.requests
        self.assertEqual(
            seen.json,
            {
                "model": "words-2",
                "messages": [{"role": "user", "content": "Why is the sky blue?"}],
                "temperature": 0.3,
                "stream": True,
                "stream_options": {"include_usage": True},
            },
        )

    async def test_stop_closes_the_connection_to_the_provider(self):
        run = await threads.read(lambda: self.asked("paced-50-1000"))
        async with engine.running():
            runs.start(run)
            async for snapshot in runs.follow(run.pk):
                if any(snapshot.answers.values()):
                    break
            began = time.monotonic()
            await engine.astop(run)
            *_, last = [snapshot async for snapshot in runs.follow(run.pk)]
            took = time.monotonic() - began
            (connection,) = self.upstream.connections
            await asyncio.to_thread(self.upstream.wait, lambda: connection.closed)
        self.assertLess(took, 5)  # and not the 20 s of the answer
        self.assertLess(connection.closed - began, 5)
        self.assertEqual(last.state, "stopped")
        run = await Run.objects.aget(pk=run.pk)
        self.assertTrue(run.usage_estimated and run.usage["completion_tokens"])

    async def test_stop_before_the_first_byte(self):
        run = await threads.read(lambda: self.asked("fault:hang"))
        async with engine.running():
            runs.start(run)
            await asyncio.to_thread(self.upstream.wait, lambda: self.upstream.requests)
            began = time.monotonic()
            await engine.astop(run)
            *_, last = [snapshot async for snapshot in runs.follow(run.pk)]
        self.assertEqual(last.state, "stopped")
        self.assertLess(time.monotonic() - began, 5)

    async def test_a_whole_answer_to_a_request_for_a_stream_is_taken(self):
        run, (answer,), _ = await self.ask("fault:json")
        self.assertEqual(run.state, "done")
        self.assertTrue(answer.content)

    async def test_nothing_listens(self):
        self.upstream.stop()
        run, _, _ = await self.ask("words-2")
        self.assertEqual((run.state, run.error["code"]), ("failed", "refused"))
        self.assertFalse(run.usage_estimated)


class PatienceTests(Case):
    async def test_a_countdown_begins_when_nothing_comes(self):
        run = live.LiveRun(1, "chat")
        patience = Patience(run, Limits(first_byte=10.1), count_down_after=0.1)
        patience.begin()
        self.assertIsNone(run.snapshot().waiting)
        await asyncio.sleep(0.2)
        waiting = run.snapshot().waiting
        self.assertEqual(waiting.reason, "first_byte")
        self.assertAlmostEqual(waiting.seconds, 10.0, delta=0.2)
        patience.end()
        self.assertIsNone(run.snapshot().waiting)


class GrowingTests(TestCase):
    def test_pieces_are_joined_in_their_fields(self):
        growing = Growing(1, "Because ")
        for piece, field in (("the", "content"), ("Hm", "reasoning"), (" sky", "content"), ("m.", "reasoning")):
            growing.write(piece, field)
        self.assertEqual((growing.text.content, growing.text.reasoning), ("Because the sky", "Hmm."))
        self.assertIs(growing.text, growing.text)
