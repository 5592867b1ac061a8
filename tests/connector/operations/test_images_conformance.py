"""What we send for pictures and read of them, judged by the official documents; families against a strict server."""

import ast
import json
import unittest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector import catalogue
from connector.client import endpoint, errors, multipart, wire
from connector.client.sse import Event as Sent
from connector.operations import image_edits, image_generations, image_variations
from connector.operations.images import calls
from connector.operations.images.answer import Event, Response
from tests import api
from tests.pictures import a_file

GENERATION = image_generations.Request(
    model="nobody-knows-it",
    prompt="A lighthouse",
    background="opaque",
    complexity="low",
    frame_count=4,
    frame_duration_ms=100,
    moderation="low",
    n=1,
    output_compression=80,
    output_format="jpeg",
    partial_images=2,
    quality="low",
    response_format="b64_json",
    safety_identifier="hash",
    size="1024x1024",
    style="vivid",
    svg={"model": "gpt-6-sol", "reasoning": {"effort": "low"}},
    user="older",
)
EDIT = image_edits.Request(
    model="nobody-knows-it",
    prompt="At night",
    image=[a_file(), a_file("b.png")],
    mask=a_file("mask.png"),
    markup=a_file("markup.png"),
    background="opaque",
    complexity="low",
    frame_count=4,
    frame_duration_ms=100,
    input_fidelity="low",
    n=1,
    output_compression=80,
    output_format="jpeg",
    partial_images=2,
    quality="low",
    response_format="b64_json",
    safety_identifier="hash",
    size="1024x1024",
    svg={"model": "gpt-6-sol"},
    user="older",
)
VARIATION = image_variations.Request(
    model="nobody-knows-it", image=a_file(), n=2, response_format="b64_json", size="256x256", user="older"
)
APIS = {
    "openai": "openai",
    "azure_openai/preview": "azure-2025-04-01-preview",
    "azure_openai/stable": "azure-2024-10-21",
}
# The values of the retired models, where they differ.
RETIRED = {"quality": "standard", "size": "1024x1024"}
KEPT = {"output_format": "jpeg", "output_compression": 80}


def asked(request, family, **changes):
    """The request for a family, with values that it has."""
    body = request.body() | {"model": family.name}
    qualities = family.parameters.get("quality", {}).get("choices", ["low"])
    return body | {"quality": "low" if "low" in qualities else "standard"} | changes


