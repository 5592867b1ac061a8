"""Every call from code leaves a record that equals what the server saw, and no key."""

import asyncio
import base64
import contextlib
import inspect
import json
import logging
import unittest.mock
from decimal import Decimal

from asgiref.sync import async_to_sync
from django.db import DatabaseError
from django.test import TestCase, override_settings

from connector import activities, testing
from connector.client import cleaning, errors
from connector.client.multipart import File
from connector.client.secret import Secret
from connector.models import (
    ApiType,
    Call,
    CallContent,
    Configuration,
    GeneratedImage,
    Price,
    UsageDay,
    record,
)
from connector.models.configuration import DEFAULTS
from connector.operations import (
    chat_completions,
    completions,
    embeddings,
    image_edits,
    image_generations,
    image_variations,
    moderations,
    responses,
    speech,
    transcriptions,
    translations,
)
from connector.sandbox.replies.models import SERVING
from tests.builders import CANARY_KEY, a_configuration, a_session, a_user
from tests.pictures import a_picture
from tests.sounds import a_wav
from tests.upstream import an_upstream

PICTURE = File("cat.png", a_picture())
SOUND = File("word.wav", a_wav())


class EveryActivityTests(TestCase):
    """No verb of the connector calls a provider without leaving a record."""

    def setUp(self):
        self.enterContext(testing.sandbox())
        self.configuration = a_configuration(
            **{f"model_default_{name}": next(iter(SERVING[operation])) for operation, name in DEFAULTS.items()}
        )

    def verbs(self):
        one, model = self.configuration, SERVING
        session = a_session(a_user(), configuration=one)
        session.add_message("user", "Why?")
        asked = {"messages": [{"role": "user", "content": "Why?"}]}
        return {
            "chat_without_history": lambda f: f(one, "Why?"),
            "chat_with_history": lambda f: f(session),
            "call_chat_completions": lambda f: f(one, chat_completions.Request(**asked)),
            "complete": lambda f: f(one, "Once"),
            "call_completions": lambda f: f(one, completions.Request(prompt="Once")),
            "embed": lambda f: f(one, "A text"),
            "call_embeddings": lambda f: f(one, embeddings.Request(input="A text")),
            "generate_image": lambda f: f(one, "A cat", GeneratedImage()),
            "edit_image": lambda f: f(one, "A hat", PICTURE, GeneratedImage()),
            "call_image_generations": lambda f: f(one, image_generations.Request(prompt="A cat")),
            "call_image_edits": lambda f: f(one, image_edits.Request(prompt="A hat", image=PICTURE)),
            "call_image_variations": lambda f: f(
                one, image_variations.Request(image=PICTURE, model=next(iter(model["image_variations"])))
            ),
            "list_models": lambda f: f(one),
            "refresh_models": lambda f: f(one),
            "get_model": lambda f: f(one, "sandbox"),
            "moderate": lambda f: f(one, "A text", model=next(iter(model["moderations"]))),
            "call_moderations": lambda f: f(
                one, moderations.Request(input="A text", model=next(iter(model["moderations"])))
            ),
            "call_raw": lambda f: f(one),
            "respond": lambda f: f(one, "Why?"),
            "call_responses": lambda f: f(one, responses.Request(input="Why?")),
            "speak": lambda f: f(one, "Hello."),
            "call_speech": lambda f: f(one, speech.Request(input="Hello.", voice="alloy")),
            "transcribe": lambda f: f(one, SOUND),
            "call_transcriptions": lambda f: f(one, transcriptions.Request(file=SOUND)),
            "translate": lambda f: f(one, SOUND),
            "call_translations": lambda f: f(one, translations.Request(file=SOUND)),
            "stream_without_history": lambda f: f(one, "Why?"),
            "stream_completion": lambda f: f(one, "Once"),
            "stream_response": lambda f: f(one, "Why?"),
            "stream_speech": lambda f: f(one, "Hello."),
            "stream_transcript": lambda f: f(one, SOUND),
        }

    def test_none_is_left_out(self):
        calls_nobody = {"add_message", "create_session", "on_behalf_of"}
        named = {name for name in activities.__all__ if not (name.startswith("a") and name[1:] in activities.__all__)}
        assert named - calls_nobody == set(self.verbs())

    def test_each_leaves_one(self):
        for name, call in self.verbs().items():
            with self.subTest(name):
                Call.objects.all().delete()
                verb = getattr(activities, name)
                if inspect.isasyncgenfunction(verb):
                    all_of(call(verb))
                else:
                    call(verb)
                (recorded,) = Call.objects.all()
                assert (recorded.state, recorded.status, recorded.source) == ("done", 200, "python"), recorded.error
                assert recorded.is_stream == name.startswith("stream_")
                assert recorded.content.request["headers"]["accept"]


