"""From clone to ready, from start to ready, and how much is installed."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from importlib.metadata import distribution
from pathlib import Path

from bench.figures import Figure
from bench.processes import ROOT, resident_mb
from tests.server import Server


def start_times() -> list[Figure]:
    """An empty folder's first start (secrets, migrations, static files), and the next one."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        times = []
        for _ in range(2):
            begin = time.perf_counter()
            server.start()
            times.append(time.perf_counter() - begin)
            time.sleep(1)
            idle = resident_mb(server.process.pid)
            server.terminate()
    return [
        Figure("first start to ready: secrets, tables, static files", times[0], "s"),
        Figure("start to ready", times[1], "s", 2),
        Figure("memory when idle", idle, "MB", 120),
    ]


def packages() -> list[Figure]:
    """What `requirements.lock` installs: number of packages, and size without the caches of compiled code."""
    names = re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.M)
    size = 0
    counted = 0
    for name in names:
        try:
            files = distribution(name).files or []
        except ModuleNotFoundError:
            continue  # for another system or Python version
        counted += 1
        size += sum(os.path.getsize(path) for file in files if (path := file.locate()) and os.path.exists(path))
    return [
        Figure("installed packages at run time", counted, "", 40),
        Figure("installed size at run time", size / 1e6, "MB", 100),
    ]


def clone() -> list[Figure]:
    """A new user's way: clone, `make run`, ready. Needs the network for the packages."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "promptyard"
        git, make = shutil.which("git") or "git", shutil.which("make") or "make"
        begin = time.perf_counter()
        subprocess.run([git, "clone", "-q", str(ROOT), str(place)], check=True)  # noqa: S603  # fixed arguments
        command = [make, "run"]
        environment = {**os.environ, "PORT": "0"}
        environment.pop("VIRTUAL_ENV", None)
        process = subprocess.Popen(  # noqa: S603
            command, cwd=place, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        try:
            for line in process.stdout or ():
                if "ready at" in line:
                    break
            seconds = time.perf_counter() - begin
        finally:
            process.terminate()
            process.wait(40)
    return [Figure("from clone to ready", seconds, "s", 60, "packages from the registry or a local cache")]
