"""The steps of a start, each quick when there is nothing to do, and each with a sentence when it cannot be done."""

import errno
import hashlib
import os
import socket
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core import checks
from django.core.management import call_command
from django.db import DatabaseError

from config.health import pending_migrations

GOES_ON = {"connector.E003"}  # another encryption key: the pages work and say so (`security.md` K2)


class CannotStart(Exception):
    """The message says what is in the way and what to do about it."""


def check_var() -> None:
    """Makes `var/` if it is not there, and finds out whether it can be written."""
    os.umask(0o077)  # what this process writes is for nobody else on the machine
    try:
        settings.VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.VAR_DIR) as probe:
            probe.write(b"full disks fail here")
    except OSError as error:
        raise CannotStart(
            f"{settings.VAR_DIR} cannot be written ({error.strerror}). "
            "Make it writable for this user, or set VAR_DIR to another folder."
        ) from error


def listen() -> socket.socket:
    """The socket, taken before anything else is done: who comes early waits instead of being refused."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.HOST, settings.PORT, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        raise CannotStart(_why_not(error)) from error
    return listener


def _why_not(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {settings.PORT} is in use. Stop the other program, or choose another one with PORT=8001."
    if error.errno == errno.EACCES:
        return f"Port {settings.PORT} is not allowed for this user. Choose one above 1023 with PORT."
    return f"HOST={settings.HOST} is not an address of this machine ({error.strerror})."


def migrate() -> None:
    """Brings the database to this version, if it is not there yet."""
    try:
        if pending_migrations():
            call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        # the driver's words name the host and the file, and not the password
        raise CannotStart(f"The database cannot be used (DATABASE_URL, VAR_DIR): {error}".strip()) from error


def collect_static() -> None:
    """Collects the static files when one was added, changed or taken away since the last time."""
    stamp = settings.STATIC_ROOT / "collected"
    state = fingerprint()
    if stamp.exists() and stamp.read_text(encoding="ascii") == state:
        return
    try:
        stamp.unlink(missing_ok=True)
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(state, encoding="ascii")
    except (OSError, ValueError) as error:
        raise CannotStart(f"The static files cannot be collected into {settings.STATIC_ROOT}: {error}") from error


def fingerprint() -> str:
    """Changes when a static file or what collects them does; made from names, sizes and times, without reading."""
    digest = hashlib.sha256()
    for name, file in sorted([*_sources(), ("", Path(__file__).parent / "serving" / "static_storage.py")]):
        status = file.stat()
        digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _sources() -> Iterator[tuple[str, Path]]:
    for finder in get_finders():
        for name, storage in finder.list(["CVS", ".*", "*~"]):
            yield f"{getattr(storage, 'prefix', None) or ''}/{name}", Path(storage.path(name))


def check() -> list[str]:
    """Django's system checks. Returns the warnings; raises for errors."""
    found = checks.run_checks(databases=["default"])
    errors = [message for message in found if message.is_serious() and message.id not in GOES_ON]
    if errors:
        raise CannotStart("\n".join(_sentences(errors)))
    warnings = (message for message in found if message.level >= checks.WARNING and not message.is_silenced())
    return list(_sentences(warnings))


def _sentences(messages: Iterable[checks.CheckMessage]) -> Iterator[str]:
    for message in messages:
        yield " ".join(filter(None, (f"{message.id}: {message.msg}", message.hint)))


def greeting(listener: socket.socket) -> str:
    """Where the server is, and how to begin while nobody can administer it."""
    from playground.accounts import welcome  # imports models, which are there only after the setup

    here = _address(listener)
    address = settings.SITE_URL or here
    lines = [f"Promptyard is ready at {address}" + (f" (listening on {here})" if address != here else "")]
    if path := welcome.link_path():
        lines += [
            "There is no administrator yet. Whoever opens this link first chooses a name and a password and is the one",
            f"(it works once, within 24 hours; start again for a new one): {address}{path}",
        ]
    return "\n".join(lines)


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # shown as an address one can open
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
