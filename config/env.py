"""Reads the environment, loudly: what is wrong is said in sentences that name the variable and never its value.

Each reader returns a value of its type. A wrong variable is noted and its default returned, so that a person sees
everything that is wrong at once; `refuse_if_wrong` then ends the process with exit code 1 and no traceback.

Every variable may be given as `NAME_FILE` instead, the path of a file that holds the value: a secret in a file is
not in the environment of child processes (`security.md` K17).
"""

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}

SECRET_LENGTH = 50  # characters; Django's own check --deploy asks for this many
# What stands in examples, tutorials and generated projects. A secret that everybody knows is none.
EXAMPLES = ("change", "example", "insecure", "password", "placeholder", "replace", "your-", "your_", "secret")


class Refused(SystemExit):
    """Ends the process: the sentences go to standard error, the exit code is 1."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(["Promptyard cannot start:", *(f"  * {problem}" for problem in problems)]))


class Environment:
    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self.problems: list[str] = []

    def wrong(self, problem: str) -> None:
        self.problems.append(problem)

    def refuse_if_wrong(self) -> None:
        if self.problems:
            raise Refused(self.problems)

    def text(self, name: str, default: str = "") -> str:
        """The variable or what stands in the file that `name`_FILE names; empty counts as not set."""
        value, file = self.values.get(name, "").strip(), self.values.get(f"{name}_FILE", "").strip()
        if value and file:
            self.wrong(f"{name} and {name}_FILE are both set; keep one of them.")
        if not file:
            return value or default
        try:
            return Path(file).read_text(encoding="utf-8").strip() or default
        except (OSError, ValueError) as error:
            self.wrong(f"{name}_FILE names a file that cannot be read ({_reason(error)}).")
            return default

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.text(name).lower()
        if value and value not in TRUE | FALSE:
            self.wrong(f"{name} has to be 1 or 0.")
        return value in TRUE if value in TRUE | FALSE else default

    def number(self, name: str, default: int, lowest: int, highest: int) -> int:
        value = self.text(name)
        if not value:
            return default
        if not (value.isascii() and value.isdigit() and lowest <= int(value[:9]) <= highest and len(value) <= 9):
            self.wrong(f"{name} has to be a whole number from {lowest} to {highest}.")
            return default
        return int(value)

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """One of the choices in any case; the first is the default."""
        value = {choice.lower(): choice for choice in choices}.get(self.text(name, choices[0]).lower())
        if value is None:
            self.wrong(f"{name} has to be one of: {', '.join(choices)}.")
        return value or choices[0]

    def words(self, name: str) -> list[str]:
        """A list with commas between its entries."""
        return [word.strip() for word in self.text(name).split(",") if word.strip()]

    def path(self, name: str, default: Path) -> Path:
        return Path(self.text(name, str(default))).expanduser().absolute()

    def url(self, name: str, schemes: tuple[str, ...]) -> str:
        """An address without user, query and fragment; without a slash at its end."""
        value = self.text(name).rstrip("/")
        try:
            parts = urlsplit(value)
            right = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            right = False
        if value and (not right or parts.username or parts.path or parts.query or parts.fragment):
            self.wrong(f"{name} has to be an address like {schemes[0]}://host, without a path, user or query.")
            return ""
        return value

    def signing_key(self, name: str, value: str) -> str:
        """`value` if it is long and random enough to sign with."""
        if value and (len(value) < SECRET_LENGTH or len(set(value)) < 12):
            self.wrong(f"{name} is too short or too regular; it needs {SECRET_LENGTH} random characters.")
        elif _is_example(value):
            self.wrong(f"{name} is an example value; make one with `python -m config.own_secrets`.")
        return value

    def encryption_keys(self, name: str, value: str) -> list[str]:
        """Fernet keys with commas between them: the first encrypts, all decrypt (rotation, `security.md` K5)."""
        keys = [key.strip() for key in value.split(",") if key.strip()]
        if not all(_is_fernet_key(key) for key in keys):
            self.wrong(
                f"{name} has to be 32 random bytes in url-safe base64; `python -m config.own_secrets` prints such."
            )
        elif any(len(set(base64.urlsafe_b64decode(key))) < 12 for key in keys):
            self.wrong(f"{name} is an example value; make one with `python -m config.own_secrets`.")
        return keys


def _is_example(value: str) -> bool:
    return any(word in value.lower() for word in EXAMPLES)


def _is_fernet_key(key: str) -> bool:
    try:
        return len(key) == 44 and len(base64.urlsafe_b64decode(key.encode("ascii"))) == 32
    except (binascii.Error, ValueError):
        return False


def _reason(error: Exception) -> str:
    """Why a file cannot be read, without what stands in it."""
    return error.strerror or "error" if isinstance(error, OSError) else "not UTF-8"
