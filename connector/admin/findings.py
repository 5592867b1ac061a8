"""Tests a connection with one cheap call, and says in a sentence or two what works and what does not.

Everywhere but at Azure's dated API that call is `GET /models`. There it would list what the region offers, not what is
deployed; so a chat without messages is sent to the deployment: a deployment that exists refuses it with 400, and
nothing is billed.
"""

from dataclasses import dataclass

from connector.client import errors, wire
from connector.client.limits import Limits
from connector.client.transport import Client
from connector.operations import chat_completions, models

PATIENCE = Limits(first_byte=10, idle=10, total=15, attempts=1, waiting=0)  # a person waits for the page
NO_MESSAGES = wire.encode({"messages": []})


@dataclass(frozen=True)
class Finding:
    code: str  # "ok", or the code of an error
    text: str

    @property
    def works(self) -> bool:
        return self.code == "ok"


async def find(client: Client, *, default_model: str, deployments: list[str]) -> Finding:
    """Call the provider. `deployments`: names to try at Azure's dated API, the default one first."""
    endpoint = client.endpoint
    try:
        if endpoint.style == "azure_classic" and deployments:
            return await _deployment(client, deployments[0])
        listed = {model.id for model in await models.list(client, PATIENCE)}
    except errors.ConnectorError as error:
        return explained(error, style=endpoint.style)
    if endpoint.style == "azure_classic":
        return Finding("ok", "The resource answers and takes the key. Enter a deployment to test that as well.")
    if endpoint.style == "azure_v1":
        return Finding("ok", "The resource answers and takes the key. It does not list deployments.")
    return _models_found(listed, default_model)


def _models_found(listed: set[str], default_model: str) -> Finding:
    if not listed:
        return Finding("ok", "The server answers; it lists no models.")
    number = f"{len(listed)} model{'s' if len(listed) > 1 else ''}"
    text = f"The server answers and lists {number}."
    if default_model and default_model not in listed:
        text += f" The default model for chat, {default_model}, is not among them."
    elif default_model:
        text += f" The default model for chat, {default_model}, is among them."
    return Finding("ok", text)


async def _deployment(client: Client, name: str) -> Finding:
    works = Finding("ok", f"The resource answers and takes the key, and the deployment {name} exists.")
    try:
        await client.send(chat_completions.OPERATION, model=name, body=NO_MESSAGES, limits=PATIENCE)
    except errors.BadRequest as error:
        if "api version" in str(error.facts.get("message", "")).lower():
            return Finding(error.code, f"The resource answers, and does not know the API version: {error.what}")
        return works
    except errors.RateLimited:
        return Finding("ok", f"{works.text} It is at its rate limit just now.")
    except errors.NotFound as error:
        if error.facts.get("provider_code") == "DeploymentNotFound":
            return Finding(
                error.code,
                f"The resource exists, the deployment {name} does not. A deployment made in the last minutes may "
                "need a few more; else compare the name with the portal, under Deployments.",
            )
        return Finding(
            error.code,
            "The resource answers, and does not know this path. Check the API version, and whether it is an Azure "
            "OpenAI resource.",
        )
    return works


def explained(error: errors.ConnectorError, *, style: str = "v1") -> Finding:
    """An error in the words of somebody who sets up a connection."""
    match error:
        case errors.KeyRefused() if style == "v1":
            text = "The server answers, and refuses the key (401). Replace the key, or check that it belongs here."
        case errors.KeyRefused():
            text = (
                "The resource answers, and refuses the key (401). Check that it is a key of this resource, or, with "
                "Entra, a token that has not expired, and that the key type above is the right one."
            )
        case errors.Forbidden():
            text = (
                f"The server answers, and does not let this key in (403): {error.facts.get('message', '')} Look at "
                "the permissions of the key and at the network rules of the resource."
            )
        case errors.NotFound():
            text = (
                "The server answers, and has no list of models at this path (404). Check the end of the endpoint: "
                "most servers want /v1 there."
            )
        case errors.NotUnderstood():
            text = f"Something answers, but not with the API. {error.what} {error.todo}"
        case errors.NotSent():
            text = f"Nothing was sent. {error.what} {error.todo}"
        case _:
            text = f"{error.what} {error.todo}"
    return Finding(error.code, text)
