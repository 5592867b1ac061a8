"""`POST /audio/transcriptions` and `/audio/translations`: something is written down, as long as the recording."""

import math
from collections.abc import AsyncGenerator
from typing import Any

from connector.client import media, wire
from connector.operations.transcriptions import subtitles
from connector.sandbox.replies import faults, forms, opening, tokens, transcripts
from connector.sandbox.replies.delivery import Plain, event
from connector.sandbox.replies.pace import FIRST_TOKEN, WHOLE, Pace
from connector.sandbox.replies.problems import Problem, missing
from connector.sandbox.replies.reply import Asked, Reply
from connector.sandbox.replies.transcripts import Segment
from connector.sandbox.replies.values import Check, an_object, array, boolean, choice, decimal, either, text

LARGEST = 26_214_400  # bytes (OpenAI guide, speech to text)
TYPES = {"audio/flac", "audio/mpeg", "audio/mp4", "video/mp4", "audio/ogg", "audio/wav", "video/webm"}
PLAIN = {"content-type": "text/plain; charset=utf-8"}
NUMBERS, BOOLEANS = {"temperature"}, {"stream"}
HEARD = 10  # tokens for a second of sound


def chunking(name: str, value: Any) -> None:
    an_object(name, value)
    choice("server_vad")(f"{name}.type", value.get("type"))


COMMON: dict[str, Check] = {"model": text(), "prompt": text(), "temperature": decimal(0, 1)}
TRANSLATING: dict[str, Check] = COMMON | {"response_format": choice("json", "text", "srt", "verbose_json", "vtt")}
TRANSCRIBING: dict[str, Check] = COMMON | {
    "chunking_strategy": either(str, choice("auto"), chunking),
    "include": array(choice("logprobs")),
    "keywords": array(text()),
    "known_speaker_names": array(text(), most=4),
    "known_speaker_references": array(text(), most=4),
    "language": text(),
    "languages": array(text(), least=1),
    "response_format": choice("json", "text", "srt", "verbose_json", "vtt", "diarized_json"),
    "stream": boolean,
    "timestamp_granularities": array(choice("word", "segment")),
}


async def transcribe(asked: Asked, *, deployment: str = "") -> Reply:
    """The answer to a request for a transcript; raises as `chat.reply` does."""
    return await _reply(asked, "transcriptions", TRANSCRIBING, deployment)


async def translate(asked: Asked, *, deployment: str = "") -> Reply:
    """The answer to a request for a translation; what nobody understood is in English anyway."""
    return await _reply(asked, "translations", TRANSLATING, deployment)


