"""What somebody who is signed in uploads, and asks for all at once, to a real server (T12, T88, T91, T100)."""

import io
import json
import random
import re
import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from tests.attacks.target import TOKEN, a_target, head, read
from tests.pictures import NO_PICTURES, a_picture

BOUNDARY = "xYzZY"
ROOM = 1_000_000  # bytes that one person may store here
MOST_MEMORY = (
    1_200_000  # kB that a storm of uploads may take on top: two that are looked at, and what is kept for later ones
)
COUNT = """
import json
from connector.models import GeneratedImage, Run, StoredFile
files = StoredFile.objects.all()
print("COUNT", json.dumps([files.count(), sum(files.values_list("bytes", flat=True)), Run.objects.count()]))
"""


@pytest.fixture(scope="module")
def target():
    with a_target(MEGABYTES_STORED="1", IMAGES_A_MINUTE="0", IMAGES_A_DAY="0") as one:
        yield one


@pytest.fixture(autouse=True)
def unbroken(target):
    before = len(target.server.log)
    yield
    assert "Traceback" not in target.server.log[before:]
    assert target.ask(None, "GET", "/health/ready").status == 200


def form(target, *files, **fields):
    """A form of the edit page; `files`: field, name, type and content of each."""
    given = {"prompt": "x", "configuration": target.rows["configuration"], "model": "sandbox-image-fast"} | fields
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in given.items()]
    for name, called, kind, content in files:
        top = f'Content-Disposition: form-data; name="{name}"; filename="{called}"\r\nContent-Type: {kind}\r\n\r\n'
        parts.append(top.encode() + content)
    line = f"--{BOUNDARY}".encode()
    return b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


def send(target, *files, who="ann", **fields):
    headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    return target.ask(who, "POST", "/images/edit/", form(target, *files, **fields), headers=headers)


def a_png(content, name="files"):
    return (name, "a.png", "image/png", content)


def counted(target):
    """Uploads, their bytes, and runs."""
    printed = target.server.execute(COUNT)
    return json.loads(printed.partition("COUNT ")[2])


def on_disk(target):
    return sorted(str(path) for path in Path(target.server.var, "media").rglob("*") if path.is_file())


def a_claim(width, height):
    """A small PNG that says it is this large."""
    begin = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = [(b"IHDR", begin), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def moving(frames, side):
    pictures = [Image.new("L", (side, side), number) for number in range(frames)]
    file = io.BytesIO()
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:])
    return file.getvalue()


BAD = {
    **NO_PICTURES,
    "empty": b" ",
    "a program": b"MZ" + bytes(500),
    "zip": b"PK\x03\x04" + bytes(500),
    "mp4": b"\x00\x00\x00\x18ftypmp42" + bytes(500),
    "tiff": b"II*\x00" + bytes(500),
    "psd": b"8BPS" + bytes(500),
    "jpeg 2000": b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(500),
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n",
    "avif": b"\x00\x00\x00\x20ftypavif" + bytes(500),
    "truncated": a_picture(300, 300)[:200],
    "only a beginning": b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
    "GIF and script": b"GIF89a/*<script>*/=1;alert(1)//",
    "50,000 x 50,000": a_claim(50_000, 50_000),
    "as large as a number can be": a_claim(2**31 - 1, 2**31 - 1),
    "0 x 0": a_claim(0, 0),
    "moves on and on": moving(200, 32),
    "moves over many pixels": moving(60, 2000),
}


def test_what_is_no_picture_stays_nowhere(target):
    before, files = counted(target), on_disk(target)
    for content in BAD.values():
        for name, kind in (("a.png", "image/png"), ("a.svg", "image/svg+xml"), ("../../a.html", "text/html")):
            answer = send(target, ("files", name, kind, content))
            assert answer.status == 422
            assert "picture" in answer.text
        assert send(target, a_png(content, "mask_file"), id=target.rows["image"]).status == 422
    assert (counted(target), on_disk(target)) == (before, files)


def test_more_of_them_than_can_go_along_stay_nowhere(target):
    before, files = counted(target), on_disk(target)
    assert send(target, *[a_png(a_picture())] * 17).status == 422
    assert send(target, *[a_png(a_picture())] * 16, id=target.rows["image"]).status == 422
    assert send(target, *[a_png(b"x")] * 101).status in (400, 422)
    assert send(target, a_png(a_picture(32, 64), "mask_file"), id=target.rows["image"]).status == 422
    assert (counted(target), on_disk(target)) == (before, files)


