"""Data for tests, made by plain functions: `a_user()`, `a_configuration()`, `a_session(user)` …

Each takes what matters to the test as keywords and invents the rest.
"""

import itertools
import json
from array import array
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import Permission, User
from django.core.files.base import ContentFile
from django.utils import timezone

from connector.client.multipart import File
from connector.models import (
    ApiType,
    Call,
    CallContent,
    ChatCompletionsMessage,
    ChatCompletionsSession,
    Comparison,
    Configuration,
    GeneratedImage,
    Run,
    Speech,
    StoredFile,
    Take,
    Transcription,
)
from connector.models.call import pack
from connector.models.gallery import FILES as GALLERY_FILES
from connector.sandbox.replies import vectors
from tests.pictures import a_picture, a_shaded_picture
from tests.sounds import a_wav

CANARY_KEY = "sk-CANARY-0123456789abcdef0123456789abcdef"  # no output of any kind may contain it

SUBJECTS = (
    "A lighthouse at dusk",
    "An old harbour",
    "A fox in the snow",
    "A tower of books",
    "Dunes",
    "A quiet street",
)

_count = itertools.count(1)


def a_user(**fields: Any) -> User:
    return User.objects.create_user(**{"username": f"user{next(_count)}"} | fields)


def a_viewer(**fields: Any) -> User:
    """Staff who may look at everything of the connector and change nothing."""
    return _a_member_of_staff(fields, codename__startswith="view_")


def an_editor(**fields: Any) -> User:
    """Staff who may do everything with configurations and deployed models."""
    return _a_member_of_staff(fields, content_type__model__in=("configuration", "deployedmodel"))


def a_superuser(**fields: Any) -> User:
    return a_user(**{"is_staff": True, "is_superuser": True} | fields)


def _a_member_of_staff(fields: dict[str, Any], **permissions: Any) -> User:
    staff = a_user(**{"is_staff": True} | fields)
    staff.user_permissions.set(Permission.objects.filter(content_type__app_label="connector", **permissions))
    return staff


def an_openai(key: str = "", **fields: Any) -> Configuration:
    """A configuration for OpenAI, with `key` when one is given."""
    number = next(_count)
    openai = {"display_name": f"OpenAI {number}", "api_type": ApiType.OPENAI, "endpoint": "", "model_default_chat": ""}
    configuration = a_configuration(**openai | fields)
    if key:
        configuration.set_key(key)
    return configuration


def a_configuration(**fields: Any) -> Configuration:
    """A sandbox of its own, open to everyone who signs in."""
    number = next(_count)
    return Configuration.objects.create(
        **{
            "display_name": f"Sandbox {number}",
            "api_type": ApiType.SANDBOX,
            "endpoint": "https://sandbox.invalid/v1",
            "model_default_chat": "sandbox",
            "open_to_everyone": True,
        }
        | fields
    )


def a_session(user: User, **fields: Any) -> ChatCompletionsSession:
    fields.setdefault("configuration", Configuration.objects.filter(api_type=ApiType.SANDBOX).first())
    return ChatCompletionsSession.objects.create(**{"user": user, "title": "A talk", "model": "sandbox"} | fields)


def a_run(session: ChatCompletionsSession, **fields: Any) -> Run:
    """A run that has come to its end."""
    given = {
        "user": session.user,
        "session": session,
        "configuration": session.configuration,
        "state": Run.State.DONE,
        "model": "sandbox",
        "usage": {"prompt_tokens": 12, "completion_tokens": 30, "total_tokens": 42},
        "first_token_ms": 120,
        "duration_ms": 1120,
        "ended": timezone.now(),
    }
    return Run.objects.create(**given | fields)


def a_request(user: User, path: str = "/v1/models", **fields: Any) -> Run:
    """A raw request of the console that has come to its end."""
    given = {
        "user": user,
        "kind": Run.Kind.CALL,
        "operation": "raw",
        "configuration": Configuration.objects.filter(api_type=ApiType.SANDBOX).first(),
        "state": Run.State.DONE,
        "request": {"path": path, "method": "GET"},
        "answer": {"status": 200, "headers": {"content-type": "application/json"}},
        "ended": timezone.now(),
    }
    return Run.objects.create(**given | fields)


def a_call(user: User | None, body: Any = None, answer: Any = None, **fields: Any) -> Call:
    """A call that was recorded; `body` and `answer` become JSON."""
    configuration = fields.get("configuration")
    given = {
        "user": user,
        "configuration_name": configuration.display_name if configuration else "",
        "source": Call.Source.PAGE,
        "operation": "chat_completions",
        "path": "/chat/completions",
        "model": "sandbox",
        "model_answered": "sandbox",
        "status": 200,
        "attempts": [{"number": 1, "status": 200, "started_ms": 0, "duration_ms": 1000}],
        "duration_ms": 1000,
    }
    call = Call.objects.create(**given | fields)
    sent = json.dumps(body or {"model": call.model, "messages": [{"role": "user", "content": "Why?"}]})
    came = json.dumps(answer or {"choices": [{"index": 0, "message": {"content": "Because."}}]})
    kind = {"content-type": "application/json"}
    CallContent.objects.create(
        call=call,
        packed_request=pack({"headers": kind, "content_type": kind["content-type"], "size": len(sent), "text": sent}),
        packed_answers=pack([{"status": 200, "headers": kind, "size": len(came), "text": came}]),
    )
    return call


