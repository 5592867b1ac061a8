#!/usr/bin/env python
"""What must not be in this repository, and where an exception is allowed: each rule with its reason.

Looks into the files that git knows. Python is read as a tree, so that a word in a text is not taken for a call.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PRODUCT = ("config/", "connector/", "playground/")

# Calls: name, where it may stand, why
CALLS = {
    "mark_safe": (("playground/markdown/",), "model output is hostile; HTML is made safe in the one rendering package"),
    "SafeString": (("playground/markdown/",), "as mark_safe; a constant text is fine"),
    "format_html": ((), "the format has to be a constant text"),
    "eval": ((), "code from data"),
    "exec": ((), "code from data"),
    "__import__": ((), "code from data"),
    "csp_override": ((), "takes a page's policy away"),
    "raw": (("connector/activities/",), "SQL as text"),
    "extra": ((), "SQL as text"),
    "RawSQL": ((), "SQL as text"),
}
CONSTANT_IS_FINE = {"mark_safe", "SafeString", "format_html"}

# Imports: module, where it may stand, why
IMPORTS = {
    "pickle": ((), "code from data"),
    "marshal": ((), "code from data"),
    "shelve": ((), "code from data"),
    "yaml": ((), "code from data"),
    "subprocess": ((), "no program is started from this one"),
    "httpx": (
        ("connector/client/", "connector/sandbox/", "connector/testing/"),
        "one client factory for all outgoing calls",
    ),
    "aiohttp": (("connector/client/",), "one client factory for all outgoing calls"),
    "httpx_aiohttp": (("connector/client/",), "one client factory for all outgoing calls"),
    "requests": ((), "one client factory for all outgoing calls"),
    "urllib.request": ((), "one client factory for all outgoing calls"),
    "http.client": ((), "one client factory for all outgoing calls"),
    "smtplib": ((), "mail goes through Django"),
}

# Texts: file names, what, where it may stand, why
TEXTS = (
    (r"\.html$", r"\|\s*safe\b|autoescape\s+off", (), "model output is hostile; it is rendered by playground/markdown"),
    (r"\.html$", r"\shx-on[:=]|\son\w+=[\"']|javascript:|[\"']js:", (), "the policy forbids inline code"),
    (r"\.html$", r"\sstyle=[\"']|<style|<script(?![^>]*\ssrc=)", (), "the policy forbids inline styles and scripts"),
    (r"\.html$", r"""\ssrc=["'](?:https?:)?//""", (), "no page loads from elsewhere"),
    (r"static/js/", r"addEventListener\([\"']message|window\.opener", (), "no messages between windows"),
    (r"static/js/", r"innerHTML|insertAdjacentHTML|\beval\(|new Function", (), "text is not code"),
    (r"^requirements.*\.lock$", r"://|^-", (), "a lock file names packages and hashes, not where they are fetched"),
    (r"", r"https?://[^\s\"'`)]*(?:pypi|npmjs|pythonhosted|registry)\b", ("CHANGELOG.md",), "no registry's host name"),
    (r"", r"(?<![\w.$/-])/(?:root|home/\w+|Users/\w+|work)/(?!\w+:)", (), "a path of one machine"),
)
VENDORED = ("static/vendor/",)


def calls(file: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            allowed, reason = CALLS.get(name, ((file,), ""))
            constant = not node.args or isinstance(node.args[0], ast.Constant)
            if not file.startswith(allowed) and not (constant and name in CONSTANT_IS_FINE):
                yield node.lineno, f"{name}(): {reason}"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            for name in (module + alias.name for alias in node.names):
                for unwanted, (allowed, reason) in IMPORTS.items():
                    if f"{name}.".startswith(f"{unwanted}.") and not file.startswith(allowed):
                        yield node.lineno, f"import {name}: {reason}"


def texts(file: str, text: str) -> Iterator[tuple[int, str]]:
    for names, pattern, allowed, reason in TEXTS:
        if re.search(names, file) and not file.startswith((*allowed, *VENDORED, ".ci/gate")):
            for number, line in enumerate(text.splitlines(), start=1):
                if found := re.search(pattern, line):
                    yield number, f"{found.group().strip()}: {reason}"


def main() -> int:
    found = 0
    for file in subprocess.check_output(["git", "ls-files"], text=True).splitlines():  # noqa: S607  # git of the PATH
        try:
            text = Path(file).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue  # a picture, or deleted and not committed yet
        problems = [*texts(file, text)]
        if file.endswith(".py") and file.startswith(PRODUCT):
            problems += calls(file, ast.parse(text))
        for number, problem in problems:
            print(f"{file}:{number}: {problem}")
            found += 1
    print(f"gate: {found} found" if found else "gate: nothing found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
