#!/usr/bin/env python
"""`manage.py check --deploy` with the settings of a production installation, in which no warning is allowed."""

import os
import subprocess
import sys

sys.path.insert(0, "")
from config.own_secrets import new_pair  # the checkout is not installed

secrets = dict(line.split("=", 1) for line in new_pair().splitlines())
environment = {
    **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
    **secrets,
    "PRODUCTION": "1",
    "ALLOWED_HOSTS": "promptyard.example.org",
    "SITE_URL": "https://promptyard.example.org",
    "DATABASE_URL": "sqlite://:memory:",
}
command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
sys.exit(subprocess.run(command, env=environment).returncode)  # noqa: S603  # our own command
