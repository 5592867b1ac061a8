"""A model's name → what the catalogue knows of it."""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from unittest import TestCase

import pytest

from connector import catalogue
from connector.catalogue import families
from connector.client import errors

TODAY = date(2026, 11, 20)
NAMES = {
    "gpt-5": "gpt-5",
    "gpt-4o-2024-08-06": "gpt-4o",
    "gpt-4-0613": "gpt-4",
    "gpt-4-1106-preview": "gpt-4-turbo",
    "ft:gpt-4o-mini-2024-07-18:acme::7p4l": "gpt-4o-mini",
    "GPT-4.0": "gpt-4o",
    "GPT-4.0 mini": "gpt-4o-mini",
    "GPT-4 Turbo": "gpt-4-turbo",
    "GPT-4o Mini": "gpt-4o-mini",
    "GPT-3.5 Turbo": "gpt-3.5-turbo",
    "o4 Mini": "o4-mini",
    "GPT-5.2": "gpt-5.2",
    "gpt_35_turbo": "gpt-3.5-turbo",
    "gpt_35_turbo_16k": "gpt-3.5-turbo-16k",
    "gpt_4": "gpt-4",
    "gpt_4_32k": "gpt-4-32k",
    "gpt-35-turbo": "gpt-3.5-turbo",
    "sandbox-429": "sandbox-429",
}


@pytest.mark.parametrize(("name", "family"), NAMES.items())
def test_a_model_is_found_by_every_name_people_use(name, family):
    assert catalogue.find(name).name == family


@pytest.mark.parametrize(
    "name", ["", "llama-3.3", "gpt-99", "classic", "ft:", "ft:llama:x", "-2024-08-06", "gpt-5 pro 2"]
)
def test_what_nobody_knows_is_not_found(name):
    assert catalogue.find(name) is None
    assert catalogue.shutdown(name) is None


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("GPT-4 Turbo", "gpt-4-turbo"),
        ("gpt_35_turbo", "gpt-3.5-turbo"),
        ("GPT-4.0", "gpt-4o"),
        ("gpt-4o-2024-08-06", "gpt-4o-2024-08-06"),
        ("gpt-4-vision-preview", "gpt-4-vision-preview"),
        ("ft:gpt-4o-mini-2024-07-18:acme::7p4l", "ft:gpt-4o-mini-2024-07-18:acme::7p4l"),
        ("my-own", "my-own"),
    ],
)
def test_captions_become_ids_and_ids_stay(name, sent):
    assert families.canonical(name) == sent


class LifeTests(TestCase):
    def test_a_snapshot_can_end_before_its_model(self):
        assert catalogue.shutdown("gpt-4o") == catalogue.shutdown("gpt-4o-2024-08-06") == date(2027, 1, 14)
        assert catalogue.shutdown("gpt-4o-2024-05-13") == date(2026, 10, 23)
        assert catalogue.shutdown("gpt-6-luna") is None

    def test_only_living_models_are_suggested_and_dying_ones_last(self):
        suggested = catalogue.suggested("chat_completions", TODAY)
        assert suggested[0] == "gpt-6-luna"
        ends = [catalogue.shutdown(name) for name in suggested]
        assert all(end is None or end > TODAY for end in ends)
        first_dying = next(i for i, end in enumerate(ends) if end)
        assert all(ends[first_dying:])

    def test_as_time_passes_fewer_are_suggested(self):
        assert "gpt-5" in catalogue.suggested("chat_completions", date(2026, 12, 10))
        assert "gpt-5" not in catalogue.suggested("chat_completions", date(2026, 12, 11))

    def test_the_sandbox_is_suggested_only_when_asked_for(self):
        assert not [name for name in catalogue.suggested("chat_completions", TODAY) if "sandbox" in name]
        assert catalogue.suggested("chat_completions", TODAY, "sandbox")[0] == "sandbox"

    def test_a_child_does_not_inherit_its_parents_end_price_or_names(self):
        assert catalogue.find("gpt-4o-mini").captions == ("GPT-4.0 mini",)
        assert catalogue.find("gpt-4-32k").price == {}
        assert catalogue.find("gpt-5.2").shutdown is None


class OverrideTests(TestCase):
    def test_an_administrator_describes_a_model_that_nobody_knows(self):
        family = catalogue.find("our-llama", overrides={"refuses": {"seed": "it has none"}})
        assert (family.name, family.refuses) == ("our-llama", {"seed": "it has none"})

    def test_an_administrator_takes_a_rule_back(self):
        family = catalogue.find("gpt-5", overrides={"refuses": {"temperature": False}})
        assert not family.refuses["temperature"]
        assert family.refuses["top_p"]
        assert catalogue.find("gpt-5").refuses["temperature"]

    def test_good_overrides_pass(self):
        catalogue.check({})
        catalogue.check(
            {
                "refuses": {"seed": "no", "stop": False},
                "renames": {"max_completion_tokens": "max_tokens"},
                "accepts": ["top_k"],
                "parameters": {"temperature": {"maximum": 5}},
            }
        )

    def test_bad_overrides_are_explained(self):
        for bad in (
            [],
            None,
            {"prices": {}},
            {"refuses": ["seed"]},
            {"refuses": {"seed": 1}},
            {"accepts": "top_k"},
            {"parameters": {"temperature": 5}},
            {"parameters": {"temperature": {"kind": "text"}}},
        ):
            with self.subTest(bad=bad), self.assertRaises(errors.InvalidParameter):
                catalogue.check(bad)


class HouseTests(TestCase):
    def test_no_model_is_named_in_code(self):
        folders = Path(catalogue.__file__).parent, Path(catalogue.__file__).parents[1] / "operations"
        code = "".join(file.read_text() for folder in folders for file in folder.rglob("*.py"))
        named = re.findall(r"""["'](?:gpt|o\d|sandbox-|dall|whisper|tts)[-\w.]*["']""", code)
        assert named == []

    def test_every_family_is_whole(self):
        for group in ("openai", "sandbox"):
            for family in catalogue.models("chat_completions", group):
                parameters = catalogue.parameters("chat_completions", family.name, "openai")
                assert {"max_completion_tokens", "response_format"} <= {p.name for p in parameters} | set(
                    family.refuses
                )

    def test_operations_are_imported_quickly_and_without_django(self):
        code = (
            "import time; began = time.process_time()\n"
            "import connector.operations.chat_completions, connector.operations.models\n"
            "took = time.process_time() - began  # of the processor: others may be busy\n"
            "import sys; print(took, 'django' in sys.modules, 'httpx' in sys.modules, 'tomllib' in sys.modules)"
        )
        best = min(self._run(code) for _ in range(3))
        assert best[1:] == ["False", "False", "True"]
        assert float(best[0]) <= 0.150

    def _run(self, code):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        return done.stdout.split()
