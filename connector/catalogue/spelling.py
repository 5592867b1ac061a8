"""What the seeds and hurried people write, as the API spells it. The meaning stays; nobody needs a notice."""

import re
from typing import Any

from connector.catalogue import files

RESPONSE_FORMATS = {"text": "text", "jsonobject": "json_object", "json": "json_object", "jsonschema": "json_schema"}


IMAGE_FORMATS = {"url (png file)": "url", "url": "url", "base64-json": "b64_json", "b64-json": "b64_json"}
WORDS = ("quality", "style", "background", "output_format", "moderation", "encoding_format")  # all in lower case
SIZES = {"1204x1792": "1024x1792"}  # Mendix's key has this slip in it; its caption is right
_SIZE = re.compile(r"_?(\d+)\s*[x\u00d7*]\s*(\d+)", re.ASCII)  # \u00d7: the sign for times


def spelled(body: files.Table, operation: str = "chat_completions") -> files.Table:
    """`body` without unset values; its response format, stop sequences, sizes and choices in the API's form."""
    result = {name: value for name, value in body.items() if value is not None}
    if operation in ("chat_completions", "responses") and "response_format" in result:
        result["response_format"] = response_format(result["response_format"])
    if operation.startswith("image_") or operation == "embeddings":
        understood = dict.fromkeys(WORDS, _word) | {"size": size, "response_format": image_format}
        texts = {name: value for name, value in result.items() if isinstance(value, str)}
        result |= {name: read(texts[name]) for name, read in understood.items() if name in texts}
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


def size(value: str) -> str:
    """`_1204x1792`, `1024 x 1792` or `1024X1792` → `1024x1792`."""
    found = _SIZE.fullmatch(value.strip().casefold())
    text = f"{found[1]}x{found[2]}" if found else value.strip().casefold()
    return SIZES.get(text, text)


def image_format(value: str) -> str:
    """`URL (PNG file)` and `Base64-JSON`, Mendix's captions → `url` and `b64_json`."""
    return IMAGE_FORMATS.get(value.strip().casefold().replace("_", "-"), value)


def _word(value: str) -> str:
    return value.strip().casefold()
