"""What every request has in common: its model, what a server knows besides, and the order on the wire."""

import pytest

from connector.client import errors, wire
from connector.client.multipart import File
from connector.operations import (
    asking,
    chat_completions,
    embeddings,
    image_edits,
    image_generations,
    image_variations,
    moderations,
    speech,
    transcriptions,
    translations,
)

WAV, PNG = File("talk.wav", b"RIFF"), File("a.png", b"PNG")
# Each with what it sends, in that order, between the model and what only a server knows.
REQUESTS = [
    (chat_completions.Request(messages=[{"role": "user"}], n=2), ["messages", "n"]),
    (embeddings.Request(input="one", user="u"), ["input", "user"]),
    (image_edits.Request(prompt="p", image=[PNG], size="auto"), ["prompt", "image", "size"]),
    (image_generations.Request(n=1, prompt="p", messages=[{"content": "q"}]), ["prompt", "n"]),
    (image_variations.Request(image=PNG, n=1), ["image", "n"]),
    (speech.Request(voice="alloy", input="Hello."), ["input", "voice"]),
]
FORMS = [
    (transcriptions.Request(file=WAV, language="de"), ["language"]),
    (translations.Request(file=WAV, prompt="p"), ["prompt"]),
]


@pytest.mark.parametrize(("request_", "names"), REQUESTS, ids=lambda each: type(each).__module__)
class TestRequests:
    def test_the_model_comes_first_and_extras_last(self, request_, names):
        asked = wire.changed(request_, model="m", extra_body={"top_k": 3})
        assert list(asked.body()) == ["model", *names, "top_k"]

    def test_no_model_is_no_empty_model(self, request_, names):
        assert list(request_.body()) == names

    def test_extras_have_the_last_word(self, request_, names):
        asked = wire.changed(request_, extra_body={names[0]: "theirs"})
        assert asked.body()[names[0]] == "theirs"


@pytest.mark.parametrize(("request_", "names"), FORMS, ids=lambda each: type(each).__module__)
def test_a_recording_comes_last_in_its_form(request_, names):
    asked = wire.changed(request_, model="m", extra_body={"top_k": 3, "file": "no file"})
    assert list(asked.body()) == ["model", *names, "top_k", "file"]
    assert asked.body()["file"] is WAV


def test_the_input_of_a_moderation_comes_before_its_model():
    request = moderations.Request(model="m", input="text", extra_body={"top_k": 3})
    assert list(request.body()) == ["input", "model", "top_k"]


def test_one_picture_in_a_list_is_one_picture():
    assert image_edits.Request(image=[PNG]).body()["image"] is PNG
    assert image_edits.Request(image=[PNG, PNG]).body()["image"] == [PNG, PNG]


def test_files_are_bytes_and_everything_else_is_json():
    assert asking.to_send(image_edits.Request(model="m", image=PNG)) == (
        "m",
        image_edits.Request(model="m", image=PNG).body(),
    )
    with pytest.raises(errors.InvalidParameter):
        asking.to_send(embeddings.Request(input="one", extra_body={"top_k": object()}))