@pytest.mark.parametrize("path", ["/images/edit/", "/prompt/ask/"])
def test_a_gigabyte_is_refused_before_it_comes(target, path):
    headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}", "content-length": "1000000000"}
    with target.connect() as connection:
        connection.sendall(head("POST", path, headers=headers, port=target.server.port, cookie=target.cookie("ann")))
        connection.sendall(bytes(1000))
        answer = read(connection, b"26 MB")
    assert answer.status == 413


def test_a_file_for_a_prompt_is_opened_without_any_rights(target):
    before = counted(target)
    fields = {"question": "x", "operation": "chat_completions", "model": "sandbox-401"}
    files = [
        ("files", "a.html", "text/html", b"<script>alert(1)</script>"),
        ("files", "a.svg", "image/svg+xml", b"<svg/>"),
    ]
    headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    answer = target.ask("ann", "POST", "/prompt/ask/", form(target, *files, **fields), headers=headers)
    page = target.ask("ann", "GET", answer.headers["location"])
    kept = set(re.findall(r"/files/[0-9a-f-]{36}/", page.text))
    assert (answer.status, len(kept)) == (302, 2)
    for address in kept:
        opened = target.ask("ann", "GET", address)
        assert opened.headers["content-type"] == "application/octet-stream"
        assert opened.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert opened.headers["x-content-type-options"] == "nosniff"
        assert target.ask("bob", "GET", address).status == 404
    assert counted(target)[0] == before[0] + 2


@pytest.mark.parametrize("who", ["ann", None])
def test_a_body_without_an_end_is_cut_off(target, who):
    before, files = counted(target), on_disk(target)
    headers = {"transfer-encoding": "chunked", "content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    headers["x-csrftoken"] = TOKEN
    beginning = form(target, a_png(a_picture()))[: -len(BOUNDARY) - 8]
    with target.connect() as connection:
        connection.sendall(
            head("POST", "/images/edit/", headers=headers, port=target.server.port, cookie=target.cookie(who))
        )
        piece, sent = beginning + bytes(1_000_000 - len(beginning)), 0
        try:
            while sent < 60_000_000:
                connection.sendall(b"%x\r\n" % len(piece) + piece + b"\r\n")
                sent += len(piece)
        except OSError:
            pass  # it does not listen any more
        answer = read(connection)
    assert sent < 60_000_000
    assert answer.status in (413, 0)
    assert (counted(target), on_disk(target)) == (before, files)


def peak(target):
    """The most memory that the server ever had, in kB."""
    status = Path(f"/proc/{target.server.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def test_many_large_ones_at_once_take_the_memory_of_a_few(target):
    file = io.BytesIO()
    Image.new("RGBA", (7000, 7000), (1, 2, 3, 255)).save(file, "PNG", compress_level=9)
    content = file.getvalue()[:-40]  # damaged at its very end
    before = peak(target)
    with ThreadPoolExecutor(25) as pool:
        answers = [pool.submit(send, target, a_png(content)) for _ in range(24)]
        began = time.monotonic()
        assert target.ask("bob", "GET", "/images/").status == 200
        assert time.monotonic() - began < 5
    assert {answer.result().status for answer in answers} == {422}
    assert peak(target) - before < MOST_MEMORY


def test_a_hundred_at_once_do_not_store_more_than_there_is_room_for(target):
    noise = random.Random(1)  # noqa: S311  # any bytes
    content = a_png_of(noise.randbytes(3 * 360 * 360), 360)
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: send(target, a_png(content), who="bob", prompt=""), range(50)))
    assert {answer.status for answer in answers} == {422}
    _, stored, _ = counted(target)
    assert 0 < stored <= ROOM
    kept = [path for path in on_disk(target) if "/inputs/" in path or "/outputs/" in path]
    assert len(kept) == counted(target)[0]


def a_png_of(pixels, side):
    file = io.BytesIO()
    Image.frombytes("RGB", (side, side), pixels).save(file, "PNG")
    return file.getvalue()