def an_exchange(
    session: ChatCompletionsSession,
    question: str = "Why?",
    *answers: str,
    parent: ChatCompletionsMessage | None = None,
    **run: Any,
) -> list[ChatCompletionsMessage]:
    """A question at the end of the session, or under `parent`, and its answers, of which the first is shown.

    Returns the question and the answers; `run` are fields of the run.
    """
    above = parent.pk if parent else session.leaf_id
    asked = ChatCompletionsMessage.objects.create(session=session, role="user", content=question, parent_id=above)
    return [asked, *some_answers(session, asked, *(answers or ("Because.",)), **run)]


def some_answers(
    session: ChatCompletionsSession, question: ChatCompletionsMessage, *answers: str, **run: Any
) -> list[ChatCompletionsMessage]:
    """The answers of one run to `question`; the first one is shown."""
    one_run = a_run(session, **run)
    messages = [
        ChatCompletionsMessage.objects.create(
            session=session,
            role="assistant",
            content=answer,
            parent=question,
            run=one_run,
            choice=choice,
            finish_reason="stop" if one_run.state == Run.State.DONE else "",
        )
        for choice, answer in enumerate(answers)
    ]
    session.leaf = messages[0]
    session.save(update_fields=["leaf"])
    return messages


def a_comparison(user: User, *answers: str, **fields: Any) -> Comparison:
    """One that has come to its end: with a column for each of `answers`, or two. `run` are fields of their runs."""
    run, models = fields.pop("run", {}), fields.pop("models", ("sandbox", "sandbox-fast"))
    comparison = Comparison.objects.create(**{"user": user, "prompt": "Why is the sky blue?"} | fields)
    for place, answer in enumerate(answers or ("Because.", "It scatters.")):
        of_column = {"kind": "comparison", "comparison": comparison, "place": place, "title": comparison.prompt}
        session = a_session(user, model=models[place % len(models)], **of_column)
        an_exchange(session, comparison.prompt, answer, **{"model": session.model} | run)
    return comparison


def an_image(user: User | None, content: bytes | None = None, **fields: Any) -> GeneratedImage:
    """A picture in the gallery of `user`, with its file and smaller copies."""
    given = {"user": user, "prompt": "A lighthouse", "model": "sandbox-image"}
    image = GeneratedImage(**given | fields)
    image.write(a_picture(400, 300) if content is None else content)
    image.save()
    return image


