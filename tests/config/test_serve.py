"""`manage.py serve`, as a person meets it: what it makes, what it says, and what it refuses."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.server import ROOT, Server, a_server


def refused(folder: Path, **env: str) -> str:
    """Starts, which has to end at once with 1; returns what it said."""
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(folder / "var"), "PORT": "0", **env}
    done = subprocess.run(
        [sys.executable, "manage.py", "serve"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def get(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read()


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    """One that finds nothing there."""
    first = Server(tmp_path_factory.mktemp("first")).start()
    yield first
    first.kill9()


class TestFirstStart:
    def test_makes_everything_it_needs_for_nobody_else_to_read(self, server: Server):
        for file in ("secrets.env", "promptyard.sqlite3"):
            assert (server.var / file).stat().st_mode & 0o077 == 0
        assert "No migrations to apply" in server.manage("migrate")

    def test_prints_a_link_for_the_first_administrator(self, server: Server):
        assert server.admin_link.startswith(server.url + "/welcome/")

    def test_prints_no_secret(self, server: Server):
        secrets = (server.var / "secrets.env").read_text().splitlines()
        for line in secrets:
            if not line.startswith("#"):
                assert line.partition("=")[2] not in server.log


class TestSecondStart:
    def test_is_quick_and_keeps_what_was_there(self, tmp_path):
        with a_server() as server:
            secrets = (server.var / "secrets.env").read_text()
            took = []
            for _ in range(3):  # of the processor, and the best try: the machine may be busy with other tests
                server.kill9()
                server.start()
                spent = psutil.Process(server.process.pid).cpu_times()
                took.append(spent.user + spent.system)
            assert min(took) < 2.0
            assert (server.var / "secrets.env").read_text() == secrets

    def test_after_an_administrator_was_made_prints_no_link(self):
        with a_server() as server:
            server.terminate()
            server.env["DJANGO_SUPERUSER_PASSWORD"] = "a-password-of-a-test"
            server.manage("createsuperuser", "--noinput", "--username=root", "--email=root@example.org")
            before = server.log.count("/welcome/")
            server.start()
            assert server.log.count("/welcome/") == before

    def test_collects_static_files_that_changed(self, tmp_path):
        with a_server() as server:
            server.terminate()
            (server.var / "static" / "collected").write_text("of another day")
            (server.var / "static" / "left-over.css").write_text("")
            server.start()
            assert not (server.var / "static" / "left-over.css").exists()


class TestRefusals:
    def test_a_port_in_use_is_named(self, tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            said = refused(tmp_path, PORT=port)
        assert f"Port {port} is in use" in said
        assert "PORT=" in said

    def test_a_host_that_is_not_ours_is_named(self, tmp_path):
        assert "HOST=192.0.2.1" in refused(tmp_path, HOST="192.0.2.1")

    def test_a_var_that_cannot_be_made_is_named(self, tmp_path):
        (tmp_path / "var").write_text("a file where a folder should be")
        assert str(tmp_path / "var") in refused(tmp_path)

    def test_a_var_that_cannot_be_written_is_named(self, tmp_path):
        # Root may write everywhere except where the kernel itself says no.
        secrets = {"SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ-"}
        secrets["FIELD_ENCRYPTION_KEY"] = "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY="
        said = refused(tmp_path, VAR_DIR="/proc/promptyard", **secrets)
        assert "VAR_DIR" in said
        assert "cannot be written" in said

    def test_a_database_that_cannot_be_opened_is_named(self, tmp_path):
        (tmp_path / "broken.sqlite3").write_bytes(b"this is not a database, and never was one" * 100)
        assert "DATABASE_URL" in refused(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/broken.sqlite3")


class TestHealth:
    def test_another_encryption_key_is_seen_but_the_pages_work(self):
        with a_server() as server:
            server.terminate()
            server.env["FIELD_ENCRYPTION_KEY"] = "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY="
            server.start(until="/health/live")
            assert get(server.url + "/health/ready") == (503, b"not ready: encryption key\n")
            assert "CRITICAL" in server.log
            assert get(server.url + "/login/")[0] == 200

    def test_a_database_that_is_gone_is_seen(self):
        with a_server() as server:
            for file in server.var.glob("promptyard.sqlite3*"):
                file.unlink()
            (server.var / "promptyard.sqlite3").mkdir()
            time.sleep(1.1)
            assert get(server.url + "/health/ready") == (503, b"not ready: database\n")
