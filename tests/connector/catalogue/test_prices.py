"""What answers cost: usages of every operation as servers send them, priced by hand."""

import datetime
import unittest
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import catalogue
from connector.catalogue import Family, files, prices

TODAY = datetime.date(2026, 11, 28)
USAGE = {
    "input_tokens": 1100,
    "output_tokens": 4000,
    "total_tokens": 5100,
    "input_tokens_details": {"text_tokens": 100, "image_tokens": 1000},
    "output_tokens_details": {"text_tokens": 0, "image_tokens": 4000},
}

# What it is: the model, the usage, what else is known, and US dollars as worked out on paper.
GOLDEN = {
    "chat": (
        "gpt-6-luna",  # 1000 x 0.10 + 200 x 0.50
        {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200},
        {},
        "0.0002",
    ),
    "chat, some of it from the cache, some written to it, most of the answer reasoned": (
        "gpt-6-sol",  # 300 x 2 + 500 x 0.20 + 200 x 2.50 + 400 x 10
        {
            "prompt_tokens": 1000,
            "completion_tokens": 400,
            "total_tokens": 1400,
            "prompt_tokens_details": {"cached_tokens": 500, "cache_write_tokens": 200, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 350, "audio_tokens": 0},
        },
        {},
        "0.0052",
    ),
    "chat with predictions: what was rejected is paid, once": (
        "gpt-4o",  # 100 x 2.50 + 80 x 10
        {
            "prompt_tokens": 100,
            "completion_tokens": 80,
            "completion_tokens_details": {"accepted_prediction_tokens": 20, "rejected_prediction_tokens": 30},
        },
        {},
        "0.00105",
    ),
    "chat with a picture, which is read at the price of text": (
        "gpt-4o-mini",  # 1000 x 0.15 + 10 x 0.60
        {
            "prompt_tokens": 1000,
            "completion_tokens": 10,
            "prompt_tokens_details": {"image_tokens": 900, "text_tokens": 100},
        },
        {},
        "0.000156",
    ),
    "chat that listens and speaks": (
        "gpt-audio-mini",  # 100 x 0.60 + 400 x 10 + 50 x 2.40 + 600 x 20
        {
            "prompt_tokens": 500,
            "completion_tokens": 650,
            "prompt_tokens_details": {"audio_tokens": 400, "text_tokens": 100, "cached_tokens": 0},
            "completion_tokens_details": {"audio_tokens": 600, "text_tokens": 50},
        },
        {},
        "0.01618",
    ),
    "chat in the priority tier": (
        "gpt-5.1",  # 1000 x 2.50 + 100 x 20
        {"prompt_tokens": 1000, "completion_tokens": 100},
        {"tier": "priority", "body": {"service_tier": "auto"}},
        "0.0045",
    ),
    "chat that asked for flex, the answer does not say what it got": (
        "gpt-5.1",  # 1000 x 0.625 + 100 x 5
        {"prompt_tokens": 1000, "completion_tokens": 100},
        {"body": {"service_tier": "flex"}},
        "0.001125",
    ),
    "chat with a prompt that is long": (
        "gpt-5.5",  # 100 000 x 10 + 200 000 x 1 + 1000 x 45
        {"prompt_tokens": 300_000, "completion_tokens": 1000, "prompt_tokens_details": {"cached_tokens": 200_000}},
        {},
        "1.245",
    ),
    "chat with a prompt that is long, in the flex tier": (
        "gpt-6-luna",  # 300 000 x 0.10 + 1000 x 0.375
        {"prompt_tokens": 300_000, "completion_tokens": 1000},
        {"tier": "flex"},
        "0.030375",
    ),
    "chat at a server that counts what was reasoned beside the answer": (
        "gpt-5",  # 10 x 1.25 + 120 x 10
        {
            "prompt_tokens": 10,
            "completion_tokens": 20,
            "total_tokens": 130,
            "completion_tokens_details": {"reasoning_tokens": 100},
        },
        {},
        "0.0012125",
    ),
    "responses with tools of one's own": (
        "gpt-6-luna",
        {"input_tokens": 1000, "output_tokens": 200},
        {"body": {"tools": [{"type": "function", "name": "f"}, {"type": "mcp", "server_url": "https://x.example"}]}},
        "0.0002",
    ),
    "responses": (
        "gpt-6-luna",  # 15 x 0.10 + 5 x 0.01 + 30 x 0.50
        {
            "input_tokens": 20,
            "output_tokens": 30,
            "total_tokens": 50,
            "input_tokens_details": {"cached_tokens": 5, "cache_write_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 30},
        },
        {},
        "0.00001655",
    ),
    "completions": ("davinci-002", {"prompt_tokens": 500, "completion_tokens": 500}, {}, "0.002"),
    "a picture": (
        "gpt-image-2",  # 20 x 5 + 4160 x 30
        {
            "input_tokens": 20,
            "output_tokens": 4160,
            "input_tokens_details": {"text_tokens": 20, "image_tokens": 0},
        },
        {"pictures": 1},
        "0.1249",
    ),
    "a changed picture": (
        "gpt-image-1.5",  # 100 x 5 + 1000 x 8 + 4000 x 32
        USAGE,
        {"pictures": 1},
        "0.1365",
    ),
    "a changed picture, the one before from the cache": (
        "gpt-image-2",  # 20 x 5 + 80 x 1.25 + 200 x 8 + 800 x 2 + 1000 x 30
        {
            "input_tokens": 1100,
            "output_tokens": 1000,
            "input_tokens_details": {
                "text_tokens": 100,
                "image_tokens": 1000,
                "cached_tokens": 880,
                "cached_tokens_details": {"text_tokens": 80, "image_tokens": 800},
            },
        },
        {"pictures": 1},
        "0.0334",
    ),
    "embeddings": ("text-embedding-3-small", {"prompt_tokens": 12_345, "total_tokens": 12_345}, {}, "0.0002469"),
    "embeddings with the total only": ("text-embedding-3-large", {"total_tokens": 1000}, {}, "0.00013"),
    "speech by the character": ("tts-1", {}, {"body": {"input": "Hello, light."}}, "0.000195"),
    "speech by tokens": (
        "gpt-4o-mini-tts",  # 20 x 0.60 + 1000 x 12
        {"input_tokens": 20, "output_tokens": 1000, "total_tokens": 1020},
        {"body": {"input": "…"}},
        "0.012012",
    ),
    "transcription by time": ("gpt-transcribe", {"type": "duration", "seconds": 90}, {}, "0.00675"),
    "transcription by time that the answer tells": ("whisper-1", {}, {"seconds": 61.5}, "0.00615"),
    "transcription by tokens": (
        "gpt-4o-transcribe",  # 600 x 2.50 + 100 x 10
        {
            "type": "tokens",
            "input_tokens": 600,
            "output_tokens": 100,
            "input_token_details": {"text_tokens": 10, "audio_tokens": 590},
        },
        {"seconds": 60.0},
        "0.0025",
    ),
    "moderation": ("omni-moderation-latest", {}, {}, "0"),
}
# Of these the price of some part is not known.
UNPRICED = {
    "a model nobody knows": ("llama-3.3", {"prompt_tokens": 1, "completion_tokens": 1}, {}),
    "no usage": ("gpt-6-luna", {}, {}),
    "speech of which nobody counted the tokens": ("gpt-4o-mini-tts", {}, {"body": {"input": "Hello"}}),
    "sound that a model for text read": (
        "gpt-4o",
        {"prompt_tokens": 100, "completion_tokens": 1, "prompt_tokens_details": {"audio_tokens": 90}},
        {},
    ),
    "a cache without a price": (
        "gpt-5-pro",
        {"input_tokens": 100, "output_tokens": 1, "input_tokens_details": {"cached_tokens": 90}},
        {},
    ),
    "a tier without a price": ("gpt-4o", {"prompt_tokens": 1, "completion_tokens": 1}, {"tier": "scale"}),
    "a tier without a price for so long a prompt": (
        "gpt-5.4",
        {"prompt_tokens": 300_000, "completion_tokens": 1},
        {"tier": "priority"},
    ),
    "a cache that does not say what of it was pictures": (
        "gpt-image-2",
        {
            "input_tokens": 200,
            "output_tokens": 1,
            "input_tokens_details": {"text_tokens": 100, "image_tokens": 100, "cached_tokens": 50},
        },
        {},
    ),
    "tools of the provider, which are billed apart": (
        "gpt-6-luna",
        {"input_tokens": 10, "output_tokens": 1},
        {"body": {"tools": [{"type": "function", "name": "f"}, {"type": "web_search"}]}},
    ),
    "a search in a chat": (
        "gpt-4o",
        {"prompt_tokens": 10, "completion_tokens": 1},
        {"body": {"web_search_options": {"search_context_size": "low"}}},
    ),
    "time, of a model that is paid by tokens": ("gpt-4o-transcribe", {"type": "duration", "seconds": 9}, {}),
}


@pytest.mark.parametrize(("model", "usage", "known", "dollars"), GOLDEN.values(), ids=GOLDEN)
def test_it_costs_what_was_worked_out_on_paper(model, usage, known, dollars):
    found = catalogue.bill(catalogue.find(model), usage, **known)
    assert found.total == Decimal(dollars)
    assert found.total == sum(part.amount for part in found.parts)


@pytest.mark.parametrize(("model", "usage", "known"), UNPRICED.values(), ids=UNPRICED)
def test_what_is_not_known_is_unpriced(model, usage, known):
    found = catalogue.bill(catalogue.find(model), usage, **known)
    assert found.total is None
    assert bool(found.parts) == bool(found.unknown)


class PriceTests(unittest.TestCase):
    def cost(self, usage=USAGE, body=None, pictures=0, **price):
        return catalogue.price_of(Family("x", price=price), usage, body, pictures)

    def test_each_kind_of_token_has_its_price(self):
        # 100 x 5 + 1000 x 10 + 4000 x 40 dollars per million
        assert self.cost(text_input=5.0, image_input=10.0, image_output=40.0) == Decimal("0.1705")

    def test_a_general_price_stands_in(self):
        assert self.cost(input=10.0, image_output=40.0) == Decimal("0.171")
        usage = {"prompt_tokens": 1000, "completion_tokens": 10}
        assert self.cost(usage, input=0.1, output=0.5) == Decimal("0.000105")

    def test_it_does_not_for_what_costs_more_than_text(self):
        assert self.cost(input=10.0, output=40.0) is None

    def test_what_was_cached_costs_less(self):
        usage = {"prompt_tokens": 1000, "prompt_tokens_details": {"cached_tokens": 400}}
        assert self.cost(usage, input=10.0, cached_input=1.0) == Decimal("0.0064")

    def test_reasoning_may_have_a_price_of_its_own(self):
        usage = {"completion_tokens": 100, "completion_tokens_details": {"reasoning_tokens": 40}}
        assert self.cost(usage, output=10.0) == Decimal("0.001")
        assert self.cost(usage, output=10.0, reasoning=5.0) == Decimal("0.0008")

    def test_a_request_may_have_a_price_of_its_own(self):
        usage = {"prompt_tokens": 100}
        assert self.cost(usage, input=10.0, request=0.25) == Decimal("0.251")
        assert self.cost({}, request=0.25) == Decimal("0.25")

    def test_tools_of_the_provider_may_have_a_price(self):
        body = {"tools": [{"type": "web_search"}]}
        assert self.cost({"prompt_tokens": 100}, body, input=10.0, tools=0.01) == Decimal("0.011")
        for tools in ("web_search", None, [None], {"type": "web_search"}, [{"type": "function"}]):
            assert self.cost({"prompt_tokens": 100}, {"tools": tools}, input=10.0) == Decimal("0.001")
        assert self.cost({"prompt_tokens": 100}, {"tools": [{"type": ["nonsense"]}]}, input=10.0) is None

    def test_a_price_of_nothing_is_a_price(self):
        assert self.cost({"prompt_tokens": 100}, input=0.0) == 0

    def test_unknown_is_never_zero(self):
        assert catalogue.price_of(None, USAGE) is None
        assert self.cost() is None
        assert self.cost(input=5.0) is None
        assert self.cost({}, input=5.0, output=5.0) is None

    def test_what_is_unknown_is_named(self):
        usage = {"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 4}}
        assert catalogue.bill(Family("x", price={"input": 5.0}), usage).unknown == ["cached_input"]

    def test_pictures_with_a_price_each(self):
        prices = {"image": 0.04, "image hd": 0.08, "image hd 1024x1792": 0.12}
        assert self.cost({}, {"size": "1024x1024"}, 3, **prices) == Decimal("0.12")
        assert self.cost({}, {"quality": "hd", "size": "1024x1024"}, 1, **prices) == Decimal("0.08")
        assert self.cost({}, {"quality": "hd", "size": "1024x1792"}, 1, **prices) == Decimal("0.12")

    def test_an_estimate_is_made_where_it_is_known_before(self):
        family = Family("x", price={"image": 0.04})
        assert catalogue.estimate(family, {"n": 2}) == Decimal("0.08")
        assert catalogue.estimate(Family("x", price={"input": 5.0}), {"n": 2}) is None
        assert catalogue.estimate(None, {}) is None

    def test_counts_that_are_none_are_not_counted(self):
        for count in (None, "12", True, -5, float("nan"), float("inf"), [], {}):
            assert prices.tokens({"prompt_tokens": count, "prompt_tokens_details": {"cached_tokens": count}}) == {}
        assert prices.tokens({"prompt_tokens": 5, "prompt_tokens_details": "none", "completion_tokens": 2.0}) == {
            "input": 5,
            "output": 2,
        }

    def test_a_price_has_a_name_that_says_what_for(self):
        for name in ("input", "flex input", "long priority cached_input", "image hd 1024x1792", "minute", "characters"):
            assert prices.is_kind(name), name
        for name in ("", "tokens", "flex", "long minute", "a b c input", " input", "flex  input", "imagehd"):
            assert not prices.is_kind(name), name


COUNTS = st.one_of(st.integers(0, 10_000), st.sampled_from([None, 0, -1, 10**9, 1.5, "7"]))
DETAILS = st.dictionaries(
    st.sampled_from(
        [
            "text_tokens",
            "image_tokens",
            "audio_tokens",
            "cached_tokens",
            "cache_write_tokens",
            "reasoning_tokens",
            "accepted_prediction_tokens",
            "rejected_prediction_tokens",
        ]
    ),
    COUNTS,
)
READ = st.one_of(
    st.none(), DETAILS, st.tuples(DETAILS, DETAILS).map(lambda two: two[0] | {"cached_tokens_details": two[1]})
)
PRICES = st.dictionaries(
    st.sampled_from([name for name, unit in prices.UNITS.items() if unit == prices.MILLION and name != "characters"]),
    st.decimals(0, 1000, places=4).map(float),
)


@given(read=st.integers(0, 2_000_000), written=st.integers(0, 200_000), before=READ, after=READ, price=PRICES)
def test_the_parts_sum_to_the_whole_and_no_token_is_lost(read, written, before, after, price):
    """Whatever the details say, and whether they agree with the totals or not."""
    usage = {
        "input_tokens": read,
        "output_tokens": written,
        "input_tokens_details": before,
        "output_tokens_details": after,
    }
    counted = prices.tokens(usage)
    assert sum(count for kind, count in counted.items() if "output" in kind or kind == "reasoning") == written
    assert sum(counted.values()) == read + written
    assert all(count > 0 for count in counted.values())
    found = catalogue.bill(Family("x", price=price), usage)
    assert {part.kind: part.quantity for part in found.parts} == counted
    if found.total is None:
        assert found.unknown or not counted
    else:
        assert found.total == sum(part.amount for part in found.parts)
        dearest, cheapest = max(price.values()), min(price.values())
        tokens = Decimal(read + written) / 1_000_000
        assert Decimal(str(cheapest)) * tokens <= found.total <= Decimal(str(dearest)) * tokens


class DataTests(unittest.TestCase):
    def setUp(self):
        found = [catalogue.find(name) for file in files.GROUPS["openai"] for name in files.read(file)]
        self.families = [family for family in found if family is not None]

    def test_every_model_that_is_alive_has_a_price_with_its_date_and_source(self):
        alive = [family for family in self.families if family.shutdown is None or family.shutdown > TODAY]
        assert len(alive) > 40
        for family in alive:
            assert family.price, family.name
            assert family.priced, family.name
            assert family.price_source, family.name

    def test_what_is_priced_is_in_the_catalogue(self):
        assert set(files.prices()) <= {family.name for family in self.families}

    def test_every_price_has_a_name_of_ours_and_no_tier_is_half(self):
        for family in self.families:
            for name in family.price:
                assert prices.is_kind(name), f"{family.name}: {name}"
            terms = {name.rpartition(" ")[0] for name in family.price}
            kinds = [
                {name.rpartition(" ")[2] for name in family.price if name.rpartition(" ")[0] == term} for term in terms
            ]
            assert all(kind == kinds[0] for kind in kinds) or len(kinds) == 1, family.name

    def test_they_are_plausible(self):
        """A slip of the decimal point shows: what is cached is cheaper, and the same tier has the same proportions."""
        for family in self.families:
            for name, price in family.price.items():
                terms, _, kind = name.rpartition(" ")
                assert 0 <= price <= 1000, f"{family.name}: {name}"
                if kind.startswith("cached_"):
                    full = family.price[f"{terms} {kind.removeprefix('cached_')}".strip()]
                    assert 0.04 * full <= price <= 0.5 * full, f"{family.name}: {name}"
                if kind == "output" and f"{terms} input".strip() in family.price:
                    assert 1 <= price / family.price[f"{terms} input".strip()] <= 8.1, f"{family.name}: {name}"
                if terms:
                    lowest, highest = (0.5, 1) if terms == "flex" else (0.75, 12)
                    assert lowest <= price / family.price[kind] <= highest, f"{family.name}: {name}"
        luna = catalogue.find("gpt-6-luna")
        assert (luna.price["input"], luna.price["output"]) == (0.10, 0.50)

    def test_a_successor_lives_and_answers_the_same_requests(self):
        successors = {family.name: family.successor for family in self.families if family.successor}
        assert len(successors) > 20
        for name, successor in successors.items():
            follower, family = catalogue.find(successor), catalogue.find(name)
            assert follower is not None, name
            assert follower.shutdown is None, name
            shared = {follower.operation, *follower.also} & {family.operation, *family.also}
            assert shared or family.operation == "completions", name

    def test_what_is_read_and_written_is_known_of_every_chat_model(self):
        for family in self.families:
            if family.price and family.serves("chat_completions"):
                assert family.context_window >= family.max_output > 0, family.name