async def _reply(asked: Asked, operation: str, parameters: dict[str, Check], deployment: str) -> Reply:
    body, files = forms.read(asked, NUMBERS, BOOLEANS)
    clock, instead = await opening.begin(asked, body, operation, deployment=deployment)
    if instead:
        return instead
    if "model" not in body:
        raise missing("model")
    for name, value in body.items():
        if name not in parameters:
            raise Problem(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
        parameters[name](name, value)
    recording = _recording(files)
    _together(body)
    found = transcripts.segments(recording, body.get("known_speaker_names", ()))
    heard = _Heard(body, operation, recording, found)
    fault = opening.fault(body["model"])
    if body.get("stream"):
        pieces = faults.delivered(fault, heard.events(clock), streamed=True, clock=clock)
        return Reply(200, {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}, pieces)
    is_text = heard.format in ("text", "srt", "vtt")
    pieces = faults.delivered(fault, heard.whole(clock), streamed=False, clock=clock)
    return Reply(200, PLAIN if is_text else {"content-type": "application/json"}, pieces)


def _recording(files: dict[str, list[Any]]) -> bytes:
    if strange := sorted(set(files) - {"file"}):
        raise Problem(f"Unknown parameter: '{strange[0]}'.", param=strange[0], code="unknown_parameter")
    if "file" not in files:
        raise missing("file")
    content: bytes = files["file"][0].content
    if len(content) > LARGEST:
        raise Problem(f"{len(content)}: Maximum content size limit ({LARGEST}) exceeded", status=413)
    if media.type_of(content) not in TYPES:
        raise Problem(
            "Invalid file format. Supported formats: ['flac', 'm4a', 'mp3', 'mp4', 'mpeg', 'mpga', 'oga', 'ogg', "
            "'wav', 'webm']",
            param="file",
        )
    return content


def _together(body: dict[str, Any]) -> None:
    wanted = body.get("response_format", "json")
    if body.get("timestamp_granularities") and wanted != "verbose_json":
        raise Problem(
            "'timestamp_granularities' is only supported with 'response_format' of 'verbose_json'.",
            param="timestamp_granularities",
        )
    if body.get("include") and wanted != "json":
        raise Problem("'include' is only supported with 'response_format' of 'json'.", param="include")
    if len(body.get("known_speaker_names", ())) != len(body.get("known_speaker_references", ())):
        raise Problem(
            "'known_speaker_names' and 'known_speaker_references' must have the same length.",
            param="known_speaker_names",
        )


class _Heard:
    def __init__(self, body: dict[str, Any], operation: str, recording: bytes, found: list[Segment]) -> None:
        self.body, self.segments = body, found
        self.task = "translate" if operation == "translations" else "transcribe"
        self.format = body.get("response_format", "json")
        self.seconds = transcripts.seconds(recording)
        self.text = " ".join(each.text for each in found)

    async def whole(self, clock: Pace) -> AsyncGenerator[bytes]:
        await clock.wait(WHOLE)
        match self.format:
            case "text":
                yield f"{self.text}\n".encode()
            case "srt":
                yield subtitles.srt(self.segments).encode()
            case "vtt":
                yield subtitles.vtt(self.segments).encode()
            case "verbose_json":
                yield wire.encode(self._verbose())
            case "diarized_json":
                yield wire.encode(self._diarized())
            case _:
                yield wire.encode({"text": self.text, **self._logprobs(self.text), "usage": self._tokens()})

    async def events(self, clock: Pace) -> AsyncGenerator[bytes]:
        await clock.wait(FIRST_TOKEN)
        beat = clock.beat()
        by_speaker = self.format == "diarized_json"
        for number, segment in enumerate(self.segments):
            own = {"segment_id": _id(number)} if by_speaker else {}
            for piece in tokens.split(segment.text if number == 0 else f" {segment.text}"):
                yield event({"type": "transcript.text.delta", "delta": piece, **own, **self._logprobs(piece)})
                await beat.wait()
            if by_speaker:
                yield event(self._by_speaker(number, segment))
        done = {"type": "transcript.text.done", "text": self.text}
        yield event({**done, **self._logprobs(self.text), "usage": self._tokens()})

    def _verbose(self) -> Plain:
        wanted = self.body.get("timestamp_granularities") or ["segment"]
        found: Plain = {
            "task": self.task,
            "language": "english" if self.task == "translate" else self.body.get("language", "english"),
            "duration": self.seconds,
            "text": self.text,
        }
        if "word" in wanted:
            words = [word for segment in self.segments for word in segment.words]
            found["words"] = [{"word": word.text.strip(".,"), "start": word.start, "end": word.end} for word in words]
        if "segment" in wanted:
            found["segments"] = [self._segment(number, each) for number, each in enumerate(self.segments)]
        return found | ({"usage": self._duration()} if self.task == "transcribe" else {})

    def _segment(self, number: int, segment: Segment) -> Plain:
        return {
            "id": number,
            "seek": 0,
            "start": segment.start,
            "end": segment.end,
            "text": f" {segment.text}",
            "tokens": [50364 + index for index in range(len(segment.words))],
            "temperature": float(self.body.get("temperature", 0)),
            "avg_logprob": -0.25,
            "compression_ratio": 1.2,
            "no_speech_prob": 0.01,
        }

    def _diarized(self) -> Plain:
        return {
            "task": "transcribe",
            "duration": self.seconds,
            "text": "\n".join(f"{each.speaker}: {each.text}" for each in self.segments),
            "segments": [self._by_speaker(number, each) for number, each in enumerate(self.segments)],
            "usage": self._duration(),
        }

    def _by_speaker(self, number: int, segment: Segment) -> Plain:
        return {
            "type": "transcript.text.segment",
            "id": _id(number),
            "start": segment.start,
            "end": segment.end,
            "text": segment.text,
            "speaker": segment.speaker,
        }

    def _logprobs(self, said: str) -> Plain:
        """Of the tokens of `said`, if asked for; made up, but such as probabilities can be."""
        if "logprobs" not in self.body.get("include", ()):
            return {}
        found = [
            {"token": piece, "logprob": round(math.log(0.9 - len(piece) / 20), 6), "bytes": list(piece.encode())}
            for piece in tokens.split(said)
        ]
        return {"logprobs": found}

    def _tokens(self) -> Plain:
        prompt, heard = tokens.count(self.body.get("prompt", "")), math.ceil(self.seconds * HEARD)
        written = tokens.count(self.text)
        return {
            "type": "tokens",
            "input_tokens": prompt + heard,
            "input_token_details": {"text_tokens": prompt, "audio_tokens": heard},
            "output_tokens": written,
            "total_tokens": prompt + heard + written,
        }

    def _duration(self) -> Plain:
        return {"type": "duration", "seconds": math.ceil(self.seconds)}


def _id(number: int) -> str:
    return f"seg_{number + 1:03}"
