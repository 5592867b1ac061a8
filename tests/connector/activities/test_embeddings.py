import math

from django.test import TestCase

from connector import activities
from connector.client import errors
from connector.operations import embeddings, moderations
from tests.builders import a_configuration


def likeness(one, other):
    return math.sumprod(one, other)


class EmbedTests(TestCase):
    def setUp(self):
        self.configuration = a_configuration(model_default_embeddings="sandbox-embedding")

    def test_each_text_has_a_vector_of_length_one(self):
        vectors = activities.embed(self.configuration, ["one", "two"], dimensions=256)
        assert [len(vector) for vector in vectors] == [256, 256]
        assert all(math.isclose(likeness(vector, vector), 1, rel_tol=1e-5) for vector in vectors)

    def test_one_text_is_a_list_of_one(self):
        assert len(activities.embed(self.configuration, "one")) == 1

    async def test_its_twin_is_awaited(self):
        assert len(await activities.aembed(self.configuration, ["one"])) == 1

    def test_equal_texts_are_equal_and_similar_ones_near(self):
        same, again, near, far = activities.embed(
            self.configuration,
            [
                "The lighthouse stands at the end of the land.",
                "The lighthouse stands at the end of the land.",
                "A lighthouse stood at the end of the island.",
                "Quarterly figures rose by five percent.",
            ],
        )
        assert same == again
        assert likeness(same, near) > 0.4 > 0.2 > likeness(same, far)

    def test_floats_and_base64_are_decoded_alike(self):
        answers = [
            activities.call_embeddings(self.configuration, embeddings.Request(input="one", encoding_format=encoding))
            for encoding in ("float", "base64", "Float")
        ]
        assert answers[0] == answers[1] == answers[2]

    def test_tokens_are_taken(self):
        answer = activities.call_embeddings(self.configuration, embeddings.Request(input=[[1, 2], [3]]))
        assert answer.usage.prompt_tokens == 3
        assert len(answer.data) == 2

    def test_what_cannot_be_embedded_is_refused_before_it_is_sent(self):
        for param, wrong in (
            ("input", {"inputs": []}),
            ("input", {"inputs": ["one", ""]}),
            ("input", {"inputs": ["x"] * 2049}),
            ("dimensions", {"inputs": "one", "dimensions": 0}),
            ("dimensions", {"inputs": "one", "dimensions": 10, "model": "sandbox-embedding-ada"}),
        ):
            with self.subTest(param), self.assertRaises(errors.InvalidParameter) as caught:
                activities.embed(self.configuration, **wrong)
            assert caught.exception.facts["param"] == param

    def test_without_a_model_the_error_says_where_to_set_one(self):
        with self.assertRaises(errors.NoModel):
            activities.embed(a_configuration(), "one")


class ModerateTests(TestCase):
    def test_a_text_is_looked_at(self):
        assert activities.moderate(a_configuration(), "I will kill them all.").found == ["violence"]
        assert not activities.moderate(a_configuration(), "A quiet evening.").flagged

    def test_several_inputs_have_several_results(self):
        request = moderations.Request(input=["Good day.", "You stupid idiot."])
        answer = activities.call_moderations(a_configuration(), request)
        assert [result.flagged for result in answer.results] == [False, True]

    def test_nothing_is_refused(self):
        with self.assertRaises(errors.InvalidParameter):
            activities.moderate(a_configuration(), "")
