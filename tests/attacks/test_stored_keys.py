"""Stored keys under a killed rotation, and after they were removed (K5, K19)."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from cryptography.fernet import Fernet

from tests.attacks.target import a_target
from tests.builders import CANARY_KEY
from tests.server import ROOT, Server, a_server

ROWS = 2_000
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
FILL = f"""
from django.db import transaction
from connector.models import ApiKey, Configuration
from tests.builders import CANARY_KEY, an_openai
with transaction.atomic():
    for number in range({ROWS}):
        an_openai(key=f"{{CANARY_KEY}}{{number}}", display_name=f"number {{number}}")
"""
COUNT = f"""
from connector.models import ApiKey
rows = ApiKey.objects.select_related("configuration").defer(None)
right = sum(row.value.key.reveal() == f"{CANARY_KEY}{{row.configuration.display_name[7:]}}" for row in rows)
print("READABLE", right, len({{row.kid for row in rows}}))
"""


def rotate(server, *options):
    return subprocess.Popen(
        [sys.executable, "manage.py", "rotate_keys", *options],
        cwd=ROOT,
        env=server.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def rotated(server) -> int:
    """How many keys are encrypted with another one than the first of them all."""
    with sqlite3.connect(f"file:{server.var / 'promptyard.sqlite3'}?mode=ro", uri=True) as database:
        kids = database.execute("SELECT kid, count(*) FROM connector_apikey GROUP BY kid").fetchall()
    return min(count for _, count in kids) if len(kids) > 1 else 0


def test_a_rotation_that_is_killed_again_and_again_loses_nothing(tmp_path):
    server = Server(tmp_path, SECRET_KEY="s" + Fernet.generate_key().decode() * 2, FIELD_ENCRYPTION_KEY=OLD)
    server.var.mkdir()
    server.manage("migrate")
    server.manage("shell", "--no-imports", "-c", FILL)
    server.env["FIELD_ENCRYPTION_KEY"] = f"{NEW},{OLD}"
    for part in (200, 700):
        running = rotate(server)
        while rotated(server) < part and running.poll() is None:
            time.sleep(0.02)
        os.kill(running.pid, signal.SIGKILL)
        running.communicate()
        assert 0 < rotated(server) <= ROWS
    assert f"READABLE {ROWS} 2" in server.manage("shell", "--no-imports", "-c", COUNT)
    said, _ = rotate(server).communicate()
    assert said.strip().endswith("0 rows use the old key - you may remove it")
    assert "CANARY" not in said
    server.env["FIELD_ENCRYPTION_KEY"] = NEW
    assert f"READABLE {ROWS} 1" in server.manage("shell", "--no-imports", "-c", COUNT)
    with sqlite3.connect(server.var / "promptyard.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_after_a_rotation_beside_a_running_server_the_old_ciphertexts_are_in_no_file():
    with a_server(SECRET_KEY="s" + Fernet.generate_key().decode() * 2, FIELD_ENCRYPTION_KEY=OLD) as server:
        server.manage("shell", "--no-imports", "-c", "from tests.builders import *; an_openai(key=CANARY_KEY)")
        database = server.var / "promptyard.sqlite3"
        with contextlib.closing(sqlite3.connect(database)) as reader:  # so that the log stays
            old = [row[0] for row in reader.execute("SELECT value FROM connector_apikey")]
            server.env["FIELD_ENCRYPTION_KEY"] = f"{NEW},{OLD}"
            server.manage("rotate_keys")
            new = [row[0] for row in reader.execute("SELECT value FROM connector_apikey")]
            assert len(old) == len(new) == 1
            content = b"".join(file.read_bytes() for file in server.var.glob("promptyard.sqlite3*"))
        assert new[0].encode() in content
        assert old[0][20:60].encode() not in content


@pytest.fixture(scope="module")
def target():
    with a_target() as one:
        yield one


WAYS = {"replace": ("key/", {"key": "sk-another-0123456789abcdef0123"}), "remove": ("key/", {"remove": "1"})}
WAYS |= {"delete": ("delete/", {"post": "yes"})}


@pytest.mark.parametrize("way", WAYS)
def test_a_key_that_is_gone_is_in_no_file(target, way):
    made = target.server.manage(
        "shell", "--no-imports", "-c", f"from tests.builders import *; print('PK', an_openai(display_name='{way}').pk)"
    )
    page = f"/admin/connector/configuration/{made.partition('PK ')[2].strip()}/"
    assert target.ask("root", "POST", f"{page}key/", {"key": CANARY_KEY}).status == 302
    with sqlite3.connect(f"file:{target.server.var / 'promptyard.sqlite3'}?mode=ro", uri=True) as database:
        stored = database.execute("SELECT value FROM connector_apikey ORDER BY configuration_id").fetchall()[-1][0]
    assert stored.startswith("gAAAA")
    address, form = WAYS[way]
    assert target.ask("root", "POST", page + address, form).status == 302
    for file in target.server.var.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert stored[20:60].encode() not in content, file.name
            assert b"CANARY" not in content, file.name
