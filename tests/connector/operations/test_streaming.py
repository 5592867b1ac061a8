"""Events → chunks, from servers of every kind. No network: a stream here is a list of events and how it ends."""

import asyncio
import json
import time
from unittest import TestCase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.client import errors
from connector.client.sse import Event
from connector.operations import chat_completions

relaxed = settings(deadline=None)  # a busy machine is no failure


class Played:
    """A stream that plays `datas`; without `[DONE]` it is cut, unless its reader saw a proper end."""

    request_id, retries = "req_1", 2

    def __init__(self, *datas, done=False, error=None):
        self.events = [data if isinstance(data, Event) else Event(data=as_text(data)) for data in datas]
        self.done, self.error, self.ended_well = done, error, False

    def finished(self):
        self.ended_well = True

    async def __aiter__(self):
        for event in self.events:
            yield event
        if self.error:
            raise self.error
        if not (self.done or self.ended_well):
            raise errors.CutOff()


def as_text(data):
    return data if isinstance(data, str) else json.dumps(data)


def piece(content=None, *, index=0, finish=None, **delta):
    choice = {"index": index, "delta": delta | ({} if content is None else {"content": content})}
    return {"id": "c", "choices": [choice | ({"finish_reason": finish} if finish else {})]}


def chunk_of(event):
    return chat_completions.Chunks(Played()).chunk(event)


def read(*datas, choices=1, **how):
    """The chunks of a stream, and the error it ended with."""

    async def run():
        chunks = []
        try:
            async for chunk in chat_completions.Chunks(Played(*datas, **how), choices):
                chunks.append(chunk)
        except errors.ConnectorError as error:
            return chunks, error
        return chunks, None

    return asyncio.run(run())


async def _drain(chunks):
    return [chunk async for chunk in chunks]


def text(chunks, index=0):
    return "".join(c.delta.content or "" for chunk in chunks for c in chunk.choices if c.index == index)


class EndTests(TestCase):
    def test_an_answer_that_ends_properly(self):
        chunks, error = read(
            piece("Hel"), piece("lo"), piece(finish="stop"), {"choices": [], "usage": {"total_tokens": 3}}, done=True
        )
        assert (text(chunks), error) == ("Hello", None)
        assert chunks[-1].usage.total_tokens == 3

    def test_closed_without_an_end_is_cut_off_and_the_part_is_kept(self):
        chunks, error = read(piece("Hel"), piece("lo"))
        assert text(chunks) == "Hello"
        assert isinstance(error, errors.CutOff)

    def test_a_finish_reason_is_an_end_without_done(self):
        chunks, error = read(piece("Hello"), piece(finish="stop"))
        assert (text(chunks), error) == ("Hello", None)

    def test_done_is_an_end_without_a_finish_reason(self):
        chunks, error = read(piece("Hello"), done=True)
        assert (text(chunks), error) == ("Hello", None)

    def test_the_connection_is_told_of_the_end_only_when_all_choices_have_theirs(self):
        for datas, told in (
            ([piece("a")], False),
            ([piece(finish="stop")], False),
            ([piece(finish="stop"), piece(finish="stop", index=1)], True),
        ):
            stream = Played(*datas, done=True)
            asyncio.run(_drain(chat_completions.Chunks(stream, 2)))
            assert stream.ended_well == told

    def test_one_of_two_choices_missing_its_end_is_cut_off(self):
        chunks, error = read(piece("a"), piece("b", index=1), piece(finish="stop"), choices=2)
        assert (text(chunks), text(chunks, 1)) == ("a", "b")
        assert isinstance(error, errors.CutOff)

    def test_two_choices_end_separately(self):
        _, error = read(
            piece("a"), piece("b", index=1), piece(finish="stop"), piece(finish="length", index=1), choices=2
        )
        assert error is None

    def test_a_server_that_ignores_n_ends_properly(self):
        _, error = read(piece("a"), piece(finish="stop"), choices=3)
        assert error is None

    def test_what_the_connection_raises_passes_through(self):
        chunks, error = read(piece("a"), error=errors.IdleTimedOut(seconds=60))
        assert (text(chunks), type(error)) == ("a", errors.IdleTimedOut)

    def test_the_request_id_and_retries_are_at_hand(self):
        chunks = chat_completions.Chunks(Played())
        assert (chunks.request_id, chunks.retries) == ("req_1", 2)


class ErrorTests(TestCase):
    def test_every_spelling_of_an_error_in_the_stream(self):
        for event in (
            {"error": {"message": "overloaded", "code": "server_error"}},
            {"error": {"message": "overloaded", "code": 503}, "choices": []},
            {"error": "overloaded"},
            [{"error": {"message": "overloaded"}}],
            {"object": "error", "message": "overloaded", "code": 500},
            {"type": "error", "error": {"type": "x", "message": "overloaded"}},
            {"detail": "overloaded"},
            Event(event="error", data='{"message": "overloaded"}'),
            Event(event="error", data='{"error": {"message": "overloaded"}}'),
            Event(event="error", data='"overloaded"'),
            piece("x") | {"error": {"message": "overloaded"}},
        ):
            with self.subTest(event=event):
                chunks, error = read(piece("part"), event, done=True)
                assert text(chunks) == "part"
                assert isinstance(error, errors.FailedMidway)
                assert "overloaded" in error.what

    def test_an_error_field_without_an_error_is_none(self):
        for empty in (None, "", {}, False):
            chunks, error = read(piece("a") | {"error": empty}, piece(finish="stop"))
            assert (text(chunks), error) == ("a", None)

    def test_a_keep_alive_in_words_is_passed_over(self):
        chunks, error = read("ping", "", " ", piece("a"), piece(finish="stop"))
        assert (text(chunks), error) == ("a", None)

    def test_words_alone_are_not_an_answer(self):
        _, error = read("Service starting", done=True)
        assert isinstance(error, errors.BadAnswer)

    def test_broken_json_is_an_error_and_keeps_the_part(self):
        chunks, error = read(piece("a"), '{"choices": [{"del', done=True)
        assert text(chunks) == "a"
        assert isinstance(error, errors.BadAnswer)

    def test_a_torn_last_event_is_a_cut(self):
        _, error = read(piece("a"), Event(data='{"choices": [{"del', complete=False))
        assert isinstance(error, errors.CutOff)


