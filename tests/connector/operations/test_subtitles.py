import unittest

from connector.operations.transcriptions import Segment, subtitles

SEGMENTS = [
    Segment(start=0, end=1.5, text=" Hello <there> & you.", speaker="A"),
    Segment(start=1.5, end=3723.0426, text="Two\n\nlines.", speaker="B"),
]


class WritingTests(unittest.TestCase):
    def test_srt(self):
        self.assertEqual(
            subtitles.srt(SEGMENTS),
            "1\n00:00:00,000 --> 00:00:01,500\nHello <there> & you.\n\n"
            "2\n00:00:01,500 --> 01:02:03,043\nTwo lines.\n\n",
        )

    def test_vtt_with_speakers(self):
        self.assertEqual(
            subtitles.vtt(SEGMENTS, speakers=True),
            "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nA: Hello &lt;there&gt; &amp; you.\n\n"
            "00:00:01.500 --> 01:02:03.043\nB: Two lines.\n\n",
        )


class ReadingTests(unittest.TestCase):
    def test_what_was_written_is_read_again(self):
        for write in (subtitles.srt, subtitles.vtt):
            found = subtitles.read(write(SEGMENTS))
            self.assertEqual([each.text for each in found], ["Hello <there> & you.", "Two lines."])
            self.assertEqual([(each.start, each.end) for each in found], [(0, 1.5), (1.5, 3723.043)])

    def test_webvtt_with_everything(self):
        text = (
            "\ufeffWEBVTT - a title\r\n\r\nNOTE nothing\r\n\r\nintro\r\n01:02.5 --> 01:04.000 align:start\r\n"
            "<v.loud Ada Byron>We <i>begin</i> <00:01:03.000>now.\r\nReally."
        )
        (found,) = subtitles.read(text)
        self.assertEqual((found.start, found.end, found.speaker), (62.5, 64.0, "Ada Byron"))
        self.assertEqual(found.text, "We begin now.\nReally.")

    def test_what_is_no_such_file_has_no_segments(self):
        for text in ("", "Hello.", "1\n00:00 -> 00:01\nx", "<" * 5000):
            self.assertEqual(subtitles.read(text), [])
