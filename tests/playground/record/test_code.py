"""A recorded request as code: each snippet is run, and the server sees the same request again. Never a key."""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.test import TestCase, override_settings

from connector import activities
from connector.client import errors, multipart
from connector.client.multipart import File
from connector.models import ApiType, Call, Configuration
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
from playground.record import code
from playground.record.code import libraries
from playground.record.code.asked import MODULES
from tests.builders import CANARY_KEY, a_call, a_configuration
from tests.pictures import a_picture
from tests.sounds import a_wav
from tests.upstream import an_upstream
from tests.witness import Witness

ODD = "It's \"odd\" $HOME `id` \\ ü ✓ \u2028 😀\n@second line; rm -rf \\n ${x} </script> '''"
CAT, HAT, MASK = File("cat.png", a_picture()), File("a hat.png", a_picture(80, 60)), File("mask.png", a_picture())
WORD = File("word.wav", a_wav())
FILES = {file.name: file.content for file in (CAT, HAT, MASK, WORD)}
MESSAGES = [{"role": "user", "content": ODD}]

PYTHON = """
import json, sys, traceback
for number, text in enumerate(json.load(open("snippets.json"))):
    try:
        exec(compile(text, f"snippet {number}", "exec"), {"__name__": "__main__"})
    except BaseException:
        traceback.print_exc()
        sys.exit(f"snippet {number}:\\n{text}")
"""


@async_to_sync
async def all_of(pieces):
    async for _ in pieces:
        pass


def model_for(operation):
    return next(iter(SERVING[operation]))


CASES = {
    "chat": lambda one: activities.call_chat_completions(
        one, chat_completions.Request(messages=MESSAGES, temperature=0.5, logit_bias={"50256": -100})
    ),
    "chat with what the API does not have": lambda one: activities.call_chat_completions(
        one, chat_completions.Request(messages=MESSAGES, extra_body={"odd name": {"1": 1.0}, "top_k": 5})
    ),
    "chat, streamed": lambda one: all_of(activities.stream_without_history(one, ODD, "Be brief.", stop=["END"])),
    "responses": lambda one: activities.call_responses(one, responses.Request(input=ODD, instructions="Be brief.")),
    "responses, streamed": lambda one: all_of(activities.stream_response(one, ODD)),
    "completions": lambda one: activities.call_completions(one, completions.Request(prompt=ODD, max_tokens=5)),
    "embeddings": lambda one: activities.call_embeddings(
        one, embeddings.Request(input=[ODD, "b"], dimensions=8, encoding_format="float")
    ),
    "embeddings without a format": lambda one: activities.call_raw(
        one, "/embeddings", "POST", data={"model": model_for("embeddings"), "input": "a"}
    ),
    "moderations": lambda one: activities.call_moderations(
        one, moderations.Request(input=ODD, model=model_for("moderations"))
    ),
    "speech": lambda one: activities.call_speech(one, speech.Request(input="Hello.", voice="alloy", speed=1.5)),
    "transcription": lambda one: activities.call_transcriptions(
        one,
        transcriptions.Request(
            file=WORD, language="de", temperature=0.2, response_format="verbose_json", timestamp_granularities=["word"]
        ),
    ),
    "translation": lambda one: activities.call_translations(one, translations.Request(file=WORD, prompt=ODD)),
    "picture": lambda one: activities.call_image_generations(
        one, image_generations.Request(prompt=ODD, n=2, size="256x256")
    ),
    "edit": lambda one: activities.call_image_edits(
        one, image_edits.Request(prompt=ODD, image=[CAT, HAT], mask=MASK, n=1)
    ),
    "variation": lambda one: activities.call_image_variations(
        one, image_variations.Request(image=CAT, model=model_for("image_variations"))
    ),
    "models": lambda one: activities.list_models(one),
    "a model": lambda one: activities.get_model(one, "sandbox"),
    "raw": lambda one: activities.call_raw(
        one,
        "/chat/completions?trace=a%20b&trace=%24HOME",
        "POST",
        data=json.dumps({"model": "sandbox", "messages": MESSAGES}, indent=1),
        headers={"X-Trace": 'it\'s "one" $HOME', "Content-Type": "application/json"},
    ),
    "raw with a secret header": lambda one: activities.call_raw(one, "/models", headers={"X-Other-Token": "a-word"}),
    "raw form": lambda one: activities.call_raw(
        one,
        "/audio/transcriptions",
        "POST",
        form={
            "model": model_for("transcriptions"),
            "prompt": ODD,
            "response_format": "verbose_json",
            "timestamp_granularities": ["word", "segment"],
        },
        files={"file": WORD},
    ),
    "raw text": lambda one: activities.call_raw(
        one, "/chat/completions", "POST", data=ODD, headers={"Content-Type": "text/plain"}
    ),
    "raw, deleted": lambda one: activities.call_raw(one, "/files/abc", "DELETE"),
}
REFUSED = {
    "chat with what the API does not have",
    "raw text",
    "raw, deleted",
}  # by the sandbox; what is sent counts all the same