@api.documents_needed
class RequestTests(unittest.TestCase):
    def test_every_parameter_of_the_client_is_a_field(self):
        text = (api.FOLDER / "params.md").read_text("utf-8")
        for operation, request in {
            "images.generate": GENERATION,
            "images.edit": EDIT,
            "images.create_variation": VARIATION,
        }.items():
            table = text.split(f"### {operation}")[1].split("###")[0]
            documented = {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")}
            with self.subTest(operation):
                assert documented == set(request.body())

    def test_everything_set_is_valid_for_openai_as_it_stands(self):
        assert api.request_errors("openai", "images/generations", GENERATION.body() | {"stream": True}) == []
        edit = multipart.encode(EDIT.body() | {"stream": True})
        assert api.form_errors("openai", "images/edits", edit) == []
        assert api.form_errors("openai", "images/variations", multipart.encode(VARIATION.body())) == []

    def test_every_family_at_every_api_gets_a_valid_request(self):
        for name, document in APIS.items():
            for family in catalogue.models("image_generations"):
                if document == "azure-2024-10-21" and not family.name.startswith("dall-e-3"):
                    continue  # the stable version knows the values of one model
                with self.subTest(api=name, family=family.name):
                    body = asked(GENERATION, family)
                    fitted = catalogue.fit(body, operation="image_generations", model=family.name, api=name)
                    assert api.request_errors(document, "images/generations", fitted.body) == []

    def test_every_family_gets_a_valid_edit(self):
        for name, document in list(APIS.items())[:2]:
            for family in catalogue.models("image_edits"):
                files = {"image": EDIT.image[0]} if family.name == "dall-e-2" else {}
                without = {"markup": None} if family.forbids.get("markup") else {"mask": None}
                with self.subTest(api=name, family=family.name):
                    body = asked(EDIT, family, **files, **without)
                    fitted = catalogue.fit(body, operation="image_edits", model=family.name, api=name)
                    assert api.form_errors(document, "images/edits", multipart.encode(fitted.body)) == []

    def test_unknown_parameters_are_noticed_by_the_judge(self):
        for document in APIS.values():
            body = {"prompt": "x", "nonsense": 1}
            assert "nonsense" in "".join(api.request_errors(document, "images/generations", body))
        form = multipart.encode({"prompt": "x", "image": a_file(), "nonsense": 1})
        assert "nonsense" in "".join(api.form_errors("openai", "images/edits", form))


# The strict server: which family takes what, written down apart from the catalogue (api/README.md's table).
COMMON = {"model", "prompt", "n", "size", "quality", "safety_identifier"}
GPT = COMMON | {"background", "output_format", "output_compression", "moderation", "partial_images", "complexity"}
MOVING = {"frame_count", "frame_duration_ms"}
TAKES = {
    "gpt-image-1": GPT,
    "gpt-image-1-mini": GPT,
    "gpt-image-1.5": GPT,
    "chatgpt-image-latest": GPT,
    "gpt-image-2": GPT,
    "gpt-image-2.5-sunburst": GPT | MOVING | {"svg"},
    "gpt-image-2.5-flare": GPT | MOVING | {"svg"},
    "gpt-image-2.6-sunburst": GPT | MOVING | {"svg"},
    "gpt-image-2.6-flare": GPT | MOVING | {"svg"},
    "dall-e-3": COMMON | {"style", "response_format"},
    "dall-e-2": COMMON | {"response_format"},
}


NAMES = sorted(set(GENERATION.body()) - {"model", "prompt"})
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 200),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["auto", "low", "hd", "standard", "1024x1024", "jpeg", "gif", "vivid", "url", "transparent"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


class FamilyTests(unittest.TestCase):
    def test_the_table_names_every_family(self):
        assert set(TAKES) == {family.name for family in catalogue.models("image_generations")}

    def test_no_family_is_sent_what_it_does_not_take(self):
        for kind in ("jpeg", "gif", "svg"):
            for family in catalogue.models("image_generations"):
                if kind != "jpeg" and "svg" not in TAKES[family.name]:
                    continue
                body = asked(GENERATION, family, output_format=kind)
                fitted = catalogue.fit(body, operation="image_generations", model=family.name, api="openai")
                with self.subTest(family.name, kind=kind):
                    assert set(fitted.body) <= TAKES[family.name]
                    # the notices are the difference between what was asked and what is sent
                    noticed = {notice.param for notice in fitted.notices}
                    assert noticed == {name for name, value in body.items() if fitted.body.get(name) != value}

    @settings(deadline=None)
    @given(st.sampled_from(sorted(TAKES)), st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5))
    def test_anything_is_fitted_or_refused(self, family, asked):
        body = {"model": family, "prompt": "x"} | asked
        try:
            fitted = catalogue.fit(body, operation="image_generations", model=family, api="openai")
        except errors.InvalidParameter as error:
            assert error.facts["param"]
            return
        assert set(fitted.body) <= TAKES[family]
        again = catalogue.fit(fitted.body, operation="image_generations", model=family, api="openai")
        assert (again.body, again.notices) == (fitted.body, [])

    def test_sizes(self):
        free, fixed = ("gpt-image-2", "gpt-image-2.5-flare"), ("gpt-image-1.5", "gpt-image-1-mini", "gpt-image-1")
        for families, good, bad in (
            (free, ["auto", "1536x864", "3840x2160", "2160x3840", "1024x1792"], ["1000x1000", "3856x2160", "1024x336"]),
            (fixed, ["auto", "1536x1024", "1024x1536"], ["1792x1024", "512x512", "1536x864"]),
            (("dall-e-3",), ["1792x1024", "_1204x1792", "1024 x 1024"], ["auto", "512x512", "1536x1024"]),
            (("dall-e-2",), ["_256x256", "512x512", "1024X1024"], ["auto", "1792x1024"]),
        ):
            for family in families:
                for size in good + bad:
                    body = {"model": family, "prompt": "x", "size": size}
                    with self.subTest(family, size=size):
                        if size in good:
                            catalogue.fit(body, operation="image_generations", model=family, api="openai")
                            continue
                        with self.assertRaises(errors.InvalidParameter) as caught:
                            catalogue.fit(body, operation="image_generations", model=family, api="openai")
                        assert caught.exception.facts["param"] == "size"
                        assert caught.exception.facts["allowed"]

    def test_the_seeds_spellings(self):
        for spelling, name in {
            "dall_e_3": "dall-e-3",
            "DALL-E 3": "dall-e-3",
            "DALL·E 2": "dall-e-2",
            "GPT Image 1": "gpt-image-1",
        }.items():
            request = image_generations.Request(
                model=spelling, prompt="x", size="_1024x1024", response_format="URL (PNG file)"
            )
            fitted = image_generations.fit(request, "openai")
            assert fitted.body["model"] == fitted.model == name
            assert fitted.body["size"] == "1024x1024"
            assert fitted.body.get("response_format") == (None if name == "gpt-image-1" else "url")

    def test_messages_with_weights_are_joined_with_a_notice(self):
        messages = [{"content": "A lighthouse", "weight": 1}, {"content": "at night", "weight": 0.5}]
        fitted = image_generations.fit(image_generations.Request(model="dall-e-3", messages=messages), "openai")
        assert fitted.body == {"model": "dall-e-3", "prompt": "A lighthouse\nat night"}
        (notice,) = fitted.notices
        assert (notice.param, notice.sent_as) == ("messages", "prompt")
        assert "Weights are not sent" in notice.text

    def test_the_prompts_limit_is_the_models(self):
        for model, limit in {"dall-e-2": 1000, "dall-e-3": 4000, "gpt-image-2": 32_000}.items():
            image_generations.fit(image_generations.Request(model=model, prompt="x" * limit), "openai")
            with self.assertRaises(errors.InvalidParameter) as caught:
                image_generations.fit(image_generations.Request(model=model, prompt="x" * (limit + 1)), "openai")
            assert caught.exception.facts["allowed"] == f"at most {limit}"

    def test_older_qualities_are_todays(self):
        for older, today in (("hd", "high"), ("standard", None)):
            request = image_generations.Request(model="gpt-image-2", prompt="x", quality=older)
            fitted = image_generations.fit(request, "openai")
            assert fitted.body.get("quality") == today
            assert [notice.param for notice in fitted.notices] == ["quality"]

    def test_what_contradicts_itself_is_refused(self):
        for param, wrong in (
            ("prompt", {"prompt": ""}),
            ("background", {"background": "transparent", "output_format": "jpeg"}),
            ("n", {"output_format": "svg", "n": 2}),
            ("n", {"n": 0}),
            ("n", {"n": True}),
            ("n", {"n": 1.5}),
            ("output_compression", {"output_format": "webp", "output_compression": 101}),
            ("partial_images", {"partial_images": 4}),
            ("prompt", {"prompt": float("nan")}),
        ):
            request = image_generations.Request(**{"model": "gpt-image-2.5-flare", "prompt": "x", **wrong})
            with self.subTest(wrong), self.assertRaises(errors.InvalidParameter) as caught:
                image_generations.fit(request, "openai")
            assert caught.exception.facts["param"] == param

    def test_a_model_for_something_else_is_refused_and_others_are_named(self):
        for module, model in ((image_generations, "gpt-5"), (image_edits, "dall-e-3")):
            request = module.Request(model=model, prompt="x", **({"image": a_file()} if module is image_edits else {}))
            with self.assertRaises(errors.InvalidParameter) as caught:
                module.fit(request, "openai")
            assert caught.exception.facts["param"] == "model"
            assert "gpt-image-2" in caught.exception.facts["allowed"]
            module.fit(request, "openai_compatible")  # may serve anything

    def test_a_mark_up_would_be_missed(self):
        request = image_edits.Request(model="gpt-image-2", prompt="x", image=a_file(), markup=a_file())
        with self.assertRaises(errors.InvalidParameter):
            image_edits.fit(request, "openai")

    def test_an_api_version_without_edits_is_known(self):
        request = image_edits.Request(model="draw", prompt="x", image=a_file())
        with self.assertRaises(errors.InvalidParameter) as caught:
            image_edits.fit(
                request, endpoint.parse("https://x.openai.azure.com", "azure_openai", api_version="2024-10-21")
            )
        assert caught.exception.facts["param"] == "api_version"

    def test_variations_are_for_compatible_servers(self):
        for kind in ("openai", "azure_openai"):
            with self.assertRaises(errors.InvalidParameter):
                image_variations.fit(image_variations.Request(model="dall-e-2", image=a_file()), kind)
        image_variations.fit(image_variations.Request(model="dall-e-2", image=a_file()), "openai_compatible")
        with self.assertRaises(errors.InvalidParameter):
            image_variations.fit(image_variations.Request(image=a_file(width=32)), "openai_compatible")

    def test_who_streams(self):
        for model, expected in {"gpt-image-2": True, "dall-e-3": False, "nobody-knows-it": True}.items():
            assert image_generations.streams(model, "openai") is expected
        assert not image_generations.streams("gpt-image-2", "azure_openai/preview")


