"""Every example of `docs/python.md` is run, from top to bottom; every activity and operation has one."""

import contextlib
import importlib
import io
import pkgutil
import re
import tempfile
from pathlib import Path

import pytest
from django.db import connection, models
from django.test import TransactionTestCase, override_settings
from django.test.utils import isolate_apps

from connector import activities, operations, testing
from connector.models import AbstractGeneratedImage
from connector.operations import tools
from tests.builders import a_user
from tests.documented import examples, run

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "python.md").read_text()


with isolate_apps("connector"):

    class Portrait(AbstractGeneratedImage):
        """As in the document, with a home in an app that is installed here."""

        person = models.CharField(max_length=100)

        class Meta:
            app_label = "connector"


class ExamplesTests(TransactionTestCase):
    def setUp(self):
        with connection.schema_editor() as editor:
            editor.create_model(Portrait)
        self.addCleanup(self.drop)
        self.addCleanup(tools.forget, "get_weather")
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.enterContext(override_settings(MEDIA_ROOT=folder))

    def drop(self):
        with connection.schema_editor() as editor:
            editor.delete_model(Portrait)

    def test_all_of_them_run_against_the_sandbox(self):
        names = {"__name__": "example", "Portrait": Portrait, "user": a_user()}
        with testing.sandbox():
            for line, code in examples(TEXT):
                with self.subTest(line=line), contextlib.redirect_stdout(io.StringIO()) as said:
                    run(code, line, names, "docs/python.md")
                assert said.getvalue() or "print" not in code, "an example prints nothing of what it means to show"
        assert len(names["one"]) == 256
        assert names["came"]
        assert names["portrait"].image.width
        assert names["fitted"].body["max_completion_tokens"] == 100
        assert names["answer"].status == 200


def test_every_activity_has_an_example():
    code = "".join(code for _, code in examples(TEXT))
    assert [name for name in activities.__all__ if f"activities.{name}(" not in code] == []


def test_every_operation_has_an_example():
    code = "".join(code for _, code in examples(TEXT))
    missing = []
    for found in pkgutil.iter_modules(operations.__path__):
        module = importlib.import_module(f"connector.operations.{found.name}")
        called = "served" if found.name == "models" else found.name  # `models` is Django's there
        verbs = [verb for verb in ("create", "stream", "list", "get", "send") if verb in vars(module)]
        if hasattr(module, "OPERATION"):
            missing += [f"{found.name}.{verb}" for verb in verbs if f"{called}.{verb}(client" not in code]
    assert missing == []


def test_every_setting_of_the_connector_is_named():
    code = "".join(path.read_text() for path in (ROOT / "connector").rglob("*.py"))
    read = re.findall(r'settings, "(\w+)"', code)
    assert read
    assert [name for name in read if name not in TEXT] == []


@pytest.mark.parametrize(("line", "code"), [*examples(TEXT), *examples(TEXT, "test")])
def test_examples_fit_into_a_page(line, code):
    assert max(map(len, code.splitlines())) <= 120, line
