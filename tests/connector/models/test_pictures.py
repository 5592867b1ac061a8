import io
import resource
import struct
import time
import zlib
from unittest.mock import patch

from django.test import SimpleTestCase
from PIL import Image

from connector.client import errors
from connector.models import pictures
from tests.pictures import NO_PICTURES, SVG, a_picture, opened

WIDTHS = {"thumbnail": 320, "preview": 960}


def a_header(width, height):
    """A PNG of which only the header is there."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def moving(frames, width=8, height=8, kind="GIF"):
    file = io.BytesIO()
    pages = [Image.new("RGB", (width, height), (number % 256, number // 256, 0)) for number in range(frames)]
    pages[0].save(file, kind, save_all=True, append_images=pages[1:], duration=20, loop=0)
    return file.getvalue()


class BombTests(SimpleTestCase):
    def refused(self, content, word):
        began = time.monotonic()
        with self.assertRaises(errors.NotAPicture) as caught:
            pictures.with_copies(content, WIDTHS)
        self.assertIn(word, caught.exception.what)
        self.assertLess(time.monotonic() - began, 10)

    def test_a_header_that_promises_gigabytes(self):
        self.refused(a_header(50_000, 50_000), "pixels")

    def test_more_frames_than_anybody_draws(self):
        self.refused(moving(150), "frames")

    def test_frames_that_are_many_pixels_together(self):
        with patch.object(pictures, "MOST_PIXELS_TOGETHER", 2_000_000):  # of real ones it would take ten seconds
            self.refused(moving(60, 200, 200), "frames")

    def test_a_part_of_a_file(self):
        content = a_picture(300, 300)
        for length in (20, 60, len(content) // 2, len(content) - 60):
            self.refused(content[:length], "damaged")

    def test_a_moving_picture_that_ends_too_early(self):
        content = moving(5, 200, 200)
        self.refused(content[: len(content) - 200], "damaged")

    def test_whatever_else_is_called_a_picture(self):
        for name, content in NO_PICTURES.items():
            with self.subTest(name):
                self.refused(content, "neither")


class CopyTests(SimpleTestCase):
    def sizes(self, content):
        found, copies = pictures.with_copies(content, WIDTHS)
        shown = {name: opened(copy()) for name, copy in copies.items()}
        self.assertEqual({picture.format for picture in shown.values()}, {"WEBP"})
        return (found.width, found.height), shown["thumbnail"].size, shown["preview"].size

    def test_two_widths(self):
        self.assertEqual(self.sizes(a_picture(1536, 1024)), ((1536, 1024), (320, 213), (960, 640)))

    def test_never_enlarged(self):
        self.assertEqual(self.sizes(a_picture(64, 200)), ((64, 200), (64, 200), (64, 200)))

    def test_a_moving_picture_is_shown_at_its_beginning(self):
        self.assertEqual(self.sizes(moving(9, 640, 480)), ((640, 480), (320, 240), (640, 480)))

    def test_every_mode_of_colours(self):
        for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
            with self.subTest(mode):
                file = io.BytesIO()
                Image.new(mode, (500, 400)).save(file, "PNG")
                self.assertEqual(self.sizes(file.getvalue())[1], (320, 256))

    def test_what_cannot_be_made_smaller_is_refused_when_it_is_made(self):
        _, copies = pictures.with_copies(a_picture(8, 20_000), WIDTHS)  # WebP has no room for so many lines
        for copy in copies.values():
            with self.assertRaises(errors.NotAPicture):
                copy()

    def test_what_is_transparent_stays_so(self):
        _, copies = pictures.with_copies(a_picture(500, 500, colour=(0, 0, 0, 0)), WIDTHS)
        self.assertEqual(opened(copies["thumbnail"]()).convert("RGBA").getpixel((5, 5))[3], 0)


class SvgTests(SimpleTestCase):
    def test_a_drawing_is_taken_where_one_was_asked_for(self):
        content = (
            b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><g fill="url(#a)"><path d="M0"/></g></svg>'
        )
        found = pictures.examined_svg(content)
        self.assertEqual((found.media_type, found.suffix), ("image/svg+xml", ".svg"))

    def test_what_does_something_is_not(self):
        for inner in (
            b"<script>alert(1)</script>",
            b"< script >",
            b'<rect onload="alert(1)"/>',
            b"<rect/onload=alert(1)>",
            b'<a href="javascript:alert(1)"/>',
            b'<image href="https://e.example/x.png"/>',
            b'<image xlink:href = "//e.example/x.png"/>',
            b'<use href="data:text/html,x"/>',
            b"<foreignObject/>",
            b"<style>@import url(x)</style>",
            b'<rect fill="url(https://e.example/x)"/>',
        ):
            with self.subTest(inner), self.assertRaises(errors.NotAPicture):
                pictures.examined_svg(b'<svg xmlns="http://www.w3.org/2000/svg">' + inner + b"</svg>")
        for content in (SVG, NO_PICTURES["html"], a_picture(), b"<!DOCTYPE svg><svg/>"):
            with self.assertRaises(errors.NotAPicture):
                pictures.examined_svg(content)


class CameraTests(SimpleTestCase):
    def test_a_picture_of_a_camera_is_shown_upright(self):
        file = io.BytesIO()
        exif = Image.Exif()
        exif[0x0112] = 6  # held sideways
        Image.new("RGB", (4000, 3000), "teal").save(file, "JPEG", exif=exif)
        found, copies = pictures.with_copies(file.getvalue(), WIDTHS)
        self.assertEqual((found.width, found.height), (4000, 3000))
        self.assertEqual(opened(copies["thumbnail"]()).size, (320, 427))

    def test_the_largest_one_takes_little_more_memory_than_it_has_pixels(self):
        file = io.BytesIO()
        Image.new("RGBA", (8000, 6000), (10, 20, 30, 255)).save(file, "PNG", compress_level=1)
        content = file.getvalue()
        del file
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        _, copies = pictures.with_copies(content, WIDTHS)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        self.assertEqual(opened(copies["preview"]()).size, (960, 720))
        self.assertLess(grown, 300, "MB")