@override_settings(CONNECTOR_ALLOW_PRIVATE_HOSTS=True)
class Case(TestCase):
    def setUp(self):
        self.server = self.enterContext(an_upstream(Witness))
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name, content in FILES.items():
            (self.folder / name).write_bytes(content)
        self.configuration = self.a_configuration()
        self.configuration.set_key(CANARY_KEY)
        self.environment = os.environ | {
            "OPENAI_BASE_URL": f"{self.server.url}/v1",
            "OPENAI_API_KEY": CANARY_KEY,
            "AZURE_OPENAI_API_KEY": CANARY_KEY,
            "AZURE_OPENAI_ENDPOINT": self.server.url,
            "X_OTHER_TOKEN": "a-word",
            "NODE_NO_WARNINGS": "1",
        }

    def a_configuration(self, **fields):
        return a_configuration(
            **{
                "api_type": ApiType.OPENAI_COMPATIBLE,
                "endpoint": f"{self.server.url}/v1",
                **{f"model_default_{name}": model_for(operation) for operation, name in DEFAULTS.items()},
            }
            | fields
        )

    def recorded(self, case):
        """What a case sent, as the server saw it, and as code has it."""
        self.server.requests.clear()
        with contextlib.suppress(errors.ConnectorError):
            CASES[case](self.configuration)
        (seen,) = self.server.requests
        self.server.requests.clear()
        call = Call.objects.select_related("content").latest("pk")
        assert code.why_not(call.content) == ""
        return seen, code.of(call, call.content)

    def run_command(self, *command, text=None):
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, input=text, capture_output=True, text=True, timeout=200
        )
        return done.returncode, done.stdout + done.stderr

    def assert_same(self, case, again, first, *, to_the_byte=True, without=(), beside=(), breaks=b"\n"):
        with self.subTest(case):
            assert (again.method, again.target) == (first.method, first.target)
            for name in ("authorization", "api-key"):
                assert again.headers.get(name) == first.headers.get(name)
            told = {name: value for name, value in first.headers.items() if name.startswith("x-")}
            assert told.items() <= again.headers.items()
            if not first.body:
                assert not again.body
                return
            kind = first.headers["content-type"]
            if kind.startswith("multipart/"):
                assert parts(again) == parts(first, breaks)
                return
            assert again.headers["content-type"] == kind
            if to_the_byte:
                assert again.body == first.body
            else:
                expected = {name: value for name, value in first.json.items() if name not in without}
                assert {name: value for name, value in again.json.items() if name not in beside} == expected


def parts(seen, breaks=b"\n"):
    """Of a form, in any order: the type of a file is a library's own idea of it."""
    found = multipart.decode(seen.body, seen.headers["content-type"])
    return sorted(
        (part.name, part.filename or "", part.content if part.filename else part.content.replace(b"\n", breaks))
        for part in found
    )


