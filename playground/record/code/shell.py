"""curl, for a POSIX shell; pictures and sounds become files, with jq where they are in JSON."""

import shlex

from connector.client.masking import HIDDEN
from playground.record.code.asked import Asked, Part
from playground.record.code.literals import in_double_quotes, shell, variable

BASE = "$OPENAI_BASE_URL"
LONGEST_WORD = 100_000  # bytes; Linux takes 128 kB
COMPLETED = {"image_generations": "image_generation.completed", "image_edits": "image_edit.completed"}


def curl(asked: Asked) -> str:
    words = ["curl", "--fail-with-body"]
    if asked.is_stream:
        words.append("--no-buffer")
    if any(letter in asked.path for letter in "[]{}"):
        words.append("--globoff")
    lines = [" ".join([*words, *_method(asked), f'"{asked.base or BASE}{in_double_quotes(asked.path)}"'])]
    lines += [f"-H {header}" for header in (_key(asked), *(_header(*each) for each in asked.headers.items()))]
    before = ""
    if asked.parts is not None:
        lines += [_part(part) for part in asked.parts]
    elif asked.text is not None and len(asked.text.encode()) > LONGEST_WORD:
        before = f"printf %s {shell(asked.text)} |\n"
        lines.append("--data-binary @-")
    elif asked.text is not None:
        lines.append(f"{'--data-raw' if asked.text.startswith('@') else '-d'} {shell(asked.text)}")
    if asked.operation == "speech" and not asked.is_stream:
        lines.append(f"--output speech{asked.suffix}")
    notes = "".join(f"# {note}.\n" for note in asked.notes)
    return notes + before + " \\\n  ".join(lines) + _unpacked(asked) + "\n"


def _method(asked: Asked) -> list[str]:
    has_body = asked.text is not None or asked.parts is not None
    match asked.method:
        case "HEAD":
            return ["--head"]
        case "POST" if has_body:
            return []
        case "GET" if not has_body:
            return []
    return ["-X", asked.method]


def _key(asked: Asked) -> str:
    if asked.has_own_key_header:
        return '"api-key: $AZURE_OPENAI_API_KEY"'
    return '"Authorization: Bearer $OPENAI_API_KEY"'


def _header(name: str, value: str) -> str:
    if HIDDEN in value:
        return f'"{in_double_quotes(name)}: ${variable(name)}"'
    written = "-".join(word.capitalize() for word in name.split("-"))
    return shell(f"{written}: {value}" if value else f"{written};")


def _part(part: Part) -> str:
    if part.filename is None:
        return f"--form-string {shell(f'{part.name}={part.value}')}"
    kind = f";type={part.media_type}" if part.media_type else ""
    return f"-F {shell(f'{part.name}=@"{part.filename}"{kind}')}"


def _unpacked(asked: Asked) -> str:
    """What makes a file of an answer that holds a picture."""
    if not asked.operation.startswith("image_"):
        return ""
    decode = f"base64 --decode > picture{asked.suffix}"
    if asked.is_stream:
        done = f'select(.type == "{COMPLETED[asked.operation]}").b64_json'
        return f" \\\n  | sed -n 's/^data: {{/{{/p' | jq -r {shlex.quote(done)} | head -n 1 | {decode}"
    return f" \\\n  | jq -r '.data[0].b64_json' | {decode}"
