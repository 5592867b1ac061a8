"""The sandbox's models, and the replies to `GET /models` and `GET /models/{id}`.

Each has a line that says what it does, so that a person can choose an error to look at. The listing carries it as
`description`, a field the API does not have; clients ignore what they do not know.
"""

from datetime import UTC, datetime
from typing import Any

from connector.client import wire
from connector.sandbox.replies import problems
from connector.sandbox.replies.reply import Asked, Reply

ANSWERING = {
    "sandbox": "Answers at a human pace and shows what it understood of the request",
    "sandbox-fast": "The same without any delay",
    "sandbox-reasoning": "Thinks first: takes reasoning_effort, and no temperature",
    "sandbox-tools": "Always calls a tool, two of them at once",
}

MISBEHAVING = {
    "sandbox-401": "The key is refused",
    "sandbox-403": "The region is not allowed",
    "sandbox-404": "Listed, but the model does not exist",
    "sandbox-413": "The request is too large",
    "sandbox-429": "Busy; asks to wait 2 seconds and answers the second try",
    "sandbox-429-long": "Busy; asks to wait a minute, every time",
    "sandbox-quota": "The account has no credit left",
    "sandbox-500": "An error inside the provider",
    "sandbox-502": "A gateway's error page instead of the API",
    "sandbox-503": "Overloaded",
    "sandbox-context": "The conversation is too long for the model",
    "sandbox-filter": "The question is blocked by the content filter",
    "sandbox-filtered": "The answer is stopped by the content filter",
    "sandbox-length": "The answer stops at the token limit",
    "sandbox-empty": "An empty answer",
    "sandbox-refusal": "A refusal instead of an answer",
    "sandbox-slow": "The first byte comes after 15 seconds",
    "sandbox-hang": "Takes the request and never answers",
    "sandbox-stall": "Begins to answer, then nothing more comes",
    "sandbox-drip": "A few bytes at a time, a word in several seconds",
    "sandbox-cut": "The stream is closed in the middle, without an end",
    "sandbox-reset": "The connection breaks before the answer",
    "sandbox-reset-midway": "The connection breaks in the middle of the answer",
    "sandbox-error-midway": "An error is reported in the middle of the answer",
    "sandbox-refused": "Nothing is listening at the address",
    "sandbox-dns": "The host's name is not known",
    "sandbox-html": "A sign-in page instead of the API",
    "sandbox-redirect": "Sends elsewhere",
    "sandbox-badjson": "JSON that is broken",
    "sandbox-odd": "Right, but with every oddity of Azure and vLLM",
    "sandbox-huge": "Far too much text, as fast as it goes",
}

IMAGES = {
    "sandbox-image": "Draws a picture of the prompt's own, in any size, format and quality",
    "sandbox-image-fast": "The same without any delay",
    "sandbox-image-url": "As dall-e-3 was: a link that expires, a revised prompt, and styles",
    "sandbox-image-429": "Busy; asks to wait 2 seconds and draws at the second try",
    "sandbox-image-500": "An error inside the provider",
    "sandbox-image-filter": "The prompt is blocked by the content filter",
    "sandbox-image-cut": "The stream is closed before the picture is finished",
    "sandbox-image-broken": "What comes is not a picture",
}

EMBEDDINGS = {
    "sandbox-embedding": "Vectors of 1536 numbers, or as many as asked for: similar texts lie close together",
    "sandbox-embedding-ada": "As text-embedding-ada-002: its vectors cannot be shortened",
}

MODERATIONS = {"sandbox-moderation": "Flags a few words, so that both outcomes can be seen"}

COMPLETIONS = {
    "sandbox-completion": "Goes on with a text",
    "sandbox-completion-429": "Busy; asks to wait 2 seconds and answers the second try",
    "sandbox-completion-500": "An error inside the provider",
    "sandbox-completion-cut": "The stream is closed in the middle, without an end",
}

SPEECH = {
    "sandbox-speech": "Speaks in tones: a melody as long as the text would take, as wav or pcm",
    "sandbox-speech-fast": "The same without any delay",
    "sandbox-speech-429": "Busy; asks to wait 2 seconds and speaks at the second try",
    "sandbox-speech-500": "An error inside the provider",
    "sandbox-speech-reset-midway": "The sound breaks off",
}

LISTENING = {
    "sandbox-transcribe": "Writes something down that is as long as the recording, with its times",
    "sandbox-transcribe-fast": "The same without any delay",
    "sandbox-transcribe-429": "Busy; asks to wait 2 seconds and listens at the second try",
    "sandbox-transcribe-500": "An error inside the provider",
    "sandbox-transcribe-cut": "The stream is closed in the middle, without an end",
}

# By the name of the operation.
SERVING: dict[str, dict[str, str]] = {
    "chat_completions": ANSWERING | MISBEHAVING,
    "image_generations": IMAGES,
    "image_edits": IMAGES,
    "image_variations": IMAGES,
    "embeddings": EMBEDDINGS,
    "moderations": MODERATIONS,
    "responses": ANSWERING | MISBEHAVING,
    "completions": COMPLETIONS,
    "speech": SPEECH,
    "transcriptions": LISTENING,
    "translations": LISTENING,
}
DESCRIPTIONS: dict[str, str] = {name: text for models in SERVING.values() for name, text in models.items()}

_FIRST = datetime(2026, 11, 1, tzinfo=UTC)  # any fixed moment: a listing must not change from call to call


def reply(asked: Asked, model: str = "") -> Reply:
    """The list of all models, or one of them; 404 as the API says it when there is no such model."""
    if model and model not in DESCRIPTIONS:
        raise problems.no_model(asked, model)
    found = _entry(model) if model else {"object": "list", "data": [_entry(name) for name in DESCRIPTIONS]}
    return Reply(200, {"content-type": "application/json"}, wire.encode(found))


def _entry(model: str) -> dict[str, Any]:
    return {
        "id": model,
        "object": "model",
        "created": int(_FIRST.timestamp()) + list(DESCRIPTIONS).index(model),
        "owned_by": "sandbox",
        "description": DESCRIPTIONS[model],
        "shutdown_date": None,
    }