@api.documents_needed
@pytest.mark.parametrize("kind", ["OpenAI", "OpenAI on Azure v1"])
def test_the_body_is_what_the_official_client_sends(kind):
    (official,) = api.wire_lines(kind, "images")
    request = image_generations.Request(model="gpt-image-2", prompt="x", size="1024x1024")
    assert image_generations.fit(request, "openai").body == official


@api.documents_needed
@pytest.mark.parametrize("kind", ["AzureOpenAI", "AzureOpenAI Entra"])
def test_on_azures_dated_versions_the_model_is_in_the_path_alone(kind):
    """The official client repeats it in the body; Azure's document has no such parameter."""
    (official,) = api.wire_lines(kind, "images")
    request = image_generations.Request(model="gpt-image-2", prompt="x", size="1024x1024")
    assert image_generations.fit(request, "azure_openai/preview").body | {"model": "gpt-image-2"} == official


@api.documents_needed
def test_forms_have_the_fields_of_the_official_client():
    text = (api.FOLDER / "wire.md").read_text("utf-8")
    for name, request in {
        "image edit 1": image_edits.Request(
            model="gpt-image-2", prompt="x", n=2, image=a_file("a.png"), mask=a_file("m.png")
        ),
        "image edit 2": image_edits.Request(model="gpt-image-2", prompt="x", image=[a_file("a.png"), a_file("b.png")]),
    }.items():
        line = next(line for line in text.splitlines() if line.startswith(f"- {name}: "))
        listed = line.split("`multipart/form-data` ")[1].split(" [conforms]")[0]
        form = multipart.encode(image_edits.fit(request, "openai").body)
        parts = multipart.decode(form.content, form.content_type)
        ours = [(p.name, p.content.decode() if p.filename is None else f"{p.filename}:{p.media_type}") for p in parts]
        assert sorted(ours) == sorted(ast.literal_eval(listed))


