"""What the seeds and hurried people write, as the API spells it. The meaning stays; nobody needs a notice."""

from typing import Any

from connector.catalogue import files

RESPONSE_FORMATS = {"text": "text", "jsonobject": "json_object", "json": "json_object", "jsonschema": "json_schema"}


def spelled(body: files.Table) -> files.Table:
    """`body` without unset values, its response format and stop sequences in the API's form."""
    result = {name: value for name, value in body.items() if value is not None}
    if "response_format" in result:
        result["response_format"] = response_format(result["response_format"])
    if isinstance(result.get("stop"), tuple):
        result["stop"] = list(result["stop"])
    return result


def response_format(value: Any) -> Any:
    """`JSONObject`, `json_object` or `JSON` → the object; a bare JSON schema → a named one; all else as it is."""
    if isinstance(value, str):
        known = RESPONSE_FORMATS.get(value.casefold().replace("_", "").replace("-", "").replace(" ", ""))
        return {"type": known} if known else value
    if not isinstance(value, dict):
        return value
    if value.get("type") == "json_schema" and isinstance(described := value.get("json_schema"), dict):
        return value | {"json_schema": {"name": "answer"} | described}
    if "properties" in value or "$schema" in value:
        name = "".join(letter for letter in str(value.get("title", "")) if letter.isascii() and letter.isalnum())
        return {"type": "json_schema", "json_schema": {"name": name[:64] or "answer", "schema": value}}
    return value
