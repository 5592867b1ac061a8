"""`POST /audio/speech`: a melody that is as long as the text would take to say, as a real WAV file."""

import base64
from collections.abc import AsyncGenerator
from typing import Any

from connector.client import wire
from connector.sandbox.replies import checks, faults, melody, opening, tokens
from connector.sandbox.replies.delivery import event
from connector.sandbox.replies.pace import FIRST_TOKEN, Pace
from connector.sandbox.replies.problems import Problem, missing
from connector.sandbox.replies.reply import Asked, Reply
from connector.sandbox.replies.values import Check, an_object, choice, decimal, text

VOICES = (
    "alloy", "ash", "ballad", "coral", "echo", "fable", "onyx", "nova", "sage", "shimmer", "verse", "marin", "cedar",
)  # fmt: skip
FORMATS = ("mp3", "opus", "aac", "flac", "wav", "pcm")
MADE = {"wav": "audio/wav", "pcm": "audio/pcm"}  # formats that can be made honestly, without a codec


def voice(name: str, value: Any) -> None:
    if isinstance(value, dict):
        an_object(name, value)
        text()(f"{name}.id", value.get("id"))
        return
    choice(*VOICES)(name, value)


PARAMETERS: dict[str, Check] = {
    "model": text(),
    "input": text(4096),
    "voice": voice,
    "instructions": text(4096),
    "response_format": choice(*FORMATS),
    "speed": decimal(0.25, 4),
    "stream_format": choice("sse", "audio"),
}


async def reply(asked: Asked, *, deployment: str = "") -> Reply:
    """The answer to a request; raises as `chat.reply` does. Without a format it is wav, not the API's mp3."""
    body = checks.read(asked.body)
    clock, instead = await opening.begin(asked, body, "speech", deployment=deployment)
    if instead:
        return instead
    _check(body)
    fault = opening.fault(body["model"])
    wanted = body.get("response_format", "wav")
    as_events = body.get("stream_format") == "sse"
    pieces = _sound(body, wanted, clock)
    if as_events:
        pieces = _events(pieces, body)
    pieces = faults.delivered(fault, pieces, streamed=True, clock=clock)
    content_type = "text/event-stream; charset=utf-8" if as_events else MADE[wanted]
    return Reply(200, {"content-type": content_type, "cache-control": "no-cache"}, pieces)


def _check(body: dict[str, Any]) -> None:
    for name in ("model", "input", "voice"):
        if name not in body:
            raise missing(name)
    for name, value in body.items():
        if name not in PARAMETERS:
            raise Problem(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
        PARAMETERS[name](name, value)
    if not body["input"]:
        raise Problem(
            "Invalid 'input': empty string. Expected a string with minimum length 1, but got an empty string instead.",
            param="input",
            code="empty_string",
        )
    if (wanted := body.get("response_format", "wav")) not in MADE:
        raise Problem(
            f"The sandbox has no encoder for {wanted}; it makes {' and '.join(MADE)}. A real provider makes all of "
            f"{', '.join(FORMATS)}.",
            param="response_format",
            code="unsupported_value",
        )


async def _sound(body: dict[str, Any], wanted: str, clock: Pace) -> AsyncGenerator[bytes]:
    who = body["voice"] if isinstance(body["voice"], str) else body["voice"]["id"]
    said = (body["input"], who, float(body.get("speed", 1)))
    await clock.wait(FIRST_TOKEN)
    beat = clock.beat()
    if wanted == "wav":
        yield melody.header(*said)
    for tone in melody.pcm(*said):
        yield tone
        await beat.wait()


async def _events(pieces: AsyncGenerator[bytes], body: dict[str, Any]) -> AsyncGenerator[bytes]:
    seconds = 0.0
    async for piece in pieces:
        seconds += len(piece) / 2 / melody.RATE
        yield event({"type": "speech.audio.delta", "audio": base64.b64encode(piece).decode()})
    read, spoken = tokens.count(body["input"]), round(seconds * 20)
    usage = {"input_tokens": read, "output_tokens": spoken, "total_tokens": read + spoken}
    yield b"data: " + wire.encode({"type": "speech.audio.done", "usage": usage}) + b"\n\n"