def many_images(user: User, count: int, **fields: Any) -> list[GeneratedImage]:
    """`count` pictures with files of their own, made quickly: a few are drawn, the others are copies of them.

    The first is the oldest. What is not in `fields` differs from one to the next.
    """
    drawn = []
    for number, (width, height) in enumerate([(1024, 1024), (1024, 1536), (1536, 1024), (512, 512), (1792, 1024)]):
        one = GeneratedImage(user=user)
        one.write(a_shaded_picture(width // 4, height // 4, number))
        contents = {name: getattr(one, name).read() for name in GALLERY_FILES}
        one.remove_files()
        one.width, one.height = width, height  # of what it stands for
        drawn.append((one, contents))
    images = []
    for number in range(count):
        pattern, contents = drawn[number % len(drawn)]
        image = GeneratedImage(
            **{
                "user": user,
                "prompt": f"{SUBJECTS[number % len(SUBJECTS)]}, picture {number}",
                "model": ("sandbox-image", "sandbox-image-fast", "gpt-image-2")[number % 3],
                "parameters": {"size": f"{pattern.width}x{pattern.height}", "quality": "low"},
                "state": GeneratedImage.State.KEPT,
                "kept": timezone.now(),
                **{name: getattr(pattern, name) for name in ("media_type", "width", "height", "bytes", "sha256")},
            }
            | fields
        )
        for name, content in contents.items():
            file = getattr(image, name)
            file.name = file.storage.save(
                file.field.generate_filename(image, f"{image.public_id.hex}{name}"), ContentFile(content)
            )
        images.append(image)
    return GeneratedImage.objects.bulk_create(images, batch_size=500)


def a_drawing(user: User, *states: str, **fields: Any) -> Run:
    """A run of pictures that has come to its end: with a picture for each of `states`, or one that is kept.

    `fields` are the run's, and `prompt`.
    """
    prompt, parameters = fields.pop("prompt", "A lighthouse"), fields.pop("request", {})
    given = {
        "user": user,
        "kind": Run.Kind.IMAGE,
        "operation": "image_generations",
        "configuration": Configuration.objects.filter(api_type=ApiType.SANDBOX).first(),
        "state": Run.State.DONE,
        "model": "sandbox-image-fast",
        "request": {"model": "sandbox-image-fast", "prompt": prompt} | parameters,
        "ended": timezone.now(),
    }
    run = Run.objects.create(**given | fields)
    of_image = {"run": run, "prompt": prompt, "model": run.model, "configuration": run.configuration}
    for place, state in enumerate(states or ("kept",)):
        more = of_image | {"place": place, "parameters": parameters}
        if state == "kept":
            an_image(user, **more)
        else:
            GeneratedImage.objects.create(user=user, state=state, **more)
    return run


def a_prompt(user: User, question: str = "Why?", answer: str = "Because.", **fields: Any) -> ChatCompletionsSession:
    """A prompt that was answered; `tool_calls` are the answer's, `template` the session's, the rest the run's."""
    calls, template = fields.pop("tool_calls", []), fields.pop("template", {"question": question, "values": {}})
    session = a_session(user, kind=ChatCompletionsSession.Kind.PROMPT, title=question, template=template)
    _, said = an_exchange(session, question, answer, kind=Run.Kind.PROMPT, **fields)
    said.tool_calls = calls
    said.save(update_fields=["tool_calls"])
    return session


def an_upload(user: User, content: bytes | None = None, name: str = "cat.png", purpose: str = "input") -> StoredFile:
    return StoredFile.objects.take(user, name, a_picture() if content is None else content, purpose)


def an_embedding(
    user: User,
    texts: Sequence[str] = ("The cat sleeps", "A cat sleeps", "Rates rose"),
    dimensions: int = 300,
    **fields: Any,
) -> Run:
    """A run that has come to its end, with the sandbox's vectors."""
    given = {
        "user": user,
        "kind": Run.Kind.CALL,
        "operation": "embeddings",
        "configuration": Configuration.objects.filter(api_type=ApiType.SANDBOX).first(),
        "state": Run.State.DONE,
        "model": "sandbox-embedding",
        "request": {"model": "sandbox-embedding", "input": [*texts]},
        "about": {"texts": len(texts), "begins": texts[0]},
        "answer": {"model": "sandbox-embedding", "count": len(texts), "dimensions": dimensions},
        "usage": {"prompt_tokens": 9, "total_tokens": 9},
        "duration_ms": 120,
    }
    run = Run.objects.create(**given | fields)
    numbers = array("f")
    for text in texts:
        numbers.extend(vectors.vector(text, dimensions))
    file = File("vectors.f32", numbers.tobytes(), "application/octet-stream")
    StoredFile.objects.keep(user, file, StoredFile.Purpose.OUTPUT, output_of=run)
    return run


def a_speech(user: User, text: str = "Hello.", voices: tuple[Any, ...] = ("alloy",), **fields: Any) -> Speech:
    """A text that was spoken, with half a second for each voice. `fields`: the run's, and `request`."""
    given = {"kind": Run.Kind.SPEECH, "operation": "speech", "model": "sandbox-speech-fast", "state": Run.State.DONE}
    given |= {"configuration": Configuration.objects.filter(api_type=ApiType.SANDBOX).first(), "ended": timezone.now()}
    request = {"model": "sandbox-speech-fast"} | fields.pop("request", {})
    run = Run.objects.create(**given | {"user": user, "request": request} | fields)
    speech = Speech.objects.create(user=user, run=run, text=text)
    for place, voice in enumerate(voices):
        take = Take.objects.create(speech=speech, place=place, voice=voice)
        take.keep_part(run, 0, File("speech", a_wav(0.5)))
        take.join(run, [a_wav(0.5)], "speech.wav")
        take.state = Take.State.KEPT
        take.save_end()
    return speech


def a_recording(user: User, content: bytes | None = None, name: str = "talk.wav") -> StoredFile:
    return StoredFile.objects.take_recording(user, name, a_wav(3.0) if content is None else content)


def a_transcription(user: User, text: str = "Hello there.", **fields: Any) -> Transcription:
    """A recording that was written down. `fields`: the row's, and as `run` the run's."""
    recording = fields.pop("recording", None) or a_recording(user)
    given = {"kind": Run.Kind.TRANSCRIPTION, "operation": "transcriptions", "model": "sandbox-transcribe-fast"}
    given |= {"configuration": Configuration.objects.filter(api_type=ApiType.SANDBOX).first(), "state": Run.State.DONE}
    inputs = [{"param": "file", "kind": "file", "id": str(recording.public_id)}]
    run = Run.objects.create(
        **given | {"user": user, "inputs": inputs, "ended": timezone.now()} | fields.pop("run", {})
    )
    run.stored_files.add(recording)
    named = {"name": recording.name, "seconds": 3.0, "text": text}
    return Transcription.objects.create(**{"user": user, "run": run, "recording": recording} | named | fields)
