"""CSV for spreadsheets."""

import csv
import io
import unittest

from playground import spreadsheets


class CellTests(unittest.TestCase):
    def test_what_begins_like_a_formula_gets_an_apostrophe(self):
        for begin in ("=", "+", "-", "@", "\t", "\r"):
            self.assertEqual(spreadsheets.cell(f"{begin}cmd|' /C calc'!A0"), f"'{begin}cmd|' /C calc'!A0")
        for harmless in ("one", " =1", "", 1.5, -2, None):
            self.assertEqual(spreadsheets.cell(harmless), harmless)

    def test_the_file_is_read_back_as_it_was(self):
        content = b"".join(spreadsheets.lines([["text", "number"], ['say "hi", all', -0.5], ["=1+1", 2]]))
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        self.assertEqual(rows, [["text", "number"], ['say "hi", all', "-0.5"], ["'=1+1", "2"]])
