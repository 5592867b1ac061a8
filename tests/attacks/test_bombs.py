"""Texts made to cost time, as the page shows them: a model's answer must not stop the server (T90, T91)."""

import json
import time

import pytest

from tests.attacks.target import a_target

SIZE = 64_000  # characters
BOMBS = (
    "![",
    "[",
    "[](",
    "**a",
    "*_",
    "`",
    "```\n",
    "> ",
    "- ",
    "1. ",
    "| a ",
    "|-|-\n",
    "<div>",
    "&#x0;",
    "$",
    "$$\n",
    "\\(",
    "\\",
)
BOMBS += (
    "a@b.c ",
    "http://",
    "www.",
    "# ",
    "~~",
    "\t",
    "\n\n",
    "[a]: b\n",
    "[^1]",
    "<!--",
    "<![CDATA[",
    "{",
    "\\frac{1}{",
    "e\u0301",
)
SLOW = 2.0  # seconds for the page of an answer, on a machine that does other things too; 0.2 of them are its Markdown
SEED = """
import json, sys
from django.contrib.auth.models import User
from tests.builders import a_session, an_exchange
ann, found = User.objects.get(username="ann"), []
for bomb in json.load(sys.stdin):
    session = a_session(ann)
    an_exchange(session, bomb, bomb)
    found.append(session.pk)
print("SEED", json.dumps(found))
"""


@pytest.fixture(scope="module")
def target():
    with a_target() as one:
        yield one


def test_pages_with_bombs_come_in_time_and_keep_nobody_waiting(target):
    texts = [(bomb * SIZE)[:SIZE] for bomb in BOMBS]
    printed = target.server.execute(SEED, stdin=json.dumps(texts))
    slow = {}
    for bomb, session in zip(BOMBS, json.loads(printed.partition("SEED ")[2]), strict=True):
        began = time.monotonic()
        assert target.ask("ann", "GET", f"/chat/{session}/").status == 200
        slow[bomb] = time.monotonic() - began
    assert {bomb: seconds for bomb, seconds in slow.items() if seconds > SLOW} == {}


@pytest.mark.parametrize("white", [b" ", b"\r\n", b"\t"])
def test_a_part_full_of_spaces_is_read_at_once(target, white):
    part = b'--x\r\nContent-Disposition: form-data; name="text"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    body = part + (white * 1_900_000)[:1_900_000] + b"QQ==\r\n--x--\r\n"
    began = time.monotonic()
    answer = target.ask("ann", "POST", "/chat/ask/", body, headers={"content-type": "multipart/form-data; boundary=x"})
    assert answer.status in (302, 422)
    assert time.monotonic() - began < SLOW
