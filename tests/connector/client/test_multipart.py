"""Forms with files: written so that any reader finds what was meant, and read back."""

import io
import re
from unittest import TestCase

import httpx
import pytest
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http.multipartparser import MultiPartParser
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.client import errors, multipart
from connector.client.multipart import File

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
HOSTILE = [
    "../../x",
    "..\\x",
    "/etc/passwd",
    "C:\\x",
    "x\0.mp3",
    "a" * 4000 + ".wav",
    "photo\u202egnp.exe",
    "CON.mp3",
    ".htaccess",
    "",
    "..........",
    'x"; filename="y',
    "x\r\nContent-Type: text/html\r\n\r\n<script>",
    "\ud800.png",
    "ä-ö-ü.png",
    "%00.png",
]
anything = st.text(st.characters(codec=None, categories=None), max_size=60)


def read_by_django(form):
    """What another parser makes of it: values, and (name, file name, content) of the files."""
    meta = {"CONTENT_TYPE": form.content_type, "CONTENT_LENGTH": len(form.content)}
    handler = MemoryFileUploadHandler()
    handler.activated = True
    handler.handle_raw_input = lambda *_, **__: None
    values, files = MultiPartParser(meta, io.BytesIO(form.content), [handler]).parse()
    return dict(values.lists()), [(name, f.name, f.read()) for name, fs in files.lists() for f in fs]


class EncodeTests(TestCase):
    def parts(self, **fields):
        form = multipart.encode(fields)
        return [(part.name, part.content) for part in multipart.decode(form.content, form.content_type)]

    def test_values_are_written_as_the_official_client_writes_them(self):
        assert self.parts(n=2, stream=True, off=False, size="1024x1024", gone=None, speed=0.5) == [
            ("n", b"2"),
            ("stream", b"true"),
            ("off", b"false"),
            ("size", b"1024x1024"),
            ("speed", b"0.5"),
        ]

    def test_lists_and_objects_are_spread(self):
        assert self.parts(word=["a", "b"], svg={"model": "m", "reasoning": {"effort": "low"}}) == [
            ("word[]", b"a"),
            ("word[]", b"b"),
            ("svg[model]", b"m"),
            ("svg[reasoning][effort]", b"low"),
        ]

    def test_several_files_are_a_list_and_one_is_not(self):
        file = File("a.png", PNG)
        assert [name for name, _ in self.parts(image=[file, file], mask=file)] == ["image[]", "image[]", "mask"]

    def test_the_type_comes_from_the_bytes(self):
        for file, media_type in (
            (File("a.svg", PNG, "image/svg+xml"), "image/png"),
            (File("a.txt", b"hello", "text/plain"), "text/plain"),
            (File("a.txt", b"hello", "text/plain\r\nX: 1"), multipart.UNKNOWN),
            (File("a", b"hello"), multipart.UNKNOWN),
        ):
            form = multipart.encode({"f": file})
            (part,) = multipart.decode(form.content, form.content_type)
            assert part.media_type == media_type

    def test_two_forms_have_different_boundaries(self):
        assert multipart.encode({}).content_type != multipart.encode({}).content_type

    def test_the_empty_form_is_one(self):
        form = multipart.encode({})
        assert multipart.decode(form.content, form.content_type) == []


class NameTests(TestCase):
    def test_hostile_names_lose_what_is_hostile(self):
        for name in HOSTILE:
            safe = File(name, PNG).safe_name
            with self.subTest(ascii(name)):
                assert re.fullmatch(r"[\w-][^/\\:\"\r\n\0\u202e]{0,95}\.png", safe), safe
                assert not safe.startswith(".")

    def test_a_good_name_stays(self):
        for name in ("a cat.png", "Müller_2.png", "chat.2026.png"):
            assert File(name, PNG).safe_name == name

    def test_the_ending_follows_the_bytes(self):
        assert File("a.exe", PNG).safe_name == "a.png"
        assert File("a.jpeg", b"\xff\xd8\xff").safe_name == "a.jpeg"
        assert File("notes.txt", b"plain").safe_name == "notes.txt"

    def test_a_name_of_a_device_is_not_one_any_more(self):
        assert File("CON.mp3", b"ID3").safe_name == "file-CON.mp3"


class PropertyTests(TestCase):
    @settings(deadline=None)
    @given(st.dictionaries(anything, anything, max_size=4), anything, st.binary(max_size=300))
    def test_what_was_written_is_read_back(self, fields, name, content):
        form = multipart.encode({**fields, "the file": File(name, content)})
        *values, file = multipart.decode(form.content, form.content_type)
        assert [(part.name, part.content.decode()) for part in values] == [
            (_sent(key), value.encode("utf-8", "replace").decode())
            for key, value in fields.items()
            if key != "the file"
        ]
        assert (file.content, file.filename) == (content, File(name, content).safe_name)

    @settings(deadline=None)
    @given(anything, st.binary(max_size=300))
    def test_another_parser_reads_the_same(self, name, content):
        form = multipart.encode({"prompt": "a\r\n--cat", "image[]": File(name, content), "n": 1})
        values, files = read_by_django(form)
        assert values == {"prompt": ["a\r\n--cat"], "n": ["1"]}
        assert files == [("image[]", File(name, content).safe_name, content)]

    @settings(deadline=None)
    @given(st.binary(max_size=200), st.text(max_size=40))
    def test_what_is_no_form_is_refused(self, content, header):
        for content_type in (header, "multipart/form-data; boundary=xyz"):
            with pytest.raises(errors.BadAnswer):
                multipart.decode(content.replace(b"xyz", b""), content_type)


class DecodeTests(TestCase):
    def test_forms_of_another_client_are_read(self):
        files = [("image[]", ("a.png", PNG, "image/png")), ("image[]", ('ü".png', PNG, "image/png"))]
        request = httpx.Request("POST", "http://x", data={"prompt": "ä", "n": "2"}, files=files)
        parts = multipart.decode(request.read(), request.headers["content-type"])
        assert [(part.name, part.filename, part.content) for part in parts] == [
            ("prompt", None, "ä".encode()),
            ("n", None, b"2"),
            ("image[]", "a.png", PNG),
            ("image[]", 'ü".png', PNG),
        ]

    def test_too_many_parts_are_refused(self):
        form = multipart.encode({"x": ["y"] * (multipart.PARTS + 1)})
        with pytest.raises(errors.BadAnswer):
            multipart.decode(form.content, form.content_type)

    def test_a_form_that_is_cut_is_refused(self):
        form = multipart.encode({"image": File("a.png", PNG)})
        for cut in (5, 40, len(form.content) // 2):
            with pytest.raises(errors.BadAnswer):
                multipart.decode(form.content[:-cut], form.content_type)


def _sent(key):
    return key.encode("utf-8", "replace").decode()
