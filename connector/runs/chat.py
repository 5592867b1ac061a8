"""The work of a chat: a request is sent, and what comes is written into the answers of a live run."""

import dataclasses
import time
from collections.abc import Sequence
from typing import Any

from connector.catalogue import Fitted
from connector.client import errors, wire
from connector.client.hiding import Hider
from connector.client.limits import readable
from connector.models import Run
from connector.operations.chat_completions import Chunk, Response, ToolCall
from connector.runs import jobs, kinds, threads, turns
from connector.runs.live import Growing, LiveRun
from connector.runs.patience import Patience

BYTES_A_TOKEN = 4  # of UTF-8, for an estimate where the provider does not say what it counted

READ = ("messages", "instructions", "input", "prompt")  # of a request: what the model reads
NOT_BILLED = (errors.NotSent, errors.Refused)
FACTS = (
    "id",
    "model",
    "created",
    "object",
    "system_fingerprint",
    "service_tier",
    "moderation",
    "prompt_filter_results",
)


@kinds.register(Run.Kind.CHAT)
async def answer(live: LiveRun) -> Run.State:
    """Send the run's request and let its answers grow; `connector.runs.kinds.Work`."""
    async with turns.turn(live):
        return await _answer(live)


async def _answer(live: LiveRun) -> Run.State:
    job = await threads.insist(threads.read, jobs.load, live.run_id, live.errand)
    live.errand = None
    return await write(live, job)


async def write(live: LiveRun, job: jobs.Job) -> Run.State:
    """Send what `job` says and let the answers of `live` grow; how it ended."""
    live.recorder = job.recorder
    live.begin(job.answers)
    writer = Writer(live, job)
    try:
        await writer.write()
    except NOT_BILLED as error:
        writer.close(request_id=error.facts.get("request_id") or "")
        raise
    except errors.NoAnswer:
        writer.close(usage_estimated=True)  # it may have been billed; nobody knows how much
        raise
    except BaseException:
        writer.close(**writer.usage())
        raise
    writer.close(**writer.usage())
    return writer.state()


