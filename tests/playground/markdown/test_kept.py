from django.core.cache import cache
from django.test import SimpleTestCase

from playground import markdown
from playground.markdown import kept, shown


class KeptTests(SimpleTestCase):
    def setUp(self):
        cache.clear()
        self.addCleanup(cache.clear)

    def test_an_answer_is_rendered_once(self):
        first = kept.rendered(["**bold**"])
        [key] = cache._cache
        self.assertIn("markdown:", key)
        self.assertEqual(kept.rendered(["**bold**"]), first)

    def test_of_a_text_beyond_all_measure_the_beginning_is_shown(self):
        text = "far too much " * 100_000
        self.assertEqual(kept.rendered([text])[text], markdown.render(text[: shown.MAX_SHOWN]))
        self.assertFalse(shown.is_cut(text[: shown.MAX_SHOWN]))
        self.assertTrue(shown.is_cut(text[: shown.MAX_SHOWN + 1]))

    def test_answers_of_megabytes_do_not_stay_in_memory(self):
        text = "far too much " * 100_000
        self.assertIn("far too much", kept.rendered([text])[text])
        self.assertEqual(len(cache._cache), 0)
