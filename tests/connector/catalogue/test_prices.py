import unittest
from decimal import Decimal

from connector import catalogue
from connector.catalogue import Family

USAGE = {
    "input_tokens": 1100,
    "output_tokens": 4000,
    "total_tokens": 5100,
    "input_tokens_details": {"text_tokens": 100, "image_tokens": 1000},
    "output_tokens_details": {"text_tokens": 0, "image_tokens": 4000},
}


class PriceTests(unittest.TestCase):
    def cost(self, usage=USAGE, body=None, pictures=0, **price):
        found = catalogue.price_of(Family("x", price=price), usage, body, pictures)
        return None if found is None else str(found)

    def test_each_kind_of_token_has_its_price(self):
        # 100 x 5 + 1000 x 10 + 4000 x 40 dollars per million
        assert self.cost(text_input=5.0, image_input=10.0, image_output=40.0) == "0.170500"

    def test_a_general_price_stands_in(self):
        assert self.cost(input=10.0, image_output=40.0) == "0.171000"
        assert self.cost({"prompt_tokens": 1000, "completion_tokens": 10}, input=0.1, output=0.5) == "0.000105"

    def test_what_was_cached_costs_less(self):
        usage = {"prompt_tokens": 1000, "prompt_tokens_details": {"cached_tokens": 400}}
        assert self.cost(usage, input=10.0, cached_input=1.0) == "0.006400"

    def test_unknown_is_never_zero(self):
        assert catalogue.price_of(None, USAGE) is None
        assert self.cost() is None
        assert self.cost(input=5.0) is None
        assert self.cost({}, input=5.0, output=5.0) is None

    def test_pictures_with_a_price_each(self):
        prices = {"image": 0.04, "image hd": 0.08, "image hd 1024x1792": 0.12}
        assert self.cost({}, {"size": "1024x1024"}, 3, **prices) == "0.120000"
        assert self.cost({}, {"quality": "hd", "size": "1024x1024"}, 1, **prices) == "0.080000"
        assert self.cost({}, {"quality": "hd", "size": "1024x1792"}, 1, **prices) == "0.120000"

    def test_an_estimate_is_made_where_it_is_known_before(self):
        family = Family("x", price={"image": 0.04})
        assert catalogue.estimate(family, {"n": 2}) == Decimal("0.08")
        assert catalogue.estimate(Family("x", price={"input": 5.0}), {"n": 2}) is None
        assert catalogue.estimate(None, {}) is None