class RunTests(Case):
    @pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
    def test_curl(self):
        for case in CASES:
            first, asked = self.recorded(case)
            _, said = self.run_command("sh", "-c", code.KINDS["curl"][1](asked))
            assert self.server.requests, (case, said)
            self.assert_same(case, self.server.requests[-1], first)
            if first.headers.get("content-type", "").startswith("multipart/"):
                again = multipart.decode(
                    self.server.requests[-1].body, self.server.requests[-1].headers["content-type"]
                )
                sent = multipart.decode(first.body, first.headers["content-type"])
                assert [part.media_type for part in again] == [part.media_type for part in sent]

    @pytest.mark.skipif(not shutil.which("node"), reason="needs node")
    def test_javascript(self):
        for case in CASES:
            first, asked = self.recorded(case)
            (self.folder / "snippet.mjs").write_text(code.KINDS["fetch"][1](asked))
            status, said = self.run_command("node", "snippet.mjs")
            assert status == 0, (case, said)
            # As browsers do, it writes line breaks in a form in its own way (WHATWG HTML, multipart form data).
            self.assert_same(case, self.server.requests[-1], first, breaks=b"\r\n")

    def test_python_with_httpx(self):
        self.run_python("httpx")

    def test_python_with_openai(self):
        self.run_python("openai", to_the_byte=False)

    def run_python(self, kind, **how):
        """All of them in one process: to import a library takes longer than to use it."""
        cases = [case for case in CASES if case not in REFUSED]
        recorded = [self.recorded(case) for case in cases]
        (self.folder / "snippets.json").write_text(json.dumps([code.KINDS[kind][1](asked) for _, asked in recorded]))
        status, said = self.run_command(sys.executable, "-c", PYTHON)
        assert status == 0, said[-4000:]
        assert len(self.server.requests) == len(cases)
        for case, again, (first, _) in zip(cases, self.server.requests, recorded, strict=True):
            self.assert_same(case, again, first, **how)

    def test_python_with_the_connector(self):
        here = Path.cwd()
        self.addCleanup(os.chdir, here)
        for case in CASES:
            first, asked = self.recorded(case)
            text = code.KINDS["connector"][1](asked)
            os.chdir(self.folder)
            with (
                unittest_environment(self.environment),
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.suppress(errors.ConnectorError),
            ):
                exec(compile(text, case, "exec"), {})  # noqa: S102  # the snippet under test
            os.chdir(here)
            streamed = "streamed" in case
            self.assert_same(
                case,
                self.server.requests[-1],
                first,
                to_the_byte=not streamed,
                without=("stream", "stream_options") if streamed else (),
            )


class AzureTests(Case):
    """Deployments in the path, the version in the query, a header of its own for the key."""

    def a_configuration(self, **fields):
        return super().a_configuration(
            api_type=ApiType.AZURE_OPENAI,
            endpoint=self.server.url,
            api_version="2024-10-21",
            deployment_name="sandbox",
            model_default_chat="",
        )

    def setUp(self):
        super().setUp()
        self.environment["OPENAI_BASE_URL"] = f"{self.server.url}/openai"

    def test_each_kind(self):
        first, asked = self.recorded("chat")
        assert first.target == "/openai/deployments/sandbox/chat/completions?api-version=2024-10-21"
        written = {kind: write(asked) for kind, (_, write) in code.KINDS.items()}
        (self.folder / "snippets.json").write_text(json.dumps([written["httpx"], written["openai"]]))
        (self.folder / "snippet.mjs").write_text(written["fetch"])
        for command in (
            ("sh", "-c", written["curl"]),
            ("node", "snippet.mjs"),
            (sys.executable, "-c", PYTHON),
        ):
            status, said = self.run_command(*command)
            assert status == 0, said
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(written["connector"], "connector", "exec"), {})  # noqa: S102  # the snippet under test
        curl, fetch, httpx, openai, connector = self.server.requests
        for kind, again in (("curl", curl), ("fetch", fetch), ("httpx", httpx), ("connector", connector)):
            self.assert_same(kind, again, first)
        # The library has to be told a model, and sends it along; Azure does not look at it.
        self.assert_same("openai", openai, first, to_the_byte=False, beside=("model",))


