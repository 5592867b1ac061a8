"""An operation is four things: itself, a reply of the sandbox, an activity, and tests by the official documents.

Whoever adds a module to `connector.operations` learns here what is still missing.
"""

import ast
import asyncio
import importlib
import inspect
import math
import pkgutil
from pathlib import Path

import pytest

from connector import activities, catalogue, operations
from connector.catalogue.parameters import rules
from connector.client import endpoint
from connector.models.configuration import DEFAULTS
from connector.sandbox import replies
from connector.sandbox.replies.models import SERVING
from connector.sandbox.replies.pace import Pace

TESTS = Path(__file__).parent
VERBS = {"models": ("list", "get"), "raw": ("send",)}  # of the others: fit, create
CALLS = {"models": ("list_models", "get_model")}  # of the others: call_…
WITHOUT_A_DOCUMENT = {"raw"}  # it asks for whatever there is
WITHOUT_A_DEFAULT = {"models", "raw", "moderations"}  # moderation costs nothing: the provider takes its latest


def modules():
    found = (
        importlib.import_module(f"connector.operations.{each.name}")
        for each in pkgutil.iter_modules(operations.__path__)
    )
    return {module.__name__.rpartition(".")[2]: module for module in found if hasattr(module, "OPERATION")}


MODULES = modules()
DOCUMENTED = [name for name in MODULES if name not in WITHOUT_A_DOCUMENT]
MODELLED = [name for name in DOCUMENTED if name != "models"]


def status(method, path, query=()):
    asked = replies.Asked(method=method, path=path, body=b"{}", query=dict(query), pace=Pace(math.inf))
    return asyncio.run(replies.reply(asked)).status


def judged():
    """The operations that stand in tests which ask the official documents, by what is asked about them."""
    found = {"request": set(), "answer": set()}
    for file in TESTS.rglob("test_*.py"):
        tree = ast.parse(file.read_text())
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        if not any(node.module == "tests" and "api" in {name.name for name in node.names} for node in imports):
            continue
        asked = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        imported = {name.name for node in imports if node.module == "connector.operations" for name in node.names}
        here = {name for name, module in MODULES.items() if name in imported or module.OPERATION.path in texts}
        if asked & {"request_errors", "form_errors"}:
            found["request"] |= here
        if asked & {"answer_errors", "examples", "chunk_errors"}:
            found["answer"] |= here
    return found


JUDGED = judged()


def test_the_operations_are_those_that_are_known():
    assert set(MODULES) == {
        "chat_completions", "completions", "embeddings", "image_edits", "image_generations", "image_variations",
        "models", "moderations", "raw", "responses", "speech", "transcriptions", "translations",
    }  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
class TestOperations:
    def test_it_is_called_as_its_module_is(self, name):
        assert MODULES[name].OPERATION.name == name

    def test_it_has_the_verbs_of_an_operation(self, name):
        module = MODULES[name]
        assert [verb for verb in VERBS.get(name, ("Request", "fit", "create")) if not hasattr(module, verb)] == []

    def test_each_call_can_have_its_own_limits(self, name):
        sending = [getattr(MODULES[name], verb, None) for verb in ("create", "stream", "list", "get", "send")]
        wrong = [verb for verb in sending if verb and "limits" not in inspect.signature(verb).parameters]
        assert wrong == []

    def test_activities_call_it_and_have_a_twin(self, name):
        for verb in CALLS.get(name, (f"call_{name}",)):
            assert {verb, f"a{verb}"} <= set(activities.__all__), verb

    def test_it_has_its_place_at_every_kind_of_endpoint(self, name):
        operation = MODULES[name].OPERATION
        azure = endpoint.parse("https://a.openai.azure.com", "azure_openai", deployment="d", api_version="2024-10-21")
        assert endpoint.parse("", "openai").url(operation, "m").endswith(f"/v1/{operation.path}")
        assert ("/deployments/" in azure.url(operation)) is operation.in_deployment


@pytest.mark.parametrize("name", DOCUMENTED)
class TestAgainstDocuments:
    def test_the_sandbox_answers_it_in_every_spelling(self, name):
        """An empty request is refused for what is missing in it, not because nobody is there."""
        operation = MODULES[name].OPERATION
        deployment = f"/deployments/{next(iter(SERVING[name]))}" if operation.in_deployment else ""
        expected = 200 if operation.method == "GET" else 400
        assert status(operation.method, f"/v1/{operation.path}") == expected
        assert status(operation.method, f"/openai/v1/{operation.path}") == expected
        dated = {"api-version": "2024-10-21"}
        assert status(operation.method, f"/openai{deployment}/{operation.path}", dated) == expected

    def test_its_answers_are_judged_by_the_documents(self, name):
        assert name in JUDGED["answer"]


@pytest.mark.parametrize("name", MODELLED)
class TestModels:
    def test_its_requests_are_judged_by_the_documents(self, name):
        assert name in JUDGED["request"]

    def test_the_sandbox_has_models_for_it(self, name):
        assert SERVING.get(name)

    def test_the_catalogue_knows_its_parameters_and_models(self, name):
        assert rules(name, "openai", None)
        assert catalogue.models(name)

    def test_a_configuration_has_a_default_model_for_it(self, name):
        assert name in DEFAULTS or name in WITHOUT_A_DEFAULT