@override_settings(CONNECTOR_ALLOW_PRIVATE_HOSTS=True)
class Case(TestCase):
    def setUp(self):
        self.upstream = self.enterContext(an_upstream())
        self.configuration = a_configuration(
            api_type=ApiType.OPENAI_COMPATIBLE, endpoint=f"{self.upstream.url}/v1", model_default_chat="words-3"
        )

    def set_key(self, key):
        self.configuration.set_key(key)

    def ask(self, model="", prompt="Why?", **parameters):
        with contextlib.suppress(errors.ConnectorError):
            activities.chat_without_history(self.configuration, prompt, model=model, **parameters)
        return Call.objects.select_related("content").latest("pk")

    async def read(self, model, most=100):
        pieces = activities.stream_without_history(self.configuration, "Why?", model=model)
        async with contextlib.aclosing(pieces):
            async for _ in pieces:
                most -= 1
                if not most:
                    break
        return await Call.objects.select_related("content").alatest("pk")


class EqualsTests(Case):
    def test_the_record_is_what_the_server_saw(self):
        self.set_key(CANARY_KEY)
        call = self.ask("words-3", "Wärum? ✓", temperature=0.5)
        (seen,) = self.upstream.requests
        assert (call.method, f"/v1{call.path}") == (seen.method, seen.target)
        request = call.content.request
        assert request["text"].encode() == seen.body
        assert request["size"] == len(seen.body)
        made_with = {"host", "content-length", "authorization"}
        assert request["headers"] == {name: value for name, value in seen.headers.items() if name not in made_with}
        assert (call.model, call.operation, call.configuration_name) == (
            "words-3",
            "chat_completions",
            self.configuration.display_name,
        )

    def test_the_answer_is_what_the_server_said(self):
        call = self.ask("words-3")
        answer = call.content.answer
        assert '"A lighthouse stands "' in answer["text"]
        assert answer["headers"]["x-request-id"] == call.request_id == "req_upstream"
        assert call.model_answered == "words-3"
        assert call.usage["completion_tokens"] == call.output_tokens == 3
        assert call.duration_ms >= call.first_byte_ms >= call.connected_ms

    async def test_a_stream_is_kept_event_by_event(self):
        call = await self.read("words-3")
        events = call.content.answer["text"]
        assert events.startswith("data: {")
        assert events.endswith("data: [DONE]\n\n")
        assert events.count("data: {") == 6
        assert (call.state, call.is_stream, call.output_tokens) == ("done", True, 3)
        assert call.first_byte_ms <= call.first_token_ms <= call.duration_ms

    def test_every_attempt_is_told(self):
        model = "fault:times-1-503"
        with nobody_waits():
            call = self.ask(model)
        assert (call.state, call.status, call.retries) == ("done", 200, 1)
        assert [attempt["status"] for attempt in call.attempts] == [503, 200]
        assert [answer["status"] for answer in call.content.answers] == [503, 200]
        assert "This is a 503" in call.content.answers[0]["text"]
        assert call.attempts[1]["started_ms"] >= call.attempts[0]["duration_ms"]

    def test_a_raw_request_that_is_sent_again_is_one_call(self):
        activities.call_raw(
            self.configuration,
            "/v1/chat/completions?trace=1",
            "POST",
            data={"model": "fault:times-2-500", "messages": []},
            headers={"X-Trace": "a-b"},
            max_retries=2,
        )
        (call,) = Call.objects.all()
        assert [attempt["number"] for attempt in call.attempts] == [1, 2, 3]
        assert (call.operation, call.path, call.model) == ("raw", "/chat/completions?trace=1", "fault:times-2-500")
        assert call.content.request["headers"]["x-trace"] == "a-b"

    def test_a_form_is_kept_without_its_files(self):
        with contextlib.suppress(errors.ConnectorError):
            activities.transcribe(self.configuration, SOUND, model="words-3", language="de")
        call = Call.objects.get()
        form = {part["name"]: part for part in call.content.request["form"]}
        assert form["language"] == {"name": "language", "value": "de"}
        assert (form["file"]["filename"], form["file"]["media_type"]) == ("word.wav", "audio/wav")
        assert form["file"]["size"] == len(SOUND.content)
        assert form["file"]["sha256"]
        assert (call.model, call.content.request["size"]) == ("words-3", len(self.upstream.requests[0].body))

    def test_pictures_and_sounds_in_answers_are_measured(self):
        picture = a_picture(300, 300) + bytes(30_000)
        with testing.recorded(self.configuration, [{"data": [{"b64_json": as_text(picture)}]}, b"ID3" + bytes(999)]):
            request = image_generations.Request(prompt="A cat", model="m")
            assert activities.call_image_generations(self.configuration, request).data[0].content == picture
            activities.speak(self.configuration, "Hello.", model="m")
        drawn, spoken = Call.objects.order_by("pk")
        assert f"…[image/png, {len(picture)} bytes, sha256 " in drawn.content.answer["text"]
        assert drawn.content.answer["files"] == 1
        assert spoken.content.answer["media_type"] == "audio/mpeg"
        assert (spoken.content.answer["size"], "text" in spoken.content.answer) == (1002, False)


