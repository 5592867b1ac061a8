"""The settings, each time in a process of its own: that is where a wrong one has to end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.own_secrets import new_pair

ROOT = Path(__file__).resolve().parents[2]
SECRETS = dict(line.split("=", 1) for line in new_pair().splitlines())
PRODUCTION = {"PRODUCTION": "1", "ALLOWED_HOSTS": "chat.example.org", **SECRETS}
SHOW = """
import json, sys
from config import settings
print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}, default=str))
"""


def start(var: Path, *show: str, **env: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(var), **env}
    command = [sys.executable, "-c", SHOW, *show]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


def settings(var: Path, *show: str, **env: str) -> dict:
    done = start(var, *show, **env)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refusal(var: Path, **env: str) -> str:
    """What a refused start says; it ends with 1 and never with a traceback or a value."""
    done = start(var, **env)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for name, value in env.items():
        if len(value) > 8 and name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEY", "DATABASE_URL", "REDIS_URL", "SITE_URL"):
            assert value not in done.stderr
    return done.stderr


class TestFirstStart:
    def test_makes_secrets_that_only_the_owner_can_read(self, tmp_path):
        made = settings(tmp_path / "var", "SECRET_KEY", "FIELD_ENCRYPTION_KEY")
        file = tmp_path / "var" / "secrets.env"
        assert file.stat().st_mode & 0o777 == 0o600
        assert len(made["SECRET_KEY"]) >= 50
        assert made["SECRET_KEY"] != made["FIELD_ENCRYPTION_KEY"][0]
        assert [entry.name for entry in file.parent.iterdir()] == ["secrets.env"]

    def test_finds_them_again(self, tmp_path):
        first = settings(tmp_path, "SECRET_KEY", "FIELD_ENCRYPTION_KEY")
        assert settings(tmp_path, "SECRET_KEY", "FIELD_ENCRYPTION_KEY") == first

    def test_two_processes_at_once_agree(self, tmp_path):
        environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)}
        command = [sys.executable, "-c", SHOW, "SECRET_KEY"]
        running = [
            subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(4)
        ]
        assert len({process.communicate(timeout=60)[0] for process in running}) == 1

    def test_takes_back_rights_that_others_have_on_them(self, tmp_path):
        settings(tmp_path, "SECRET_KEY")
        (tmp_path / "secrets.env").chmod(0o644)
        settings(tmp_path, "SECRET_KEY")
        assert (tmp_path / "secrets.env").stat().st_mode & 0o777 == 0o600

    def test_keeps_a_secret_that_was_given(self, tmp_path):
        assert settings(tmp_path, "SECRET_KEY", SECRET_KEY=SECRETS["SECRET_KEY"])["SECRET_KEY"] == SECRETS["SECRET_KEY"]

    def test_says_where_secrets_cannot_be_written(self, tmp_path):
        (tmp_path / "var").write_text("a file where a folder should be")
        assert "VAR_DIR" in refusal(tmp_path / "var")

    def test_a_damaged_secrets_file_is_not_replaced(self, tmp_path):
        (tmp_path / "secrets.env").write_text("# emptied by accident\n")
        assert "secrets.env" in refusal(tmp_path)
        assert (tmp_path / "secrets.env").read_text() == "# emptied by accident\n"


class TestSecrets:
    def test_come_from_a_file(self, tmp_path):
        (tmp_path / "key").write_text(SECRETS["SECRET_KEY"] + "\n")
        found = settings(tmp_path, "SECRET_KEY", SECRET_KEY_FILE=str(tmp_path / "key"))
        assert found["SECRET_KEY"] == SECRETS["SECRET_KEY"]

    def test_a_file_that_is_not_there_is_named_by_its_variable(self, tmp_path):
        assert "SECRET_KEY_FILE" in refusal(tmp_path, SECRET_KEY_FILE=str(tmp_path / "nothing"))

    def test_file_and_value_together_are_refused(self, tmp_path):
        (tmp_path / "key").write_text(SECRETS["SECRET_KEY"])
        said = refusal(tmp_path, SECRET_KEY=SECRETS["SECRET_KEY"], SECRET_KEY_FILE=str(tmp_path / "key"))
        assert "SECRET_KEY and SECRET_KEY_FILE" in said

    @pytest.mark.parametrize(
        "value",
        [
            "short-but-random-9f3kd02",
            "django-insecure-3k4j5h6g7f8d9s0a1q2w3e4r5t6y7u8i9o0p-_=+",
            "change-me-change-me-change-me-change-me-change-me-0123456789",
            "a" * 64,
        ],
    )
    def test_short_and_example_signing_keys_are_refused(self, tmp_path, value):
        assert "SECRET_KEY" in refusal(tmp_path, SECRET_KEY=value)

    @pytest.mark.parametrize("value", ["too-short", "A" * 43 + "=", "not base64 at all, but of a fine length ......"])
    def test_broken_and_example_encryption_keys_are_refused(self, tmp_path, value):
        assert "FIELD_ENCRYPTION_KEY" in refusal(tmp_path, FIELD_ENCRYPTION_KEY=value)

    def test_one_secret_for_both_is_refused(self, tmp_path):
        key = SECRETS["FIELD_ENCRYPTION_KEY"]
        assert "have to be different" in refusal(tmp_path, SECRET_KEY=key, FIELD_ENCRYPTION_KEY=key)

    def test_a_list_of_encryption_keys_is_a_rotation(self, tmp_path):
        other = dict(line.split("=", 1) for line in new_pair().splitlines())["FIELD_ENCRYPTION_KEY"]
        keys = f"{other},{SECRETS['FIELD_ENCRYPTION_KEY']}"
        found = settings(tmp_path, "FIELD_ENCRYPTION_KEY", FIELD_ENCRYPTION_KEY=keys)
        assert found["FIELD_ENCRYPTION_KEY"] == keys.split(",")


class TestProduction:
    @pytest.mark.parametrize("missing", ["SECRET_KEY", "FIELD_ENCRYPTION_KEY", "ALLOWED_HOSTS"])
    def test_needs_its_own(self, tmp_path, missing):
        assert missing in refusal(tmp_path / "var", **{**PRODUCTION, missing: ""})
        assert not (tmp_path / "var").exists()

    def test_says_everything_that_is_missing_at_once(self, tmp_path):
        said = refusal(tmp_path, PRODUCTION="1")
        assert all(name in said for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEY", "ALLOWED_HOSTS"))

    def test_does_not_answer_to_every_name(self, tmp_path):
        assert "ALLOWED_HOSTS" in refusal(tmp_path, **{**PRODUCTION, "ALLOWED_HOSTS": "*"})

    def test_does_not_live_at_an_unencrypted_address(self, tmp_path):
        assert "SITE_URL" in refusal(tmp_path, **PRODUCTION, SITE_URL="http://chat.example.org")

    def test_cookies_are_bound_to_https_and_this_host(self, tmp_path):
        found = settings(tmp_path, "SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_NAME", **PRODUCTION)
        assert found == {
            "SESSION_COOKIE_NAME": "__Host-sessionid",
            "SESSION_COOKIE_SECURE": True,
            "CSRF_COOKIE_NAME": "__Host-csrftoken",
        }

    def test_check_deploy_has_nothing_to_say(self):
        done = subprocess.run(
            [sys.executable, ".ci/production_check.py"], cwd=ROOT, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr


class TestNonsense:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("PRODUCTION", "perhaps"),
            ("PORT", "eighty"),
            ("PORT", "70000"),
            ("PORT", "-1"),
            ("SENDS_A_MINUTE", "many"),
            ("ANSWERS_AT_ONCE", "-1"),
            ("LOG_FORMAT", "xml"),
            ("LOG_LEVEL", "LOUD"),
            ("SITE_URL", "chat.example.org"),
            ("SITE_URL", "https://user:password-of-mine@chat.example.org"),
            ("SITE_URL", "https://chat.example.org/below/something"),
            ("SITE_URL", "https://[broken"),
            ("DATABASE_URL", "mysql://root:password-of-mine@localhost/db"),
            ("DATABASE_URL", "postgresql://user:pass-word@host:not-a-port/db"),
            ("REDIS_URL", "http://localhost:6379"),
            ("CA_FILE", "/nowhere/ca.pem"),
            ("ALLOW_PRIVATE_HOSTS", "maybe"),
        ],
    )
    def test_is_named(self, tmp_path, name, value):
        assert name in refusal(tmp_path, **{name: value})


class TestDatabase:
    def test_is_sqlite_in_var_with_patience(self, tmp_path):
        found = settings(tmp_path, "DATABASES")["DATABASES"]["default"]
        assert found["NAME"] == str(tmp_path / "promptyard.sqlite3")
        assert found["OPTIONS"]["timeout"] == 20
        assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"

    def test_sqlite_runs_as_intended(self, tmp_path):
        code = (
            "import django; django.setup(); from django.db import connection as c; k = c.cursor();"
            "print(*[k.execute(f'PRAGMA {p}').fetchone()[0] for p in ('journal_mode', 'synchronous', 'secure_delete')])"
        )
        environment = {
            "PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings",
        }  # fmt: skip
        printed = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, env=environment, text=True)
        assert printed.split() == ["wal", "1", "1"]


class TestHosts:
    def test_are_those_of_this_machine_by_default(self, tmp_path):
        assert set(settings(tmp_path, "ALLOWED_HOSTS")["ALLOWED_HOSTS"]) == {"localhost", "127.0.0.1", "[::1]"}

    def test_the_address_of_the_site_is_one(self, tmp_path):
        found = settings(tmp_path, "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", SITE_URL="https://chat.example.org/")
        assert "chat.example.org" in found["ALLOWED_HOSTS"]
        assert found["CSRF_TRUSTED_ORIGINS"] == ["https://chat.example.org"]


class TestLimits:
    def test_are_those_of_the_environment(self, tmp_path):
        names = (
            "CONNECTOR_SENDS_A_MINUTE",
            "CONNECTOR_ANSWERS_AT_ONCE",
            "CONNECTOR_COLUMNS_AT_ONCE",
            "CONNECTOR_BYTES_STORED",
        )
        assert settings(tmp_path, *names) == dict(zip(names, (20, 3, 6, 2_000_000_000), strict=True))
        given = {"SENDS_A_MINUTE": "7", "ANSWERS_AT_ONCE": "0", "COLUMNS_AT_ONCE": "2", "MEGABYTES_STORED": "5"}
        assert settings(tmp_path, *names, **given) == dict(zip(names, (7, 0, 2, 5_000_000), strict=True))

    def test_are_counted_where_nothing_large_can_push_them_out(self, tmp_path):
        caches = settings(tmp_path, "CACHES")["CACHES"]
        assert caches["limits"]["LOCATION"] != caches["default"]["LOCATION"]
        assert caches["limits"]["OPTIONS"]["MAX_ENTRIES"] >= 50_000
