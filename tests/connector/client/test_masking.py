"""Keys disappear from text; everything else stays as it is."""

import base64
import gc
import random
import time
import unittest
from urllib.parse import quote

import pytest

from connector.client import masking
from connector.client.masking import HIDDEN, mask
from connector.client.secret import Secret

HEX = "0123456789abcdef0123456789abcdef"

SHAPES = {
    "Incorrect API key provided: sk-ab***yz. See": f"Incorrect API key provided: sk-{HIDDEN} See",
    "sk-proj-AbC_123-xyz987654321": f"sk-{HIDDEN}",
    "key=sk-0123456789abcdef,": f"key=sk-{HIDDEN},",
    "api-key: 1234567890": f"api-key: {HIDDEN}",
    "{'api-key': 'abcdefgh'}": f"{{'api-key': '{HIDDEN}'}}",
    '"api_key":"abcdefgh"': f'"api_key":"{HIDDEN}"',
    "Authorization: Bearer abc.def-123": f"Authorization: Bearer {HIDDEN}",
    "'authorization': 'Basic dXNlcjpwYXNz'": f"'authorization': 'Basic {HIDDEN}'",
    "bearer abcdefghijklmnopqrstuvwx": f"bearer {HIDDEN}",
    f"key {HEX} refused": f"key {HIDDEN} refused",
    f"key {HEX.upper()}": f"key {HIDDEN}",
    "key " + "Ab1" * 28: f"key {HIDDEN}",
    "gAAAAABnX9qAbCdEfGh_-123==": HIDDEN,
    "token eyJhbGciOiJSUzI1.eyJhdWQiOiJo.c2lnbmF0dXJl": f"token {HIDDEN}",
}

UNTOUCHED = [
    "a task-force-of-twelve on disk-drives-everywhere",
    "Bearer token missing",
    "bearer authentication",
    "request req_0123456789abcdef0123456789abcdef failed",
    "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
    "550e8400-e29b-41d4-a716-446655440000",
    "the api key was refused",
    "api-key: ?",
    "sk-",
    "",
    "Ein Schlüssel fehlt ✓",
]


@pytest.mark.parametrize("text", SHAPES)
def test_what_looks_like_a_key_is_hidden(text):
    assert mask(text) == SHAPES[text]
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_is_no_key_stays(text):
    assert mask(text) == text


def test_looking_only_where_a_key_may_begin_misses_none():
    pieces = [
        *(
            "sk-",
            "sess-",
            "pk-",
            "gAAAA",
            "eyJ",
            "eyJ0123abcd.",
            "abceyJ",
            "bearer ",
            "x-api-key",
            "API_KEY",
            "api key",
        ),
        *("ocp-apim-subscription-key", "authorization", ": ", "=", '"', "'", ".", "-", "_", " ", "\n", "é", "…", "✓"),
        *("abc", HEX, "A" * 40, "Z" * 84, "9", "basic "),
    ]
    chance = random.Random(1)  # noqa: S311  # any texts will do
    for _ in range(5000):
        text = "".join(chance.choice(pieces) for _ in range(chance.randint(1, 9)))
        assert mask(text) == masking._SHAPES.sub(masking._hide, text), text


@pytest.mark.parametrize("piece", ["-eyJ", "bearer ", "sk-", "api_key ", "authorization: ", "eyJabcdefgh.", HEX])
def test_the_time_grows_with_the_length_only(piece):
    began = time.monotonic()
    mask(piece * (1_000_000 // len(piece)))
    assert time.monotonic() - began < 20


class LivingSecretTests(unittest.TestCase):
    def test_its_exact_value_is_hidden_in_every_spelling(self):
        secret = Secret("Käse/und+Brot 77?")
        value = secret.reveal()
        for spelling in (
            value,
            quote(value, safe=""),
            base64.b64encode(value.encode()).decode(),
            base64.urlsafe_b64encode(value.encode()).decode(),
        ):
            self.assertNotIn(spelling.rstrip("="), mask(f"<{spelling}>"))

    def test_one_that_contains_another_leaves_nothing_behind(self):
        secrets = [Secret("abcdefgh-1"), Secret("abcdefgh-1-and-more")]
        self.assertEqual(mask("x abcdefgh-1-and-more y"), f"x {HIDDEN} y")
        del secrets

    def test_it_is_forgotten_with_the_secret(self):
        secret = Secret("harmless-words")
        self.assertEqual(mask("harmless-words"), HIDDEN)
        del secret
        gc.collect()
        self.assertEqual(mask("harmless-words"), "harmless-words")

    def test_keys_that_are_words_do_not_spoil_texts(self):
        secrets = [Secret("EMPTY"), Secret("none"), Secret("")]
        self.assertEqual(mask("EMPTY answer, none came"), "EMPTY answer, none came")
        del secrets