class WentWrongTests(Case):
    def test_a_refusal(self):
        call = self.ask("fault:401")
        assert (call.state, call.status, call.error_code) == ("failed", 401, errors.KeyRefused.code)
        assert "This is a 401" in call.content.answer["text"]

    def test_a_connection_that_could_not_be_made(self):
        self.configuration.endpoint = "http://127.0.0.1:9/v1"
        self.configuration.save()
        with nobody_waits():
            call = self.ask()
        assert (call.state, call.status, call.error_code) == ("failed", 0, errors.ConnectionRefused.code)
        assert call.content.answers == [{"status": 0, "headers": {}, "size": 0}] * len(call.attempts)

    def test_an_answer_that_is_none(self):
        call = self.ask("fault:null")
        assert (call.state, call.status, call.error_code) == ("failed", 200, errors.BadAnswer.code)

    async def test_one_that_broke_off(self):
        with contextlib.suppress(errors.ConnectorError):
            await self.read("fault:cut-2")
        call = await Call.objects.select_related("content").aget()
        assert (call.state, call.error_code) == ("interrupted", errors.CutOff.code)
        assert "lighthouse" in call.content.answer["text"]

    async def test_a_reader_who_leaves(self):
        call = await self.read("paced-20-200", most=2)
        assert (call.state, call.error_code) == ("stopped", "stopped")
        assert "A " in call.content.answer["text"]

    async def test_one_that_is_cancelled_while_it_waits_for_an_answer(self):
        asking = asyncio.create_task(activities.achat_without_history(self.configuration, "Why?", model="fault:hang"))
        assert await asyncio.to_thread(self.upstream.wait, lambda: self.upstream.requests)
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking
        async with asyncio.timeout(10):
            while not await Call.objects.aexists():  # noqa: ASYNC110  # nobody tells when a shielded task is done
                await asyncio.sleep(0.01)
        call = await Call.objects.aget()
        assert (call.state, call.status) == ("stopped", 0)

    def test_what_was_never_sent_leaves_none(self):
        for prompt, model in (("", "words-3"), ("Why?", "x" * 10_000)):
            with contextlib.suppress(errors.ConnectorError):
                activities.chat_without_history(self.configuration, prompt, model=model, temperature="hot")
        assert not Call.objects.exists()

    def test_an_answer_is_not_lost_because_it_cannot_be_noted_down(self):
        with (
            unittest.mock.patch.object(record, "write", side_effect=DatabaseError("disk full")),
            self.assertLogs("connector.models.record", logging.ERROR),
        ):
            assert activities.chat_without_history(self.configuration, "Why?", model="words-1") == "A "


