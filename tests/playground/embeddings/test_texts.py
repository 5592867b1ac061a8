"""Lines and CSV → texts, and sentences about what is wrong with them."""

import unittest

from playground.embeddings import texts
from playground.embeddings.texts import Unreadable


class LinesTests(unittest.TestCase):
    def test_each_line_is_a_text_and_empty_ones_are_left_out(self):
        self.assertEqual(list(texts.lines("one\r\n\n  two \n\t\nthree").texts), ["one", "two", "three"])

    def test_more_than_one_request_takes_is_said(self):
        self.assertEqual(len(texts.lines("a\n" * 2048).texts), 2048)
        self.assert_said("There are 10,000 texts; one request takes 2,048 at most.", "a\n" * 10_000)
        long = "a\n" + "word " * 8100
        self.assert_said("Text 2 (“word word word word word word word word …”) has about 10,", long)
        self.assert_said("about 319,960 tokens together", ("word " * 6400 + "\n") * 40)

    def assert_said(self, words, typed):
        with self.assertRaises(Unreadable) as caught:
            texts.lines(typed)
        self.assertIn(words, str(caught.exception))


class SheetTests(unittest.TestCase):
    def test_columns_have_names_or_numbers(self):
        found = texts.sheet('text,label\n"Hello, you",a\nBye,b\n', has_names=True)
        self.assertEqual(found.names, ["text", "label"])
        self.assertEqual(found.rows, [["Hello, you", "a"], ["Bye", "b"]])
        self.assertEqual(texts.sheet("one,1\ntwo,2", has_names=False).names, ["Column 1", "Column 2"])
        self.assertEqual(texts.sheet(",x\none,1", has_names=True).names, ["Column 1", "x"])

    def test_finds_out_what_separates_the_columns(self):
        for separator in ",;\t":
            found = texts.sheet(f"text{separator}label\none{separator}a", has_names=True)
            self.assertEqual(found.rows, [["one", "a"]])

    def test_finds_the_column_with_the_texts(self):
        self.assertEqual(texts.sheet("id,Text\n1,a", has_names=True).text_column, 1)
        self.assertEqual(texts.sheet("id,words\n1,a long one", has_names=True).text_column, 1)
        self.assertEqual(texts.sheet("1,x\n2,y long", has_names=False).text_column, 1)

    def test_takes_one_column_and_the_labels_of_another(self):
        found = texts.sheet("t,l\none,a\n,b\nthree, c ", has_names=True).texts(0, label=1)
        self.assertEqual((list(found.texts), list(found.labels), found.left_out), (["one", "three"], ["a", "c"], 1))

    def test_a_text_may_have_several_lines(self):
        self.assertEqual(texts.sheet('text\n"one\ntwo"', has_names=True).rows, [["one\ntwo"]])

    def test_what_is_broken_is_said_with_its_line(self):
        for typed, words in (
            ('text\n"one\ntwo', "A quote is opened and never closed, up to line 3"),
            ('text\n"one"x\ntwo', "Line 2: after a closing quote another column has to begin"),
            ("text,label\none,a\ntwo\n", "Line 3 has 1 column, the first line has 2"),
            ("text\none, two\n", "Line 2 has 2 columns, the first line has 1"),
            ("text\n", "no rows with texts"),
            ("", "no rows with texts"),
        ):
            with self.assertRaises(Unreadable) as caught:
                texts.sheet(typed, has_names=True)
            self.assertIn(words, str(caught.exception))

    def test_ten_thousand_rows_are_too_many_for_one_request(self):
        found = texts.sheet("text\n" + "one\n" * 10_000, has_names=True)
        with self.assertRaises(Unreadable) as caught:
            found.texts(0)
        self.assertIn("There are 10,000 texts", str(caught.exception))

    def test_a_cell_may_be_long(self):
        self.assertEqual(len(texts.sheet("text\n" + "a" * 200_000, has_names=True).rows[0][0]), 200_000)


class DecodedTests(unittest.TestCase):
    def test_reads_what_spreadsheets_write(self):
        for encoding in ("utf-8", "utf-8-sig", "utf-16"):
            self.assertEqual(texts.decoded("tëxt".encode(encoding)), "tëxt")

    def test_what_is_no_text_is_refused(self):
        for content in ("tëxt".encode("latin-1"), b"PK\x03\x04\x00\x00", b"\xff\xfea"):
            with self.assertRaises(Unreadable):
                texts.decoded(content)