@api.documents_needed
@pytest.mark.parametrize(
    "example",
    [example for name in ("generations", "edits", "variations") for example in api.examples(f"POST /images/{name}")],
    ids=lambda example: f"{example['op']} {example['title']}",
)
def test_an_official_example_is_read_without_loss(example):
    if example.get("request_json"):
        wanted = {name: value for name, value in example["request_json"].items() if name != "stream"}
        assert image_generations.Request(**wanted).body() == wanted
    if example["title"] == "Streaming":
        events = [json.loads(line[6:]) for line in example["response"].splitlines() if line.startswith("data: ")]
        for event in events:
            assert _contained(event, wire.to_dict(wire.decode(json.dumps(event), Event))) == []
            assert calls._read(Sent(event=event["type"], data=json.dumps(event)))
    elif example["response"]:
        answer = json.loads(example["response"])
        assert _contained(answer, wire.to_dict(wire.decode(example["response"], Response))) == []


def _contained(wanted, got, where=""):
    """The places of `wanted` that `got` does not have."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        return [e for key in wanted for e in _contained(wanted[key], got.get(key), f"{where}.{key}")]
    if isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        return [e for i, pair in enumerate(zip(wanted, got, strict=True)) for e in _contained(*pair, f"{where}[{i}]")]
    return [] if wanted == got or wanted is None else [where]