class NoKeyTests(Case):
    def test_a_key_is_nowhere_in_it(self):
        self.set_key(CANARY_KEY)
        self.ask("fault:key-echo", f"My key is {CANARY_KEY}, and «\\» \\n.", user=CANARY_KEY)
        activities.call_raw(
            self.configuration,
            f"/v1/models/fault:json?key={CANARY_KEY}",
            headers={"X-Other-Token": "a-word", "X-Note": CANARY_KEY},
        )
        for call in Call.objects.all():
            everything = repr([vars(call), call.content.request, call.content.answers])
            assert CANARY_KEY not in everything
            assert "a-word" not in everything
            assert "CANARY" not in everything
        assert Call.objects.latest("pk").content.request["headers"]["x-note"].endswith("…[hidden]")

    def test_json_stays_json_without_it(self):
        self.set_key("mein-geheimer-schluessel-77")
        call = self.ask("words-1", 'Say "x-api-key: abcdefgh\\n" and mein-geheimer-schluessel-77 please')
        request = call.content.request
        assert request["masked"] is True
        told = json.loads(request["text"])["messages"][0]["content"]
        assert told.startswith('Say "x-api-key: …[hidden]')
        assert told.endswith("…[hidden] please")

    def test_one_that_was_escaped_is_found(self):
        self.set_key("key/with/slashes-0123")
        escaped = b'{"choices": [{"message": {"content": "key\\/with\\/slashes\\u002d0123"}}], "usage": null}'
        secret = Secret("key/with/slashes-0123")
        assert cleaning.text(escaped.decode()) == ('{"choices":[{"message":{"content":"…[hidden]"}}],"usage":null}')
        del secret


class RetentionTests(Case):
    def test_metadata_only(self):
        self.configuration.record_calls = Configuration.Record.METADATA
        activities.chat_without_history(self.configuration, "Why?")
        assert Call.objects.get().output_tokens == 3
        assert not CallContent.objects.exists()

    def test_off(self):
        self.configuration.record_calls = Configuration.Record.OFF
        activities.chat_without_history(self.configuration, "Why?")
        assert not Call.objects.exists()

    def test_the_settings_decide_where_the_configuration_does_not(self):
        for kept, calls, contents in (("all", 1, 1), ("metadata", 2, 1), ("off", 2, 1)):
            with override_settings(CONNECTOR_RECORD_CALLS=kept):
                activities.chat_without_history(self.configuration, "Why?")
            assert (Call.objects.count(), CallContent.objects.count()) == (calls, contents)


class CountedTests(Case):
    def test_each_call_is_priced_and_counted_on_its_day(self):
        Price.objects.create(model="words-3", kind="input", amount=Decimal(2), valid_from="2020-01-01")
        Price.objects.create(model="words-3", kind="output", amount=Decimal(10), valid_from="2020-01-01")
        with activities.on_behalf_of(a_user()):
            call = self.ask("words-3")
        assert call.cost == Decimal("0.00004")  # 5 tokens at 2 dollars a million, and 3 at 10
        (day,) = UsageDay.objects.for_user(call.user)
        assert (day.calls, day.errors, day.input_tokens, day.output_tokens) == (1, 0, 5, 3)
        assert day.nanodollars == 40_000

    def test_one_that_is_not_kept_counts_all_the_same(self):
        self.configuration.record_calls = Configuration.Record.OFF
        activities.chat_without_history(self.configuration, "Why?")
        assert [day.calls for day in UsageDay.objects.of_everybody()] == [1]

    def test_one_that_failed_counts_as_an_error(self):
        assert self.ask("fault:401").cost == 0
        assert [day.errors for day in UsageDay.objects.of_everybody()] == [1]


class WhoTests(Case):
    def test_code_may_ask_for_somebody(self):
        user = a_user()
        with activities.on_behalf_of(user):
            activities.chat_without_history(self.configuration, "Why?")
        activities.chat_without_history(self.configuration, "Why?")
        assert [call.user for call in Call.objects.order_by("pk")] == [user, None]

    def test_a_session_is_somebodys(self):
        session = a_session(a_user(), configuration=self.configuration, model="words-1")
        session.add_message("user", "Why?")
        activities.chat_with_history(session)
        assert Call.objects.get().user == session.user


@contextlib.contextmanager
def nobody_waits():
    """Nobody waits between attempts."""
    with unittest.mock.patch("connector.client.retry.backoff", return_value=0.0):
        yield


@async_to_sync
async def all_of(pieces):
    async for _ in pieces:
        pass


def as_text(content):
    return base64.b64encode(content).decode()
