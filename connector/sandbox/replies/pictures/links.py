"""Pictures behind an address that expires. Nothing is kept: the address says what to draw, and until when."""

import asyncio
import base64
import binascii
import re
import time

from connector.sandbox.replies import problems
from connector.sandbox.replies.pictures import drawing
from connector.sandbox.replies.pictures.drawing import Sketch
from connector.sandbox.replies.reply import Asked, Reply

LIFETIME = 3600  # seconds, as OpenAI's links had
PATH = re.compile(r"images/files/(\d{2,4})x(\d{2,4})-(\d)-([A-Za-z0-9_-]{0,800})\.png")
LONGEST = 200  # characters of a prompt in an address
GONE = (
    b'<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code><Message>Expired</Message></Error>'
)


def address(asked: Asked, sketch: Sketch) -> str:
    """Where the picture of `sketch` is for an hour."""
    prompt = base64.urlsafe_b64encode(sketch.prompt[:LONGEST].encode("utf-8", "replace")).decode().rstrip("=")
    name = f"{sketch.width}x{sketch.height}-{sketch.index}-{prompt}.png"
    return f"{asked.root}/v1/images/files/{name}?se={int(time.time()) + LIFETIME}"


async def serve(asked: Asked, what: str) -> Reply:
    """The picture at an address, without a key; 403 in XML once it expired, as Azure's storage says it."""
    found = PATH.fullmatch(what)
    if not found:
        raise problems.no_path(asked)
    until = asked.query.get("se", "")
    if not re.fullmatch(r"\d{1,12}", until, re.ASCII) or int(until) < time.time():
        return Reply(403, {"content-type": "application/xml"}, GONE)
    width, height, index, prompt = int(found[1]), int(found[2]), int(found[3]), found[4]
    try:
        text = base64.urlsafe_b64decode(prompt + "=" * (-len(prompt) % 4)).decode("utf-8", "replace")
    except binascii.Error as error:
        raise problems.no_path(asked) from error
    if max(width, height) > 1792:
        raise problems.no_path(asked)
    content = await asyncio.to_thread(lambda: drawing.written(drawing.draw(Sketch(text, width, height, index))))
    return Reply(200, {"content-type": "image/png"}, content)
