"""Typed events and texts, as the chunks that the writer of a chat takes: also what servers leave out."""

from types import SimpleNamespace
from unittest import IsolatedAsyncioTestCase

from connector.operations import completions, responses
from connector.operations.responses import Event
from connector.runs import dialects

CALL = {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "f", "arguments": '{"a": 1}'}
CUSTOM = {"type": "custom_tool_call", "id": "ct_1", "call_id": "c2", "name": "note", "input": "hello"}
MESSAGE = {"type": "message", "content": [{"type": "output_text", "text": "Hello"}]}


class Events:
    request_id = "req_1"

    def __init__(self, *events, response=None):
        self.events, self.response = events, response

    async def __aiter__(self):
        for event in self.events:
            yield event


def whole(*output, **fields):
    return responses.Response(**{"id": "r1", "model": "m", "status": "completed", "output": list(output)} | fields)


class ResponseTests(IsolatedAsyncioTestCase):
    async def said(self, *events, response=None):
        """What the chunks add up to: content, reasoning, refusal, calls by their number, the end, the usage."""
        stream = dialects._Translated(Events(*events, response=response))
        found = SimpleNamespace(content="", reasoning="", refusal="", calls={}, finish=None, usage=None, ids=set())
        async for chunk in stream:
            found.ids |= {chunk.id} - {""}
            found.usage = chunk.usage or found.usage
            for choice in chunk.choices:
                found.content += choice.delta.content or ""
                found.reasoning += choice.delta.reasoning_content or ""
                found.refusal += choice.delta.refusal or ""
                found.finish = choice.finish_reason or found.finish
                for call in choice.delta.tool_calls or []:
                    known = found.calls.setdefault(call.index, {"id": "", "name": "", "given": ""})
                    known["id"] += call.id or ""
                    inner = call.custom or {}
                    name = (call.function and call.function.name) or inner.get("name") or ""
                    given = (call.function and call.function.arguments) or inner.get("input") or ""
                    known["name"], known["given"] = known["name"] + name, known["given"] + given
        self.assertEqual(stream.request_id, "req_1")
        return found

    async def test_text_reasoning_and_refusal_grow_apart(self):
        found = await self.said(
            Event(type="response.created", response=whole(status="in_progress")),
            Event(type="response.reasoning_summary_text.delta", output_index=0, summary_index=0, delta="First"),
            Event(type="response.reasoning_summary_text.delta", output_index=0, summary_index=1, delta="Sec"),
            Event(type="response.reasoning_summary_text.delta", output_index=0, summary_index=1, delta="ond"),
            Event(type="response.output_text.delta", delta="Hel"),
            Event(type="response.output_text.delta", delta="lo"),
            Event(type="response.refusal.delta", delta="No."),
            Event(type="response.something.new", delta="?"),
            Event(
                type="response.completed",
                response=whole(MESSAGE, usage=responses.Usage(input_tokens=3, output_tokens=2)),
            ),
        )
        self.assertEqual((found.reasoning, found.content, found.refusal), ("First\n\nSecond", "Hello", "No."))
        self.assertEqual((found.finish, found.ids), ("stop", {"r1"}))
        self.assertEqual((found.usage.prompt_tokens, found.usage.completion_tokens), (3, 2))

    async def test_calls_come_in_pieces_or_as_a_whole(self):
        pieces = (
            Event(type="response.output_item.added", output_index=1, item=CALL | {"arguments": ""}),
            Event(type="response.function_call_arguments.delta", output_index=1, delta='{"a"'),
            Event(type="response.output_item.added", output_index=2, item=CUSTOM | {"input": ""}),
            Event(type="response.custom_tool_call_input.delta", output_index=2, delta="hel"),
            Event(type="response.function_call_arguments.delta", output_index=1, delta=": 1}"),
            Event(type="response.custom_tool_call_input.delta", output_index=2, delta="lo"),
            Event(type="response.output_item.done", output_index=1, item=CALL),
            Event(type="response.output_item.done", output_index=2, item=CUSTOM),
        )
        at_once = (
            Event(type="response.output_item.done", output_index=1, item=CALL),
            Event(type="response.output_item.done", output_index=2, item=CUSTOM),
        )
        for events in (pieces, at_once, ()):
            with self.subTest(len(events)):
                found = await self.said(*events, Event(type="response.completed", response=whole(CALL, CUSTOM)))
                self.assertEqual(found.calls[0], {"id": "c1", "name": "f", "given": '{"a": 1}'})
                self.assertEqual(found.calls[1], {"id": "c2", "name": "note", "given": "hello"})
                self.assertEqual(found.finish, "tool_calls")

    async def test_an_answer_that_comes_as_a_whole_is_taken_whole(self):
        found = await self.said(Event(type="response.completed", response=whole(MESSAGE)))
        self.assertEqual((found.content, found.finish), ("Hello", "stop"))
        short = whole(MESSAGE, status="incomplete", incomplete_details={"reason": "max_output_tokens"})
        found = await self.said(Event(type="response.incomplete", response=short))
        self.assertEqual((found.content, found.finish), ("Hello", "length"))

    async def test_only_thoughts_that_the_model_can_read_are_kept(self):
        readable = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "abc"}
        response = whole({"type": "reasoning", "id": "rs_2", "summary": []}, readable, MESSAGE)
        for kept, expected in ((response, {dialects.KEPT_ITEMS: [readable]}), (whole(MESSAGE), {}), (None, {})):
            stream = dialects._Translated(Events(response=kept))
            self.assertEqual(dialects.of("responses").kept(stream), expected)

    async def test_odd_items_are_no_mistake_of_ours(self):
        odd = (
            Event(type="response.output_item.added", item=None),
            Event(type="response.output_item.added", item={"type": 3}),
            Event(type="response.function_call_arguments.delta", delta=None),
            Event(type="response.output_text.delta", delta={"x": 1}),
            Event(type="response.created"),
            Event(),
        )
        found = await self.said(
            *odd, Event(type="response.completed", response=whole({"content": 3}, {"type": "function_call"}))
        )
        self.assertEqual(found.content, "")


class CompletionTests(IsolatedAsyncioTestCase):
    async def test_a_text_is_the_content_of_its_choice(self):
        events = Events(
            completions.Response(id="c1", model="m", choices=[completions.Choice(index=1, text="Hel")]),
            completions.Response(choices=[completions.Choice(index=1, text="lo", finish_reason="stop")]),
            completions.Response(choices=[]),
        )
        chunks = [chunk async for chunk in dialects.Translated(events, dialects._completion_chunk)]
        self.assertEqual([choice.delta.content for chunk in chunks for choice in chunk.choices], ["Hel", "lo"])
        self.assertEqual((chunks[0].id, chunks[1].choices[0].finish_reason), ("c1", "stop"))


class DialectTests(IsolatedAsyncioTestCase):
    def test_what_answers_with_no_text_has_none(self):
        with self.assertRaises(LookupError):
            dialects.of("embeddings")
