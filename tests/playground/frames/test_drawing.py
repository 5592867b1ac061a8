import time
import unittest

from connector.runs import Snapshot, Text
from playground.frames import drawing
from playground.markdown import shown


class DrawingTests(unittest.TestCase):
    def setUp(self):
        self.drawing = drawing.Drawing()
        self.revision = 0

    def draw(self, content: str) -> None:
        self.revision += 1
        self.drawing.draw(Snapshot(7, "streaming", self.revision, {5: Text(content=content)}))
        time.sleep(drawing.AT_MOST_EVERY)

    def test_reader_that_is_behind_gets_each_step_in_turn(self):
        for content in ("one\n\n", "one\n\ntwo\n\n", "one\n\ntwo\n\nthree\n\n"):
            self.draw(content)
        frames = self.drawing.since(1).decode().split("\n\n")[:-1]
        self.assertEqual([("two" in frame, "three" in frame) for frame in frames], [(True, False), (False, True)])

    def test_reader_that_is_far_behind_gets_everything_at_once(self):
        text = ""
        for number in range(drawing.STEPS_KEPT + 3):
            text += f"word{number} "
            self.draw(text)
        frame = self.drawing.since(1).decode()
        self.assertEqual(frame.count("\n\n"), 1)
        self.assertIn('hx-target="#answer-5-settled" hx-swap="innerHTML"', frame)
        self.assertIn("word0", frame)

    def test_reader_that_is_up_to_date_gets_nothing(self):
        self.draw("one")
        self.assertEqual(self.drawing.since(self.drawing.version), b"")

    def test_of_a_text_beyond_all_measure_only_the_beginning_is_sent(self):
        text = "too much " * (shown.MAX_SHOWN // 9)
        self.draw(text)
        self.draw(text * 2)
        self.assertIn("This answer is very long", self.drawing.since(1).decode())
        version = self.drawing.version
        self.draw(text * 40)
        self.assertEqual(self.drawing.since(version), b"")
        self.assertLess(len(self.drawing.since(None)), 1.1 * shown.MAX_SHOWN)
