"""The list of models, as the API writes it."""

from unittest import TestCase

from connector.sandbox.replies.models import DESCRIPTIONS
from tests import api
from tests.sandbox import send


class ModelTests(TestCase):
    def test_all_are_listed_with_what_they_do(self):
        for path in ("/v1/models", "/openai/v1/models", "/openai/models?api-version=2024-10-21"):
            listed = send("GET", path).json()
            self.assertEqual({model["id"]: model["description"] for model in listed["data"]}, DESCRIPTIONS)

    def test_the_list_stays_the_same(self):
        self.assertEqual(send("GET", "/v1/models").content, send("GET", "/v1/models").content)

    def test_one(self):
        model = send("GET", "/v1/models/sandbox-429").json()
        self.assertEqual((model["id"], model["object"], model["owned_by"]), ("sandbox-429", "model", "sandbox"))

    def test_one_that_does_not_exist(self):
        reply = send("GET", "/v1/models/nobody")
        self.assertEqual((reply.status_code, reply.json()["error"]["code"]), (404, "model_not_found"))

    @api.documents_needed
    def test_both_are_right_for_the_official_document(self):
        self.assertEqual(api.answer_errors("openai", "models", send("GET", "/v1/models").json(), method="get"), [])
        one = send("GET", "/v1/models/sandbox").json()
        self.assertEqual(api.answer_errors("openai", "models/{model}", one, method="get"), [])
