"""Which API a request goes to, as the data file names it: a kind, for Azure with the age of its version."""

from connector.catalogue import files


def api(kind: str, style: str = "", version: str = "") -> str:
    """The data file's name for an endpoint.

    `kind` and `style` are those of `client.endpoint`, `version` is Azure's `api-version`. Dated Azure versions are
    two: the newest stable and the newest preview document; everything else is `/openai/v1`.
    """
    if kind != "azure_openai" or style == "azure_v1" or not version[:1].isdigit():
        return str(kind)
    return "azure_openai/preview" if version.endswith("-preview") else "azure_openai/stable"


def facts(name: str, operation: str) -> files.Table:
    """What the API `name` takes for `operation`: `refuses`, `renames`, `parameters`, and `open`, `model_in_path`."""
    entry: files.Table = files.resolved("apis").get(name, {})
    own: files.Table = entry.get(operation, {})
    return {"open": False, "model_in_path": False, "captions": False} | entry | own
