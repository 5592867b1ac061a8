"""Fixtures for pytest, with pytest-django: in a `conftest.py`

    pytest_plugins = ["connector.testing.plugin"]

The only module that knows pytest, which is no dependency of the connector.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from connector import testing
from connector.sandbox.replies.models import SERVING

if TYPE_CHECKING:  # they are there once Django is set up
    from connector.models import Configuration


@pytest.fixture
def connector_sandbox() -> Iterator[None]:
    """The sandbox behind every configuration: nothing leaves the machine, and no key is needed."""
    with testing.sandbox():
        yield


@pytest.fixture
def connector_configuration(db: None, connector_sandbox: None) -> "Configuration":
    """A configuration with a default model for every operation, answered by the sandbox without any delay."""
    from connector.models import ApiType, Configuration
    from connector.models.configuration import DEFAULTS

    defaults = {f"model_default_{name}": next(iter(SERVING[operation])) for operation, name in DEFAULTS.items()}
    return Configuration.objects.create(
        display_name="Test", api_type=ApiType.SANDBOX, endpoint="", open_to_everyone=True, **defaults
    )


@pytest.fixture
def connector_recorded() -> "Iterator[Callable[[Configuration | None, Sequence[Any]], list[testing.Sent]]]":
    """`connector_recorded(configuration, answers)`: as `testing.recorded`, to the end of the test."""
    with ExitStack() as stack:
        yield lambda configuration, answers: stack.enter_context(testing.recorded(configuration, answers))
