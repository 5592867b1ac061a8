"""What somebody typed → a path below the endpoint's base, or a refusal (security.md T24).

The path is appended to the base behind a slash, so it cannot reach the host; what is refused here could lead out of
the base at a server or proxy that reads it in its own way.
"""

import re
from urllib.parse import parse_qsl, unquote, urlsplit

from connector.client import errors

LONGEST = 2000  # characters
SOURCE = "raw requests"

_ALLOWED = re.compile(r"[A-Za-z0-9/._~:@!$&'()*+,;=%-]*")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def below(base: str, typed: str) -> tuple[str, list[tuple[str, str]]]:
    """The path relative to `base`, and the query that was typed with it. Raises `errors.InvalidParameter`.

    `/v1/models`, `v1/models` and `models` are the same for a base that ends in /v1: what base and path have in common
    is not written twice.
    """
    path, question, query = typed.strip(" ").partition("?")
    _check(path)
    segments = path.removeprefix("/").removesuffix("/").split("/")
    ours = urlsplit(base).path.strip("/").split("/")
    for common in range(min(len(ours), len(segments)), 0, -1):
        if ours[-common:] == segments[:common]:
            segments = segments[common:]
            break
    if not any(segments):
        raise _wrong("names nothing; write what comes after the base, like /v1/models")
    return "/".join(segments), _query(query) if question else []


def _check(path: str) -> None:
    if len(path) > LONGEST:
        raise _wrong(f"is longer than {LONGEST} characters")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", path):
        raise _wrong("is a path only, like /v1/models; the host is that of the configuration")
    if "#" in path:
        raise _wrong("cannot have a # in it")
    if not _ALLOWED.fullmatch(path):
        raise _wrong("has a character in it that does not belong into a path; write it as %xx")
    if _BAD_PERCENT.search(path):
        raise _wrong("has a % in it that is not followed by two digits")
    inner = path.removeprefix("/").removesuffix("/").split("/")
    if path.startswith("//") or "" in inner[1:] or path.endswith("//"):
        raise _wrong("has an empty part in it (//)")
    for segment in inner:
        plain = segment
        while (once := unquote(plain)) != plain:  # a proxy may decode once more than the server
            plain = once
        if plain in (".", "..") or re.search(r"[/\\\x00-\x1f\x7f]|\.\./|^\.\.;", plain):
            raise _wrong("has . or .. or an encoded slash in it")


def _query(text: str) -> list[tuple[str, str]]:
    if "#" in text or re.search(r"[\x00-\x20\x7f]", text):
        raise _wrong("has something after the ? that does not belong there")
    return parse_qsl(text, keep_blank_values=True)


def _wrong(reason: str) -> errors.InvalidParameter:
    return errors.InvalidParameter(param="path", reason=f"{reason}.", source=SOURCE)
