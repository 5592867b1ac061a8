"""Events come out of bytes, however those are cut."""

import tracemalloc
import unittest
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.client import errors
from connector.client.sse import Decoder, Event


def events(*chunks, **limits):
    decoder = Decoder(**limits)
    found = [event for chunk in chunks for event in decoder.feed(chunk)]
    return found + list(decoder.close())


def data(*chunks):
    return [event.data for event in events(*chunks)]


class DecoderTests(unittest.TestCase):
    def test_all_line_ends_mean_the_same(self):
        for end in ("\n", "\r\n", "\r"):
            self.assertEqual(data(f"data: a{end}{end}data: b{end}{end}".encode()), ["a", "b"])

    def test_a_line_end_may_be_cut_in_two(self):
        self.assertEqual(data(b"data: a\r", b"\n\r", b"\ndata: b\r", b"\n", b"\r\n"), ["a", "b"])

    def test_an_event_is_not_held_back_by_a_lone_cr(self):
        self.assertEqual([event.data for event in Decoder().feed(b"data: a\r\r")], ["a"])

    def test_a_letter_may_be_cut_in_two(self):
        whole = "data: ä€😀\n\n".encode()
        for cut in range(len(whole)):
            self.assertEqual(data(whole[:cut], whole[cut:]), ["ä€😀"])

    def test_lines_of_one_event_are_joined(self):
        self.assertEqual(data(b"data: a\ndata:\ndata:b\n\n"), ["a\n\nb"])

    def test_a_chunk_that_looks_like_one_event_may_go_on_with_another(self):
        for before, after in (
            (b"data: a\n", Event(data="a\nb")),
            (b"event: x\n", Event("x", "b")),
            (b"id: 7\n", Event(data="b", id="7")),
            (b"foo", None),
            (b"data: a", Event(data="adata: b")),
            (b"data: a\r", Event(data="a\nb")),
        ):
            self.assertEqual(events(before, b"data: b\n\n"), [after] if after else [], before)

    def test_only_one_space_is_taken_away(self):
        self.assertEqual(data(b"data:  a\n\ndata:b\n\ndata: \n\n"), [" a", "b", ""])

    def test_names_and_ids_are_read(self):
        found = events(b"event: error\nid: 7\ndata: x\n\ndata: y\n\n")
        self.assertEqual(found, [Event("error", "x", "7"), Event("message", "y", "7")])

    def test_an_id_with_nul_is_ignored(self):
        self.assertEqual(events(b"id: 1\nid: a\0b\ndata: x\n\n"), [Event("message", "x", "1")])

    def test_comments_unknown_fields_and_retry_mean_nothing(self):
        self.assertEqual(data(b": ping\nretry: 5\nfoo: bar\nfoo\ndata: x\n: more\n\n: ping\n\n"), ["x"])

    def test_an_event_without_data_is_none_and_its_name_is_gone(self):
        self.assertEqual(events(b"event: ping\n\ndata: x\n\n"), [Event("message", "x")])

    def test_a_field_without_a_colon_has_no_value(self):
        self.assertEqual(data(b"data\n\n"), [""])

    def test_a_mark_of_byte_order_is_skipped_at_the_beginning_only(self):
        self.assertEqual(data(b"\xef\xbb", b"\xbfdata: x\n\n"), ["x"])
        self.assertEqual(data(b"data: x\n\n", b"\xef\xbb\xbfdata: y\n\n"), ["x"])

    def test_broken_letters_are_replaced(self):
        self.assertEqual(data(b"data: a\xff\n\n"), ["a�"])

    def test_the_last_event_may_lack_its_empty_line(self):
        self.assertEqual(events(b"data: a\n"), [Event("message", "a")])
        self.assertEqual(events(b"data: a"), [Event("message", "a", complete=False)])
        self.assertEqual(events(b"data: a\n\nevent: x"), [Event("message", "a")])


class LimitTests(unittest.TestCase):
    def test_a_line_over_the_limit_is_an_error(self):
        for chunks in ([b"data: " + b"x" * 100 + b"\n\n"], [b"data: "] + [b"x"] * 100, [b"x" * 101 + b"\n"]):
            with self.assertRaises(errors.TooLarge) as caught:
                events(*chunks, line_bytes=100)
            self.assertIn("100 bytes", caught.exception.what)

    def test_an_event_over_the_limit_is_an_error(self):
        with self.assertRaises(errors.TooLarge):
            events(*[b"data: 0123456789\n"] * 100, event_bytes=1000)
        with self.assertRaises(errors.TooLarge):
            events(b"data: " + b"x" * 200 + b"\n\n", event_bytes=100)

    def test_what_is_under_the_limits_passes(self):
        self.assertEqual(len(events(b"data: " + b"x" * 90 + b"\n\n", line_bytes=100, event_bytes=100)), 1)

    def test_a_line_byte_by_byte_costs_no_more_than_its_length(self):
        tracemalloc.start()
        decoder = Decoder()
        for _ in range(200_000):
            list(decoder.feed(b"x"))
        self.assertLess(tracemalloc.get_traced_memory()[1], 20_000_000)
        tracemalloc.stop()


field = st.sampled_from([b"data: ", b"data:", b"data", b"event: ", b"id: ", b"id", b": ", b"retry: ", b"foo: ", b""])
value = st.one_of(
    st.text(max_size=8).map(str.encode), st.binary(max_size=8), st.just(b"[DONE]"), st.just(b"\xef\xbb\xbf")
)
end = st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\n", b"\r\n\r\n", b"\r\r", b""])
stream = st.lists(st.tuples(field, value, end), max_size=20).map(
    lambda lines: b"".join(b"".join(line) for line in lines)
)


@settings(max_examples=500, deadline=None)
@given(stream, st.lists(st.integers(0, 400), max_size=30))
def test_any_cut_gives_the_same_events(whole, cuts):
    edges = sorted({min(cut, len(whole)) for cut in cuts} | {0, len(whole)})
    pieces = [whole[a:b] for a, b in pairwise(edges)]
    assert events(*pieces) == events(whole)
    assert events(*(bytes([byte]) for byte in whole)) == events(whole)


def by_the_letter(whole):
    """The standard's algorithm, slow and plain, to compare with."""
    text = whole.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    found, lines, name, last_id = [], [], b"", b""
    for line in text.split(b"\n")[:-1]:
        if not line:
            if lines:
                found.append((name or b"message", b"\n".join(lines), last_id))
            lines, name = [], b""
            continue
        key, _, rest = line.partition(b":")
        rest = rest.removeprefix(b" ")
        if key == b"data":
            lines.append(rest)
        elif key == b"event":
            name = rest
        elif key == b"id" and b"\0" not in rest:
            last_id = rest
    return [Event(*(part.decode("utf-8", "replace") for part in each)) for each in found]


@settings(max_examples=500, deadline=None)
@given(stream)
def test_it_does_what_the_standard_says(whole):
    decoder = Decoder()
    assert list(decoder.feed(whole)) == by_the_letter(whole)
