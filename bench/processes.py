"""The processes the bench starts, and what the operating system says of them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent


def cpu_seconds(pid: int) -> float:
    """User and system time that `pid` has used so far, all threads."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def resident_mb(pid: int) -> float:
    """Resident memory of `pid` in MB (10^6 bytes)."""
    return float(psutil.Process(pid).memory_info().rss / 1e6)


@contextmanager
def an_upstream(port: int) -> Iterator[str]:
    """The paced provider as its own process; yields its address."""
    command = [sys.executable, "-m", "bench.upstream", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own module
        if process.stdout:
            process.stdout.readline()  # it says that it is ready
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
