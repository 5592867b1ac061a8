"""The archive: valid by the specification, equal to what the server saw, an entry for each attempt, and no key."""

import contextlib
import datetime
import json
import unittest.mock
from pathlib import Path

import jsonschema_rs
from django.test import TestCase, override_settings

from connector import activities
from connector.client import errors
from connector.client.multipart import File
from connector.models import ApiType, Call, Configuration
from playground.record import har
from tests.builders import CANARY_KEY, a_call, a_configuration, an_openai
from tests.sounds import a_wav
from tests.upstream import an_upstream

SCHEMA = json.loads((Path(__file__).parent / "har-1.2.schema.json").read_text())
VALIDATOR = jsonschema_rs.validator_for(SCHEMA, validate_formats=True)


def archived(*calls):
    """The entries, from a file that is valid."""
    text = har.written([(call, getattr(call, "content", None)) for call in calls])
    archive = json.loads(text)
    VALIDATOR.validate(archive)
    assert CANARY_KEY not in text
    return archive["log"]["entries"]


@override_settings(CONNECTOR_ALLOW_PRIVATE_HOSTS=True)
class HarTests(TestCase):
    def setUp(self):
        self.upstream = self.enterContext(an_upstream())
        self.enterContext(unittest.mock.patch("connector.client.retry.backoff", return_value=0.0))
        self.configuration = a_configuration(
            api_type=ApiType.OPENAI_COMPATIBLE, endpoint=f"{self.upstream.url}/v1", model_default_chat="words-3"
        )
        self.configuration.set_key(CANARY_KEY)

    def asked(self, verb, *arguments, **more):
        with contextlib.suppress(errors.ConnectorError):
            verb(self.configuration, *arguments, **more)
        return Call.objects.select_related("content").latest("pk")

    def test_an_entry_is_what_the_server_saw_and_said(self):
        call = self.asked(activities.chat_without_history, "Wärum?", temperature=0.5)
        (entry,), (seen,) = archived(call), self.upstream.requests
        request, response = entry["request"], entry["response"]
        assert (request["method"], request["url"]) == (seen.method, f"{har.NOWHERE}/chat/completions")
        assert request["postData"]["text"].encode() == seen.body
        assert request["bodySize"] == len(seen.body)
        sent = {pair["name"]: pair["value"] for pair in request["headers"]}
        assert sent == {name: seen.headers[name] for name in seen.headers if name in sent}
        assert {"authorization", "api-key"}.isdisjoint(sent)
        assert (response["status"], response["statusText"]) == (200, "OK")
        assert json.loads(response["content"]["text"])["choices"]
        assert len(response["content"]["text"]) == response["content"]["size"] == response["bodySize"]

    def test_each_attempt_has_an_entry(self):
        call = self.asked(activities.chat_without_history, "Why?", model="fault:times-2-503")
        entries = archived(call)
        assert [entry["response"]["status"] for entry in entries] == [503, 503, 200]
        assert "attempt 2 of 3; ended with" in entries[1]["comment"]
        begun = [datetime.datetime.fromisoformat(entry["startedDateTime"]) for entry in entries]
        assert begun == sorted(begun)

    def test_the_times_are_parts_of_the_whole(self):
        self.asked(activities.chat_without_history, "Why?", model="fault:slow-0.2")
        (entry,) = archived(self.asked(activities.chat_without_history, "Why?", model="fault:slow-0.2"))
        timings = {name: value for name, value in entry["timings"].items() if value >= 0}
        assert entry["time"] == sum(timings.values()) >= 200
        assert timings["wait"] >= 190

    def test_one_that_nobody_answered(self):
        self.configuration.remove_key()
        self.configuration.endpoint = "http://127.0.0.1:9/v1"
        for entry in archived(self.asked(activities.chat_without_history, "Why?")):
            assert (entry["response"]["status"], entry["response"]["content"]["size"]) == (0, 0)

    def test_a_form_its_files_and_a_query(self):
        call = self.asked(
            activities.call_raw,
            "/audio/transcriptions?a=1&a=%26",
            "POST",
            form={"model": "words-3", "include": ["a", "b"]},
            files={"file": File("word.wav", a_wav())},
        )
        (entry,) = archived(call)
        assert entry["request"]["queryString"] == [{"name": "a", "value": "1"}, {"name": "a", "value": "&"}]
        params = entry["request"]["postData"]["params"]
        assert [param["name"] for param in params] == ["model", "include[]", "include[]", "file"]
        assert (params[3]["fileName"], params[3]["contentType"]) == ("word.wav", "audio/wav")
        assert "sha256" in params[3]["comment"]

    def test_streams_faults_and_answers_that_are_no_text(self):
        calls = [
            self.asked(activities.call_raw, "/chat/completions", "POST", data={"model": name, "stream": True})
            for name in ("words-3", "fault:key-echo", "fault:page", "fault:garbage", "fault:empty", "fault:gzip")
        ]
        calls.append(self.asked(activities.call_raw, "/files", "POST", data=bytes(range(256)), response_type="text"))
        entries = archived(*calls)
        assert entries[0]["response"]["content"]["mimeType"] == "text/event-stream"
        assert "no text; sha256" in entries[-1]["request"]["postData"]["comment"]

    def test_without_content_there_are_still_the_times(self):
        self.configuration.record_calls = Configuration.Record.METADATA
        (entry,) = archived(self.asked(activities.chat_without_history, "Why?"))
        assert entry["response"]["status"] == 200
        assert "not kept" in entry["comment"]

    def test_an_address_that_everybody_knows_is_told(self):
        call = a_call(None, configuration=an_openai())
        call.content.request["endpoint"] = {"kind": "openai", "base": "https://api.openai.com/v1"}
        (entry,) = archived(call)
        assert entry["request"]["url"] == "https://api.openai.com/v1/chat/completions"

    def test_none_is_an_archive_too(self):
        assert archived() == []
