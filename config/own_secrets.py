"""The secrets of an installation that was given none: made once, kept in `var/secrets.env`, readable by its owner only.

A production installation brings its own (see settings); this is what lets a fresh clone start with one command.
`python -m config.own_secrets` prints a new pair to bring.
"""

import base64
import contextlib
import os
import secrets
import tempfile
from pathlib import Path

NAMES = ("SECRET_KEY", "FIELD_ENCRYPTION_KEY")

HEAD = """\
# Made by Promptyard at its first start. Whoever has this file can read the stored provider keys and sign in as anybody.
# Back it up, apart from the database; without it the stored provider keys are lost.
"""


def read_or_make(folder: Path) -> dict[str, str]:
    """The secrets in `folder`, made now if there are none. Raises OSError if the folder cannot be written."""
    file = folder / "secrets.env"
    if not file.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _put(file, HEAD + new_pair())
    if file.stat().st_mode & 0o077:
        file.chmod(0o600)
    lines = (line.partition("=") for line in file.read_text(encoding="utf-8").splitlines() if line[:1] not in "#")
    return {name.strip(): value.strip() for name, _, value in lines if name.strip() in NAMES}


def new_pair() -> str:
    """Two lines, as they stand in a file of environment variables."""
    encryption_key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii")
    return f"SECRET_KEY={secrets.token_urlsafe(64)}\nFIELD_ENCRYPTION_KEY={encryption_key}\n"


def _put(file: Path, text: str) -> None:
    """Writes a whole file that nobody else may read. Of two processes that start at once, the first one's stays."""
    handle, draft = tempfile.mkstemp(dir=file.parent, prefix=".secrets-")  # 0600 from the beginning
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)  # unlike a rename it does not replace what came first
    finally:
        os.unlink(draft)


if __name__ == "__main__":
    print(new_pair(), end="")
