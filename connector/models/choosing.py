"""Which model answers a request, and what an administrator entered about it. Asks the database."""

from typing import Any

from connector.client import errors
from connector.models.configuration import DEFAULTS, ApiType, Configuration
from connector.models.deployed_model import DeployedModel
from connector.models.prepared import Prepared, given

type Known = tuple[str, dict[str, Any] | None]

_entered: Prepared[Known] = Prepared(
    lambda: DeployedModel.objects.filter(
        configuration=given("configuration"), name=given("name", DeployedModel, "name")
    ).values_list("family", "overrides")
)


def model_for(configuration: Configuration, operation: str, model: str = "") -> str:
    """The model that answers: the one named, else the configuration's default for the operation.

    On Azure a deployment decides, also one that stands in the endpoint only: a name that is no deployment of the
    configuration is ignored, and the default answers. Operations without a default (moderation) need no model, and
    "" is theirs. Raises `errors.NoModel`.
    """
    default = configuration.default_model(operation)
    deployment = configuration.deployment() if configuration.api_type == ApiType.AZURE_OPENAI else ""
    if deployment and operation in DEFAULTS:
        return model if model == deployment or _is_deployed(configuration, model) else default
    chosen = model or default
    if not chosen and operation in DEFAULTS:
        raise errors.NoModel(operation=DEFAULTS[operation], configuration=configuration.display_name)
    return chosen


def known_of(configuration: Configuration, model: str) -> Known:
    """What was entered about `model`: its family ("": as its name says), and what differs from the catalogue."""
    return _entered.first(configuration=configuration.pk, name=model) or ("", None)


def _is_deployed(configuration: Configuration, model: str) -> bool:
    return bool(model) and configuration.deployed_models.filter(name=model, enabled=True).exists()