class WholeTests(TestCase):
    def whole(self, answer):
        return Event(data=as_text(answer), whole=True)

    def test_json_instead_of_a_stream_is_the_whole_answer_at_once(self):
        answer = {
            "id": "1",
            "choices": [
                {"index": 0, "message": {"content": "Hi", "tool_calls": [{"id": "t"}]}, "finish_reason": "stop"},
                {"index": 1, "message": {"refusal": "No"}, "finish_reason": "length"},
            ],
            "usage": {"total_tokens": 9},
        }
        (chunk,), error = read(self.whole(answer), choices=2)
        assert error is None
        assert chunk.choices[0].delta.content == "Hi"
        assert chunk.choices[0].delta.tool_calls[0].id == "t"
        assert (chunk.choices[1].delta.refusal, chunk.choices[1].finish_reason) == ("No", "length")
        assert chunk.usage.total_tokens == 9

    def test_json_that_is_no_answer_is_said_to_be_none(self):
        for answer in ("null", "[]", "{}", '{"choices": []}', '{"choices": null}', "3"):
            _, error = read(self.whole(answer), done=True)
            assert isinstance(error, errors.BadAnswer), answer

    def test_json_that_reports_an_error_is_that_error(self):
        _, error = read(self.whole({"error": {"message": "no such model"}}), done=True)
        assert "no such model" in error.what


ODD = [
    ('{"choices": []}', ""),
    ("{}", ""),
    ("null", ""),
    ("[]", ""),
    ("5", ""),
    ('{"choices": null}', ""),
    ('{"choices": "x"}', ""),
    ('{"choices": [null, 5, {}]}', ""),
    ('{"choices": [{"delta": null}]}', ""),
    ('{"choices": [{"delta": "x"}]}', ""),
    ('{"choices": [{"delta": {"content": 5}}]}', "5"),
    ('{"choices": [{"delta": {"content": "a", "role": 3}}]}', "a"),
    ('{"choices": [{"delta": {"content": "a"}, "index": "0"}]}', "a"),
    ('{"choices": [{"delta": {"content": "a"}, "index": null}]}', "a"),
    ('{"choices": [{"delta": {"content": "a", "tool_calls": {}}}]}', "a"),
    ('{"choices": [{"delta": {"content": "a", "tool_calls": [5, {"function": "f"}]}}]}', "a"),
    ('{"choices": [{"delta": {"content": "a"}, "logprobs": []}]}', "a"),
    ('{"choices": [{"delta": {"content": "a"}, "finish_reason": ""}]}', "a"),
    ('{"id": 7, "created": "now", "model": null, "choices": [{"delta": {"content": "a"}}]}', "a"),
    ('{"created": 1.5, "usage": [], "choices": [{"delta": {"content": "a"}}]}', "a"),
    ('{"usage": {"prompt_tokens": null, "total_tokens": "7"}, "choices": [{"delta": {"content": "a"}}]}', "a"),
    ('{"unknown": {"a": [1]}, "choices": [{"delta": {"content": "a", "mood": "good"}}]}', "a"),
    ('{"choices": [{"delta": {"content": [{"type": "text", "text": "a"}, {"type": "thinking"}]}}]}', "a"),
    ('[{"choices": [{"delta": {"content": "a"}}]}]', "a"),
    ('{"created": 99999999999999999999999, "choices": [{"delta": {"content": "a"}}]}', "a"),
]


@pytest.mark.parametrize(("data", "expected"), ODD)
def test_an_odd_chunk_gives_what_is_usable_in_it(data, expected):
    chunks, error = read(data, done=True)
    assert (text(chunks), error) == (expected, None)


def test_reasoning_comes_under_both_names():
    chunk = chunk_of(Event(data=json.dumps(piece(reasoning_content="a", reasoning="b"))))
    assert (chunk.choices[0].delta.reasoning_content, chunk.choices[0].delta.reasoning) == ("a", "b")


anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["choices", "delta", "content", "index", "usage", "error", "tool_calls", "function", "id"]),
            inner,
        ),
    ),
    max_leaves=20,
)


@relaxed
@given(anything, st.booleans())
def test_no_json_brings_the_reader_down(data, whole):
    try:
        chunk_of(Event(data=json.dumps(data), whole=whole))
    except (errors.BadAnswer, errors.FailedMidway) as error:
        assert error.what


def test_a_usual_chunk_is_read_in_microseconds():
    event = Event(
        data='{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1741570283,"model":"m","service_tier":"default",'
        '"system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,'
        '"finish_reason":null}],"usage":null,"obfuscation":"abc"}'
    )
    best = min(_seconds(event) for _ in range(5))
    assert best <= 20e-6  # 2 µs measured; a busy machine is allowed its share


def _seconds(event, times=2_000):
    began = time.perf_counter()
    for _ in range(times):
        chunk_of(event)
    return (time.perf_counter() - began) / times
