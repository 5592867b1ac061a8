"""A real server for a test: its own process, its own `var/`, a free port on loopback.

    with a_server(LOG_FORMAT="json") as server:
        urllib.request.urlopen(server.url + "/health/ready")

Nothing of the test's own Django is shared with it, and a test that talks to it must not look into the database
through the ORM of the test process; `server.manage` runs a command where the server's database is, and
`server.execute` a piece of code, which is much quicker.
"""

import atexit
import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60  # seconds for a start; the machine may be busy with other tests
OWN = {"VAR_DIR", "DATABASE_URL", "SECRET_KEY", "FIELD_ENCRYPTION_KEY", "PRODUCTION", "STATIC_ROOT"}
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH", "LD_LIBRARY_PATH")


EXECUTE = """
import contextlib, io, json, sys, traceback
import django
django.setup()
from django.apps import apps
from django.db import connections
models, asked = {model.__name__: model for model in apps.get_models()}, sys.stdin
for line in asked:
    code, given = json.loads(line)
    sys.stdin, printed, wrong = io.StringIO(given), io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(printed):
            exec(code, dict(models))
    except BaseException:
        wrong = traceback.format_exc()
    connections.close_all()
    print(json.dumps([printed.getvalue(), wrong]), flush=True)
"""


class NotStarted(Exception):
    """The message is what the server has printed."""


class Server:
    """A server process and its folder. It can be killed and started again on the same port and data."""

    process: subprocess.Popen[bytes]
    url: str

    def __init__(self, folder: Path, **env: str) -> None:
        self.folder = folder
        self.var = folder / "var"
        self.log_file = folder / "server.log"
        self.port = "0"
        self.env = {name: os.environ[name] for name in KEPT if name in os.environ}
        self.env |= {"VAR_DIR": str(self.var), "PYTHONUNBUFFERED": "1", **env}
        self._executing: tuple[dict[str, str], subprocess.Popen[str]] | None = None  # with the environment it has

    def start(self, until: str = "/health/ready") -> "Server":
        """Returns when it is ready to work, or when `until` answers 200. Raises NotStarted."""
        with self.log_file.open("ab") as log:
            seen = log.tell()
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env={"PORT": self.port, **self.env},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE
        while not self._answers(seen, until):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill9()
                raise NotStarted(self.log)
            time.sleep(0.05)
        return self

    def _answers(self, seen: int, path: str) -> bool:
        address = re.search(
            rb"(?:ready at|listening on) (http://127\.0\.0\.1:(\d+))", self.log_file.read_bytes()[seen:]
        )
        if not address:
            return False
        self.url, self.port = (group.decode() for group in address.groups())
        try:
            return bool(urllib.request.urlopen(self.url + path, timeout=5).status == 200)
        except (urllib.error.URLError, TimeoutError):
            return False

    @property
    def log(self) -> str:
        """Everything it has printed and logged so far, over all its starts."""
        return self.log_file.read_text(encoding="utf-8", errors="replace") if self.log_file.exists() else ""

    @property
    def admin_link(self) -> str:
        """The last one-time link for the first administrator; empty if none was printed."""
        links = re.findall(r"https?://\S+/welcome/\S+", self.log)
        return links[-1] if links else ""

    def kill9(self) -> None:
        self.process.kill()
        self.process.wait()

    def terminate(self) -> float:
        """SIGTERM, as a deployment does. Returns how many seconds the end took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=40)
        return time.monotonic() - began

    def manage(self, *arguments: str, stdin: str = "") -> str:
        """Runs `manage.py` with the server's environment and database. Returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {arguments[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def execute(self, code: str, stdin: str = "") -> str:
        """Runs `code` with the server's environment and database, in a process that stays; what it printed.

        All models are there by their names. Raises RuntimeError with the traceback of what went wrong.
        """
        if self._executing is None or self._executing[0] != self.env:
            self.close()
            self._executing = (
                dict(self.env),
                subprocess.Popen(
                    [sys.executable, "-c", EXECUTE],
                    cwd=ROOT,
                    env={"DJANGO_SETTINGS_MODULE": "config.settings", **self.env},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                ),
            )
        process = self._executing[1]
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps([code, stdin]) + "\n")
        process.stdin.flush()
        printed, wrong = json.loads(process.stdout.readline())
        if wrong:
            raise RuntimeError(wrong)
        return str(printed)

    def close(self) -> None:
        """Ends what `execute` has left."""
        if self._executing is not None:
            self._executing[1].kill()
            self._executing[1].communicate()
            self._executing = None


PREPARE = """
import django
django.setup()
from config import start
start.check_var()
start.migrate()
start.collect_static()
"""


@functools.cache
def prepared() -> Path:
    """A `var/` as the first start makes it, made once: it takes four times as long as the rest of a start."""
    folder = Path(tempfile.mkdtemp(prefix="promptyard-prepared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    server = Server(folder)
    env = server.env | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run([sys.executable, "-c", PREPARE], cwd=ROOT, env=env, check=True, timeout=2 * PATIENCE)
    return server.var


@contextmanager
def a_server(**env: str) -> Iterator[Server]:
    """A server that is ready; gone with its folder at the end. `env`: its environment variables.

    It finds its database and static files made, unless it has keys of its own.
    """
    with tempfile.TemporaryDirectory(prefix="promptyard-server-") as folder:
        server = Server(Path(folder), **env)
        if not env.keys() & OWN:
            shutil.copytree(prepared(), server.var)
        try:
            yield server.start()
        finally:
            server.close()
            if server.process.poll() is None:
                server.kill9()
