"""What is told about a picture, to whom."""

from decimal import Decimal

from django.test import TestCase

from connector.models import ApiType, GeneratedImage, Run
from playground.images import facts
from tests.builders import a_configuration, a_user, an_image


class Case(TestCase):
    def setUp(self):
        self.user = a_user()
        self.configuration = a_configuration(
            display_name="Atelier", api_type=ApiType.OPENAI_COMPATIBLE, endpoint="https://images.example.org/v1"
        )

    def image(self, count=1, **fields):
        run = Run.objects.create(
            user=self.user,
            configuration=self.configuration,
            kind=Run.Kind.IMAGE,
            operation="image_generations",
            state=Run.State.DONE,
            request={"prompt": "A lighthouse", "n": count},
            answer={"created": 1, "size": "400x300", "quality": "low"},
            usage={"input_tokens": 12, "output_tokens": 3400, "input_tokens_details": {"text_tokens": 12}},
            request_id="req_7",
            duration_ms=2300,
            **fields,
        )
        parameters = {"n": count, "quality": "low", "size": "auto"}
        return an_image(self.user, run=run, configuration=self.configuration, parameters=parameters)

    def told(self, image, user=None):
        return {name: value for group in facts.about(image, user or self.user) for name, value in group.rows}


class AboutTests(Case):
    def test_all_that_is_known(self):
        image = self.image()
        told = self.told(image)
        self.assertEqual(told["SHA-256"], image.sha256)
        self.assertIn(f"{image.bytes:,} bytes", told["bytes"])
        self.assertEqual((told["configuration"], told["model"]), ("Atelier", "sandbox-image"))
        self.assertEqual((told["quality"], told["n"]), ("low", "1"))
        self.assertEqual((told["request id"], told["took"], told["cost"]), ("req_7", "2.30 s", "unpriced"))
        self.assertEqual((told["output tokens"], told["input text tokens"]), ("3,400", "12"))

    def test_cost_is_that_of_the_whole_request(self):
        self.assertEqual(self.told(self.image(cost=Decimal("0.042")))["cost"], "$0.0420")
        self.assertEqual(self.told(self.image(count=4, cost=Decimal("1.5")))["cost"], "$1.50 for 4 pictures")

    def test_others_see_the_picture_and_not_the_bill(self):
        told = self.told(self.image(cost=Decimal("0.042")), a_user())
        self.assertEqual(told["model"], "sandbox-image")
        for name in ("cost", "request id", "output tokens", "our reference"):
            self.assertNotIn(name, told)

    def test_without_a_run_there_is_still_the_picture(self):
        self.assertEqual(self.told(an_image(self.user))["type"], "image/png")

    def test_a_failure_has_its_details(self):
        error = {"what": "Too much.", "details": {"http_status": 429, "request_id": "r"}}
        image = GeneratedImage(user=self.user, state="failed", error=error)
        self.assertEqual(facts.problem(image), [("http status", "429")])


class RecordTests(Case):
    def test_the_side_car_has_everything(self):
        image, source = self.image(cost=Decimal("0.042")), an_image(self.user)
        record = facts.record(image, self.user, [source])
        self.assertEqual((record["sha256"], record["bytes"]), (image.sha256, image.bytes))
        self.assertEqual(record["parameters"], {"n": 1, "quality": "low", "size": "auto"})
        self.assertEqual(record["derived_from"], [str(source.public_id)])
        self.assertEqual((record["request"]["cost_usd"], record["request"]["request_id"]), ("0.042", "req_7"))

    def test_others_get_the_picture_and_not_the_bill(self):
        self.assertNotIn("request", facts.record(self.image(), a_user()))


class DifferenceTests(Case):
    def test_what_differs_is_marked(self):
        images = [
            an_image(self.user, parameters={"quality": "low"}),
            an_image(self.user, parameters={"quality": "high", "size": "auto"}),
        ]
        found = {line.name: line for line in facts.differences(images)}
        self.assertEqual(found["quality"].values, ["low", "high"])
        self.assertEqual(found["size"].values, ["", "auto"])
        self.assertTrue(found["quality"].differs)
        self.assertTrue(found["size"].differs)
        self.assertFalse(found["model"].differs)
