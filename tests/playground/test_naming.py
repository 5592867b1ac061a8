"""Operations as people read them."""

from unittest import TestCase

from playground import naming


class OperationTests(TestCase):
    def test_each_has_a_name_and_what_nobody_named_keeps_its_own(self):
        told = {"chat_completions": "Chat", "models": "List of models", "batch_jobs": "batch jobs"}
        self.assertEqual({name: naming.operation(name) for name in told}, told)