class WrittenTests(Case):
    def test_neither_a_key_nor_the_address_is_told(self):
        for case in CASES:
            _, asked = self.recorded(case)
            for kind, (_, write) in code.KINDS.items():
                with self.subTest(f"{case} as {kind}"):
                    text = write(asked)
                    assert "CANARY" not in text
                    assert "a-word" not in text
                    assert str(self.server.port) not in text
                    assert "127.0.0.1" not in text

    def test_an_address_that_everybody_knows_is_written(self):
        asked = code.Asked(
            operation="chat_completions",
            path="/chat/completions",
            text="{}",
            endpoint={"kind": "openai", "base": "https://api.openai.com/v1"},
        )
        for kind in ("curl", "httpx", "fetch"):
            assert "https://api.openai.com/v1" in code.KINDS[kind][1](asked)

    def test_what_is_laid_out_is_the_same_as_before(self):
        for text in ('{"a":1.0}', '{"2":1,"1":2}', '{"a":1e-7}', '{"a":12345678901234567890}', '{ "a": 1 }', '{"a":'):
            asked = code.Asked(operation="raw", path="/x", text=text, headers={"content-type": "application/json"})
            assert json.dumps(text) in code.KINDS["fetch"][1](asked)

    def test_a_long_body_does_not_have_to_be_one_word(self):
        body = json.dumps({"model": "sandbox", "messages": [{"role": "user", "content": "word " * 40_000}]})
        asked = code.Asked(
            operation="raw", path="/chat/completions", text=body, headers={"content-type": "application/json"}
        )
        (self.folder / "snippet.sh").write_text(code.KINDS["curl"][1](asked))
        status, said = self.run_command("sh", "snippet.sh")
        assert status == 0, said
        assert self.server.requests[-1].body == body.encode()

    def test_there_is_none_where_the_request_was_not_kept(self):
        assert code.why_not(None)
        call = a_call(None)
        assert code.why_not(call.content) == ""
        for fact in ({"cut": 5}, {"sha256": "0"}):
            call.content.request.update(fact)
            assert code.why_not(call.content)
            for name in fact:
                del call.content.request[name]

    def test_what_is_not_as_it_was_is_said(self):
        self.configuration.set_key("mein-geheimer-schluessel")
        activities.call_chat_completions(
            self.configuration,
            chat_completions.Request(messages=[{"role": "user", "content": "mein-geheimer-schluessel"}]),
        )
        call = Call.objects.select_related("content").latest("pk")
        for _, write in code.KINDS.values():
            text = write(code.of(call, call.content))
            assert text.startswith(("# What looked like a key", "// What looked like a key"))
            assert "geheimer" not in text

    def test_without_its_configuration_there_is_still_code(self):
        _, asked = self.recorded("chat")
        Configuration.objects.all().delete()
        call = Call.objects.select_related("content").latest("pk")
        assert code.of(call, call.content) == asked


class LibraryTests(TestCase):
    def test_the_library_knows_the_parameters_by_name(self):
        import inspect
        import operator

        import openai

        client = openai.OpenAI(api_key="none")
        for operation, verb in libraries.VERBS.items():
            theirs = set(inspect.signature(operator.attrgetter(verb)(client)).parameters)
            ours = set(MODULES[operation].Request.__struct_fields__) - libraries.UNKNOWN.get(operation, set())
            # Of responses the others are chat's names, which are not sent.
            assert ours - theirs <= {
                *("max_completion_tokens", "max_tokens", "reasoning_effort", "reasoning_summary"),
                *("response_format", "verbosity"),
            }, operation


@contextlib.contextmanager
def unittest_environment(environment):
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