class Writer:
    """Sends a request and writes what comes into the answers of a live run."""

    def __init__(self, live: LiveRun, job: jobs.Job) -> None:
        self.live, self.job = live, job
        self.started = time.monotonic()
        self.first_token: float | None = None
        self.written = 0  # characters
        self.reported: dict[str, Any] = {}  # the usage, as the provider counted
        self.answer: dict[str, Any] = {}
        self.filtered_for: list[str] = []
        self.tool_calls: dict[int, dict[int, dict[str, Any]]] = {}  # by choice, by index
        self.request_id = ""
        self.hiders: dict[tuple[int, str], Hider] = {}  # by choice and field
        self.patience = Patience(live, job.limits)

    async def write(self) -> None:
        try:
            if self.job.streams:
                await self._stream(self.job.fitted)
            else:
                await self._create()
        except errors.BadRequest as error:
            if error.is_about("stream_options") and self.job.fitted.takes_stream_options:
                await self._stream(dataclasses.replace(self.job.fitted, takes_stream_options=False))
            elif error.is_about("stream"):
                await self._create()
            else:
                raise
        finally:
            self.patience.end()
            for (index, field), hider in self.hiders.items():
                if rest := hider.rest():
                    self._growing(index).write(rest, field)

    async def _stream(self, fitted: Fitted) -> None:
        self.patience.begin()
        dialect = self.job.dialect
        call = dialect.stream(self.job.client, fitted, limits=self.job.limits, on_wait=self.patience.on_wait)
        async with call as chunks:
            self.request_id = chunks.request_id
            async for chunk in chunks:
                self._take(chunk)
            self.answer |= dialect.kept(chunks)

    async def _create(self) -> None:
        """Without streaming, for models and servers that do not know it."""
        self.patience.begin()
        response = await self.job.dialect.create(
            self.job.client, self.job.fitted, limits=self.job.limits, on_wait=self.patience.on_wait
        )
        self._begin(response)
        for choice in response.choices:
            self._write(choice.index, choice.message)
            self._finish(choice.index, choice.finish_reason or "stop", choice.content_filter_results)
        if response.usage:
            self.reported = _plain(response.usage)
        self.live.changed(self.written)

    def _take(self, chunk: Chunk) -> None:
        if not self.answer:
            self._begin(chunk)
        before = self.written
        for choice in chunk.choices:
            self._write(choice.index, choice.delta)
            if choice.finish_reason:
                self._finish(choice.index, choice.finish_reason, choice.content_filter_results)
        if chunk.usage is not None:
            self.reported = _plain(chunk.usage)
        self.live.changed(self.written - before)

    def _begin(self, first: Chunk | Response) -> None:
        self.patience.end()
        self.live.state = Run.State.STREAMING
        facts = {name: getattr(first, name) for name in FACTS}
        self.answer = {name: fact for name, fact in facts.items() if fact not in (None, "", 0)} or {"object": ""}

    def _write(self, index: int, part: Any) -> None:
        """`part`: a delta, or the message of a whole answer; they name their fields alike."""
        growing = self._growing(index)
        if part.content:
            self._grow(growing, index, part.content, "content")
        if reasoning := part.reasoning_content or part.reasoning:
            self._grow(growing, index, reasoning, "reasoning")
        if part.refusal:
            self._grow(growing, index, part.refusal, "refusal")
        if part.tool_calls:
            self._call_tools(growing, index, part.tool_calls)
        if part.function_call:
            self._call_tools(growing, index, [ToolCall(index=0, type="function", function=part.function_call)])

    def _grow(self, growing: Growing, index: int, text: str, field: str) -> None:
        hider = self.hiders.get((index, field))
        if hider is None:
            hider = self.hiders[index, field] = self.job.client.hider()
        growing.write(hider.feed(text), field)
        self._count(text)

    def _growing(self, index: int) -> Growing:
        """The answer of choice `index`; the last one for an index that nobody asked for."""
        answers = self.job.answers
        return answers[index] if 0 <= index < len(answers) else answers[-1]

    def _count(self, text: str) -> None:
        if self.first_token is None:
            self.first_token = time.monotonic()
            self.live.fields["first_token_ms"] = self._first_token_ms  # whoever watches may know
        self.written += len(text)
        if self.written > self.job.limits.answer_bytes:
            raise errors.TooLarge(limit=readable(self.job.limits.answer_bytes))

    def _call_tools(self, growing: Growing, index: int, pieces: Sequence[ToolCall]) -> None:
        calls = self.tool_calls.setdefault(index, {})
        for place, piece in enumerate(pieces):
            call = calls.setdefault(piece.index if piece.index is not None else place, {"type": "function"})
            call.update({name: value for name in ("id", "type") if (value := getattr(piece, name))})
            if piece.custom:
                custom = call.setdefault("custom", {"name": "", "input": ""})
                custom["name"] = piece.custom.get("name") or custom["name"]
                custom["input"] += str(piece.custom.get("input") or "")
                self._count(str(piece.custom.get("input") or ""))
            if piece.function:
                function = call.setdefault("function", {"name": "", "arguments": ""})
                function["name"] = piece.function.name or function["name"]
                function["arguments"] += piece.function.arguments or ""
                self._count(piece.function.arguments or "")
        growing.call_tools(list(calls.values()))

    def _finish(self, index: int, reason: str, filter_results: Any) -> None:
        self._growing(index).finish(reason)
        if reason == "content_filter":
            self.filtered_for += _filtered(filter_results)

    # At the end.

    def state(self) -> Run.State:
        reasons = {growing.text.finish_reason for growing in self.job.answers}
        if "content_filter" in reasons:
            error = errors.Filtered(categories=", ".join(dict.fromkeys(self.filtered_for)) or "it did not say what for")
            self.live.error = error.as_dict()
            return Run.State.FILTERED
        return Run.State.LENGTH if "length" in reasons else Run.State.DONE

    def usage(self) -> dict[str, Any]:
        """As the provider counted; estimated where it did not come to that."""
        if self.reported.get("total_tokens") or self.reported.get("completion_tokens"):
            return {"usage": self.reported, "usage_estimated": False}
        prompt = _tokens(_size(self.job.fitted.body))
        texts = [growing.text for growing in self.job.answers]
        completion = sum(_tokens(len((text.content + text.reasoning + text.refusal).encode())) for text in texts)
        counted = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
        return {"usage": counted, "usage_estimated": True}

    @property
    def _first_token_ms(self) -> int | None:
        return None if self.first_token is None else round(1000 * (self.first_token - self.started))

    def close(self, **known: Any) -> None:
        """Note for the row what is known at the end, however it came."""
        self.live.fields |= {
            "answer": self.answer,
            "request_id": self.request_id[:200],
            "retries": self.patience.retries,
            "first_token_ms": self._first_token_ms,
            "duration_ms": round(1000 * (time.monotonic() - self.started)),
            **known,
        }


def _tokens(size: int) -> int:
    return -(-size // BYTES_A_TOKEN)


def _size(body: dict[str, Any]) -> int:
    """Bytes of what the model reads. What goes along as a file is left out: it counts otherwise, or not at all."""
    read = {name: _without_files(body[name]) for name in READ if name in body}
    return len(wire.encode(list(read.values()))) if read else 0


def _without_files(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_files(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_files(item) for item in value]
    return "" if isinstance(value, str) and value.startswith("data:") else value


def _plain(value: Any) -> dict[str, Any]:
    """A part of an answer as the row keeps it: what was there."""
    return {
        name: {key: inner for key, inner in fact.items() if inner} if isinstance(fact, dict) else fact
        for name, fact in wire.to_dict(value).items()
        if fact is not None
    }


def _filtered(results: Any) -> list[str]:
    """The categories that Azure's filter names as the reason."""
    if not isinstance(results, dict):
        return []
    return [str(name) for name, result in results.items() if isinstance(result, dict) and result.get("filtered")]
