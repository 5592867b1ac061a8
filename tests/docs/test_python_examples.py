"""Every example of `docs/python.md` is run, from top to bottom; every activity and operation has one."""

import ast
import contextlib
import importlib
import inspect
import io
import pkgutil
import re
import tempfile
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, models
from django.test import TransactionTestCase, override_settings
from django.test.utils import isolate_apps

from connector import activities, operations, testing
from connector.models import AbstractGeneratedImage
from connector.operations import tools

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "python.md").read_text()
# A fence says `python`, and what else it is where it stands in a file of its own.
FENCE = re.compile(r"^```python(?: (\w+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def examples(kind=None):
    """(line, code) of the examples of a kind."""
    return [(TEXT.count("\n", 0, found.start(2)) + 1, found[2]) for found in FENCE.finditer(TEXT) if found[1] == kind]


def run(code, line, names):
    """As a notebook does: `await` is allowed at the top, names stay."""
    tree = compile("\n" * (line - 1) + code, "docs/python.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if tree.co_flags & inspect.CO_COROUTINE:

        async def awaited():
            await eval(tree, names)  # noqa: S307  # our own text

        async_to_sync(awaited)()
    else:
        exec(tree, names)  # noqa: S102  # as above


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
        names = {"__name__": "example", "Portrait": Portrait}
        with testing.sandbox():
            for line, code in examples():
                with self.subTest(line=line), contextlib.redirect_stdout(io.StringIO()) as said:
                    run(code, line, names)
                assert said.getvalue() or "print" not in code, "an example prints nothing of what it means to show"
        assert len(names["one"]) == 256
        assert names["came"]
        assert names["portrait"].image.width
        assert names["fitted"].body["max_completion_tokens"] == 100
        assert names["answer"].status == 200


def test_every_activity_has_an_example():
    code = "".join(code for _, code in examples())
    assert [name for name in activities.__all__ if f"activities.{name}(" not in code] == []


def test_every_operation_has_an_example():
    code = "".join(code for _, code in examples())
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


@pytest.mark.parametrize(("line", "code"), examples() + examples("test"))
def test_examples_fit_into_a_page(line, code):
    assert max(map(len, code.splitlines())) <= 120, line
