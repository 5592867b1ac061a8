"""Cosines, neighbours, cuts and the plane, against numbers that can be worked out by hand."""

import ast
import math
import random
import unittest
from array import array

from playground.embeddings import npy, pictures, similar


def some_vectors(count, length, seed=1):
    pick = random.Random(seed)  # noqa: S311  # the same numbers every time
    return [[pick.gauss(0, 1) for _ in range(length)] for _ in range(count)]


class CutsTests(unittest.TestCase):
    def test_cosines_are_those_of_the_vectors(self):
        whole = similar.compared([[1.0, 0.0], [1.0, 1.0], [-2.0, 0.0]]).whole
        self.assertEqual(whole.dimensions, 2)
        self.assertEqual([round(norm, 6) for norm in whole.norms], [1.0, round(math.sqrt(2), 6), 2.0])
        self.assertAlmostEqual(whole.cosines[0][1], math.sqrt(0.5), 6)
        self.assertAlmostEqual(whole.cosines[2][0], -1.0, 6)
        self.assertEqual(whole.cosines[1][1], 1.0)

    def test_each_cut_is_as_if_the_vectors_had_been_shorter(self):
        vectors = some_vectors(5, 300)
        found = similar.compared(vectors).cuts
        self.assertEqual([cut.dimensions for cut in found], [128, 256, 300])
        for cut in found:
            short = [vector[: cut.dimensions] for vector in vectors]
            for row in range(5):
                for place in range(row):
                    self.assertAlmostEqual(cut.cosines[row][place], similar.cosine(short[row], short[place]), 5)

    def test_a_vector_of_zeros_is_like_nothing(self):
        whole = similar.compared([[0.0, 0.0], [1.0, 0.0]]).whole
        self.assertEqual(whole.cosines[0][1], 0.0)
        self.assertEqual(similar.cosine([0.0], [1.0]), 0.0)

    def test_the_nearest_come_first(self):
        whole = similar.compared([[1.0, 0.0], [0.0, 1.0], [1.0, 0.2], [1.0, 0.6]]).whole
        self.assertEqual(whole.nearest[0][:2], [2, 3])
        self.assertEqual(similar.compared([[1.0]]).whole.nearest[0], [])

    def test_the_extent_leaves_out_what_is_like_itself(self):
        least, most = similar.compared([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]).whole.extent
        self.assertAlmostEqual(least, 0.0, 6)
        self.assertAlmostEqual(most, math.sqrt(0.5), 6)

    def test_says_what_a_cut_changes(self):
        whole = similar.compared([[1.0, 0.0, 5.0], [1.0, 0.1, -5.0], [0.0, 1.0, 5.0]]).whole
        cut = similar.compared([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]]).whole
        self.assertEqual(similar.agreement(whole, whole), similar.Agreement(3, 3, 3, 0.0, 1.0))
        found = similar.agreement(cut, whole)
        self.assertLess(found.same_nearest, 3)
        self.assertGreater(found.change, 0.5)


class PlaneTests(unittest.TestCase):
    def test_groups_stand_apart(self):
        pick = random.Random(3)  # noqa: S311  # likewise
        vectors = [[side + pick.gauss(0, 0.05), 1 - side + pick.gauss(0, 0.05), 0.1] for side in (0, 0, 0, 1, 1, 1)]
        xs = [point[0] for point in similar.compared(vectors).whole.plane]
        self.assertEqual({x > 0 for x in xs[:3]}, {not xs[3] > 0})
        self.assertEqual(len({x > 0 for x in xs[3:]}), 1)

    def test_what_is_all_the_same_is_at_one_place(self):
        for vectors in ([[1.0, 2.0]], [[1.0, 2.0]] * 3):
            self.assertTrue(all(abs(x) < 1e-6 for point in similar.compared(vectors).whole.plane for x in point))


class PicturesTests(unittest.TestCase):
    def test_every_cell_is_drawn_once(self):
        field = pictures.matrix(similar.compared(some_vectors(7, 20)).whole)
        covered = set()
        for shade in field.shades:
            for stroke in shade.path.split("M")[1:]:
                begin, width = stroke.split("h")
                x, y = begin.split(" ")
                for place in range(int(width) // field.cell):
                    cell = (int(x) + place * field.cell, y)
                    self.assertNotIn(cell, covered)
                    covered.add(cell)
        self.assertEqual(len(covered), 49)

    def test_values_stand_in_large_cells_only(self):
        self.assertEqual(len(pictures.matrix(similar.compared(some_vectors(4, 9)).whole).values), 16)
        many = pictures.matrix(similar.compared(some_vectors(100, 9)).whole, first=101)
        self.assertEqual(many.values, [])
        self.assertEqual([mark.text for mark in many.rows][:2], ["105", "110"])

    def test_a_single_text_has_a_picture_too(self):
        self.assertEqual(pictures.matrix(similar.compared([[1.0, 2.0]]).whole).count, 1)

    def test_points_stay_inside_and_labels_have_colours(self):
        cut = similar.compared(some_vectors(9, 20)).whole
        labels = ["a", "b", "a", "c", "d", "e", "f", "g", "a"]
        plane = pictures.points(cut, [f"text {number}" for number in range(9)], labels)
        self.assertTrue(all(0 <= point.x <= plane.width and 0 <= point.y <= plane.height for point in plane.points))
        self.assertEqual(plane.points[0].series, 1)
        self.assertEqual(plane.series["g"], 0)


class NpyTests(unittest.TestCase):
    def test_a_reader_of_the_format_finds_the_numbers(self):
        numbers = array("f", [1.5, -2.0, 0.0, 3.25, 4.0, 1e-3])
        content = npy.header(2, 3) + numbers.tobytes()
        self.assertEqual(content[:8], b"\x93NUMPY\x01\x00")
        length = int.from_bytes(content[8:10], "little")
        self.assertEqual((10 + length) % 64, 0)
        said = content[10 : 10 + length].decode("ascii")
        self.assertTrue(said.endswith("\n"))
        self.assertEqual(ast.literal_eval(said), {"descr": "<f4", "fortran_order": False, "shape": (2, 3)})
        self.assertEqual(array("f", content[10 + length :]), numbers)
