"""What a file is, by its bytes."""

from unittest import TestCase

from connector.client import media

NOT_TO_BE_SHOWN = {
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "ico": b"\x00\x00\x01\x00\x01\x00",
    "pdf": b"%PDF-1.7",
    "zip": b"PK\x03\x04",
    "text": b"GIF is what this text begins with",
    "nothing": b"",
}


class MediaTests(TestCase):
    def test_pictures_and_sounds_are_known(self):
        for content, media_type in {
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR": "image/png",
            b"\xff\xd8\xff\xe0\0\x10JFIF": "image/jpeg",
            b"GIF89a": "image/gif",
            b"RIFF\x24\0\0\0WEBPVP8 ": "image/webp",
            b"RIFF\n\r\n\0WAVEfmt ": "audio/wav",
            b"ID3\x04": "audio/mpeg",
            b"\xff\xfb\x90\x00": "audio/mpeg",
            b"\xff\xf1\x50\x80": "audio/aac",
            b"fLaC\0": "audio/flac",
            b"OggS\0": "audio/ogg",
            b"\0\0\0\x20ftypM4A ": "audio/mp4",
            b"\0\0\0\x20ftypisom": "video/mp4",
            b"\x1aE\xdf\xa3": "video/webm",
        }.items():
            with self.subTest(media_type):
                assert media.type_of(content) == media_type

    def test_everything_else_has_no_type(self):
        for name, content in NOT_TO_BE_SHOWN.items():
            with self.subTest(name):
                assert media.type_of(content) == ""

    def test_every_type_has_an_ending(self):
        assert media.suffix("image/jpeg") == ".jpg"
        assert media.suffix("image/svg+xml") == ""
