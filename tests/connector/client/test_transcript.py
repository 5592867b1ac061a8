"""What is kept of a body: all of a text within bounds, of a file what it is."""

import base64
import hashlib
import json
import random
import tracemalloc

import pytest

from connector.client import transcript
from connector.client.transcript import END, FILE, MOST, Transcript
from tests.pictures import a_picture


def in_pieces(content, size, content_type="application/json"):
    one = Transcript(content_type)
    for begin in range(0, len(content), size):
        one.feed(content[begin : begin + size])
    return one.kept()


def some_bytes(number, seed=1):
    return b"\x89PNG\r\n\x1a\n" + random.Random(seed).randbytes(number)  # noqa: S311  # any bytes will do


def a_file(content, kind="image/png"):
    return f"…[{kind}, {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}]"


@pytest.mark.parametrize("size", [1, 7, 4096, 10**9])
def test_a_text_is_kept_byte_for_byte(size):
    text = json.dumps({"content": "Käse ✓ " * 3000, "n": [1.5] * 2000}, ensure_ascii=False)
    assert in_pieces(text.encode(), size).text == text


@pytest.mark.parametrize("size", [1, 1000, 32_001, 10**9])
def test_files_in_base64_become_what_they_are(size):
    one, other = some_bytes(FILE), some_bytes(FILE * 4 + 1, 2)
    answer = {"data": [{"b64_json": base64.b64encode(each).decode()} for each in (one, other)], "usage": {"n": 1}}
    kept = in_pieces(json.dumps(answer).encode(), size)
    assert json.loads(kept.text) == {
        "data": [{"b64_json": a_file(one)}, {"b64_json": a_file(other)}],
        "usage": {"n": 1},
    }
    assert (kept.files, kept.cut, kept.size) == (2, 0, len(json.dumps(answer)))


def test_a_file_may_stand_anywhere_and_be_cut_off():
    content = some_bytes(FILE)
    for before in (0, 1, 9_999, 10_000, 19_999, 20_001, 45_678):
        body = b" " * before + base64.b64encode(content)
        assert transcript.of(body).text == " " * before + a_file(content)


def test_vectors_in_base64_stay():
    text = json.dumps({"embedding": base64.b64encode(bytes(range(256)) * 48).decode()})  # 3072 numbers
    assert transcript.of(text.encode()).text == text


def test_a_picture_is_known_by_its_digest():
    picture = a_picture(400, 300) + b"\x00" * FILE
    kept = transcript.of(json.dumps({"b64_json": base64.urlsafe_b64encode(picture).decode()}).encode())
    assert hashlib.sha256(picture).hexdigest() in kept.text


@pytest.mark.parametrize("size", [1000, 10**9])
def test_the_middle_of_a_long_text_is_left_out(size):
    text = " ".join(str(number) for number in range(MOST // 5))
    kept = in_pieces(text.encode(), size, "text/plain")
    begin, _, end = kept.text.partition(f"\n…[{kept.cut} bytes left out]…\n")
    assert text.startswith(begin)
    assert text.endswith(end)
    assert len(end) == END
    assert len(begin) + kept.cut + len(end) == kept.size == len(text)


def test_what_is_no_text_is_measured():
    content = some_bytes(1000)
    for content_type in ("audio/mpeg", "application/octet-stream", ""):
        kept = in_pieces(content, 300, content_type)
        assert (kept.text, kept.size, kept.media_type) == ("", len(content), "image/png")
        assert kept.sha256 == hashlib.sha256(content).hexdigest()


def test_text_in_another_encoding_is_kept_as_far_as_it_can_be_read():
    assert transcript.of("Käse".encode("latin-1"), "text/html; charset=latin-1").text == "K�se"


def test_it_takes_little_memory_however_much_comes():
    event = b'data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"word "},"finish_reason":null}]}\n\n'
    tracemalloc.start()
    one = Transcript("text/event-stream")
    for _ in range(10_000):
        one.feed(bytes(bytearray(event)))  # a piece of its own, as one from the network is
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 250_000  # of a million bytes
    assert one.kept().text.encode() == event * 10_000
