import random
import unittest

from connector.models import sentences


class SplitTests(unittest.TestCase):
    def test_a_short_text_stays_whole(self):
        self.assertEqual(sentences.split(" Hello. You there? \n", 100), ["Hello. You there?"])
        self.assertEqual(sentences.split("x" * 100, 100), ["x" * 100])

    def test_is_cut_behind_a_sentence(self):
        text = "The first one. “And the second?” The third is longer, with a comma in it. End!"
        self.assertEqual(
            sentences.split(text, 40),
            ["The first one. “And the second?”", "The third is longer, with a comma in it.", "End!"],
        )

    def test_a_paragraph_ends_a_part_where_it_is_long_enough(self):
        self.assertEqual(
            sentences.split("One two three. Four\n\nFive six. Seven.", 30), ["One two three. Four", "Five six. Seven."]
        )
        self.assertEqual(sentences.split("A.\n\nBee bee. Cee cee cee.", 16), ["A.\n\nBee bee.", "Cee cee cee."])

    def test_a_sentence_that_is_too_long_is_cut_at_a_comma_then_at_a_space_then_anywhere(self):
        self.assertEqual(
            sentences.split("one two three four, five six seven", 25), ["one two three four,", "five six seven"]
        )
        self.assertEqual(sentences.split("one two three four five", 10), ["one two", "three four", "five"])
        self.assertEqual(sentences.split("x" * 25, 10), ["x" * 10, "x" * 10, "x" * 5])

    def test_other_scripts_have_sentences_too(self):
        self.assertEqual(
            sentences.split("今日は良い天気です。明日も晴れ。", 12), ["今日は良い天気です。", "明日も晴れ。"]
        )

    def test_nothing_is_lost_and_no_part_is_too_long(self):
        chance = random.Random(7)  # noqa: S311  # the same texts each time
        for most in (1, 2, 10, 50):
            for _ in range(200):
                text = "".join(chance.choice("ab. ,\n!?”。é") for _ in range(chance.randrange(300)))
                parts = sentences.split(text, most)
                self.assertEqual("".join("".join(parts).split()), "".join(text.split()))
                self.assertTrue(all(0 < len(part) <= most for part in parts))

    def test_there_are_no_slow_texts(self):
        for text in ("." * 64_000, " " * 64_000 + ".", "a" * 64_000, "\n" * 64_000, ".”" * 32_000):
            sentences.split(text, 4096)
