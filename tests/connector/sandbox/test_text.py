"""The answer shows what the sandbox understood, and what a page can render."""

from unittest import TestCase

from connector.sandbox.replies.samples import WORDS
from tests.sandbox import said


class UnderstandingTests(TestCase):
    def test_it_says_that_there_is_no_model(self):
        for seed in range(20):
            self.assertRegex(said(seed=seed).split("\n\n")[0], r"(?i)sandbox.*no model|no model.*sandbox")

    def test_it_shows_what_arrived(self):
        text = said(
            temperature=0.3,
            metadata={"team": "blue"},
            messages=[{"role": "developer", "content": "Be kind"}, {"role": "user", "content": "Who\nare you?"}],
        )
        for row in ("| Model | `sandbox` |", "| System prompt | Be kind |", "| `temperature` | `0.3` |"):
            self.assertIn(row, text)
        self.assertIn('| `metadata` | `{"team": "blue"}` |', text)
        self.assertIn("| Earlier messages | 0 |", text)
        self.assertIn("> Who\n> are you?", text)

    def test_it_shows_that_the_history_arrived(self):
        messages = [
            {"role": "user", "content": "first question"},
            {"role": "assistant", "content": "first answer"},
            {"role": "user", "content": "second question"},
        ]
        text = said(messages=messages)
        self.assertIn("You asked before: “first question”", text)
        self.assertIn("came back with your message: 1.", text)

    def test_a_system_prompt_alone_is_answered(self):
        self.assertIn("> Be kind", said(messages=[{"role": "system", "content": "Be kind"}]))

    def test_a_table_cannot_be_broken_out_of(self):
        text = said(
            messages=[{"role": "system", "content": "a | b\n\n# c"}, {"role": "user", "content": "x"}], user="|"
        )
        self.assertIn("| System prompt | a \\| b \\# c |", text)
        self.assertIn('| `user` | `"\\|"` |', text)

    def test_pictures_are_noted_not_read(self):
        parts = [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        ]
        self.assertIn("> What is this?\n> [a picture]", said(text=parts))

    def test_a_part_is_continued_not_answered_again(self):
        begun = [
            {"role": "user", "content": "Tell me"},
            {"role": "assistant", "content": "Once upon a time there"},
        ]
        for last in ([], [{"role": "user", "content": "Please continue where you left off."}]):
            text = said(messages=begun + last)
            self.assertIn("ends with “Once upon a time there”", text)
            self.assertNotIn("What arrived", text)

    def test_what_comes_after_an_answer_is_a_question_of_its_own(self):
        messages = [
            {"role": "user", "content": "Tell me"},
            {"role": "assistant", "content": "Once upon a time there"},
            {"role": "user", "content": "How did it go on?"},
        ]
        self.assertIn("What arrived", said(messages=messages))

    def test_every_word_it_knows_adds_something(self):
        plain = len(said(seed=1))
        for word in WORDS:
            with self.subTest(word):
                self.assertGreater(len(said(text=word, seed=1)), plain + 50)

    def test_samples(self):
        for word, part in {
            "a table please": "|:---",
            "some code": "```sql",
            "a formula": "$$\n",
            "maths": "$h$",
            "list them": "- [x]",
            "headings": "#### ",
            "which models?": "| `sandbox-429-long` |",
        }.items():
            with self.subTest(word):
                self.assertIn(part, said(text=word))

    def test_only_the_language_that_was_named(self):
        text = said(text="show me some Python code")
        self.assertIn("```python", text)
        self.assertNotIn("```js", text)

    def test_a_word_inside_another_is_not_meant(self):
        self.assertNotIn("|:---", said(text="That is acceptable and notable."))

    def test_a_long_text_has_about_two_thousand_words(self):
        self.assertTrue(1900 < len(said(text="Write something long").split()) < 2400)
