import io
import unittest
import wave

from connector.models import sounds
from connector.models.sounds import frames, wav
from tests.sounds import a_wav, an_aac, an_mp3, wav_seconds


class WavTests(unittest.TestCase):
    def test_parts_become_one_file_as_long_as_all_of_them(self):
        parts = [a_wav(0.5), a_wav(1.25), a_wav(0.1)]
        whole = sounds.joined(parts)
        self.assertAlmostEqual(wav_seconds(whole), 1.85)
        self.assertEqual(whole[44:], b"".join(part[44:] for part in parts))
        self.assertEqual(whole.count(b"RIFF"), 1)

    def test_a_header_that_was_written_as_a_stream_is_put_right(self):
        content = a_wav(0.5)
        for length in (b"\xff\xff\xff\xff", b"\0\0\0\0"):
            streamed = content[:4] + length + content[8:40] + length + content[44:]
            self.assertEqual(sounds.joined([streamed]), content)
            self.assertEqual(sounds.seconds(streamed), 0.5)

    def test_a_cut_file_plays_as_far_as_it_goes(self):
        cut = sounds.joined([a_wav(1.0)[: 44 + 8001]])
        self.assertEqual(wav_seconds(cut), 0.5)

    def test_chunks_in_front_of_the_samples_are_passed_over(self):
        content = a_wav(0.5)
        listed = b"LIST" + (5).to_bytes(4, "little") + b"INFO\0" + b"\0"
        strange = content[:36] + listed + content[36:]
        self.assertEqual(sounds.joined([strange, content]), sounds.joined([content, content]))

    def test_other_rates_are_not_put_together(self):
        self.assertIsNone(sounds.joined([a_wav(0.5), a_wav(0.5, rate=16_000)]))

    def test_bare_samples_can_be_played(self):
        content = sounds.from_pcm(bytes(48_000) + b"\1")
        with wave.open(io.BytesIO(content)) as file:
            self.assertEqual((file.getframerate(), file.getnchannels(), file.getsampwidth()), (24_000, 1, 2))
        self.assertEqual(wav_seconds(content), 1.0)

    def test_the_picture_shows_where_it_is_loud(self):
        quiet, loud = bytes(8000), b"\x00\x40" * 4000
        found = sounds.peaks(wav.written(a_wav(0.1)[20:36], quiet + loud), 10)
        self.assertEqual(found, [0] * 5 + [100] * 5)

    def test_a_header_may_speak_of_moments_of_any_size(self):
        content = a_wav(0.5) + b"\1"
        for size in (0, 1, 3, 65_535):
            odd = content[:32] + size.to_bytes(2, "little") + content[34:40] + b"\xff\xff\xff\xff" + content[44:]
            self.assertIn(len(sounds.peaks(odd, 10)), (0, 10), size)

    def test_silence_and_what_is_no_wav_have_no_loud_parts(self):
        self.assertEqual(sounds.peaks(sounds.from_pcm(bytes(4000)), 10), [0] * 10)
        for content in (an_mp3(4), b"", b"RIFF\0\0\0\0WAVE", a_wav(0.0001)):
            self.assertEqual(sounds.peaks(content, 10), [])


class FrameTests(unittest.TestCase):
    def test_parts_become_one_row_of_frames(self):
        for one, other in ((an_mp3(40), an_mp3(20)), (an_aac(40), an_aac(20))):
            whole = sounds.joined([one, other])
            self.assertEqual(whole, one + other)
            self.assertAlmostEqual(sounds.seconds(whole), sounds.seconds(one) + sounds.seconds(other))

    def test_how_long_it_lasts_is_counted(self):
        self.assertAlmostEqual(sounds.seconds(an_mp3(100)), 100 * 576 / 24_000)
        self.assertAlmostEqual(sounds.seconds(an_aac(100)), 100 * 1024 / 24_000)

    def test_tags_and_counts_would_be_wrong_and_are_left_out(self):
        bare = an_mp3(10)
        counted = an_mp3(1, b"\0" * 9 + b"Xing\0\0\0\1\0\0\0\x0a")
        tagged = b"ID3\4\0\0\0\0\1\1" + bytes(129) + counted + bare + b"TAG" + bytes(125)
        self.assertEqual(sounds.joined([tagged, tagged]), bare + bare)

    def test_a_frame_that_is_cut_is_left_out(self):
        for whole in (an_mp3(10), an_aac(10)):
            row = frames.read(whole[:-5])
            self.assertFalse(row.is_whole)
            self.assertEqual(sounds.joined([whole[:-5], whole])[: len(row.content)], row.content)
            self.assertEqual(len(row.content), len(whole) // 10 * 9)

    def test_what_would_break_stays_apart(self):
        mp3, aac = an_mp3(4), an_aac(4)
        for parts in ([mp3, aac], [mp3, b"OggS" + bytes(100)], [mp3, mp3 + bytes(500) + mp3], [a_wav(0.1), mp3]):
            self.assertIsNone(sounds.joined(parts))
        for content in (b"", b"ID3", b"\xff", b"\xff\xfb", b"\xff\xf1\0", b"fLaC" + bytes(50)):
            self.assertIsNone(sounds.seconds(content))

    def test_only_some_formats_are_joined(self):
        formats = ("mp3", "opus", "aac", "flac", "wav", "pcm")
        self.assertEqual([name for name in formats if sounds.joins(name)], ["mp3", "aac", "wav", "pcm"])

    def test_millions_of_tiny_frames_are_not_counted(self):
        smallest = b"\xff\xf3\x14\x00" + bytes(20)  # MPEG 2, 8 kbit/s
        self.assertEqual(frames.read(smallest * 1_000).seconds, 24.0)
        for tiny in (smallest, b"\xff\xf1\x50\x80\x00\xff\xfc"):
            self.assertIsNotNone(frames.read(tiny * frames.MOST))
            self.assertIsNone(frames.read(tiny * (frames.MOST + 1)))
