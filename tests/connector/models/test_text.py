from unittest import TestCase

from connector.models import text


class CleanedTests(TestCase):
    def test_nul_is_dropped(self):
        self.assertEqual(text.cleaned("a\x00b"), "ab")

    def test_a_lone_surrogate_becomes_a_replacement_character(self):
        self.assertEqual(text.cleaned("a\ud800b"), "a\ufffdb")

    def test_two_halves_of_a_pair_become_their_character(self):
        self.assertEqual(text.cleaned("\ud83d\ude00"), "😀")

    def test_line_ends_of_every_system_become_one(self):
        self.assertEqual(text.cleaned("a\r\nb\rc\n"), "a\nb\nc\n")


class TitleTests(TestCase):
    def test_a_short_question_is_its_own_title(self):
        self.assertEqual(text.title_of("  Why is\nthe sky blue?  "), "Why is the sky blue?")

    def test_a_long_one_is_cut_at_a_word(self):
        title = text.title_of("lighthouse " * 20)
        self.assertLessEqual(len(title), text.TITLE_LENGTH + 1)
        self.assertTrue(title.endswith("lighthouse…"), title)

    def test_one_without_spaces_is_cut_all_the_same(self):
        self.assertEqual(len(text.title_of("x" * 1000)), text.TITLE_LENGTH + 1)
