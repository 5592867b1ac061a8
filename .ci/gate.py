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

# Calls and decorators: name, where it may stand, why
CALLS = {
    "mark_safe": (("playground/markdown/",), "model output is hostile; HTML is made safe in the one rendering package"),
    "SafeString": (("playground/markdown/",), "as mark_safe; a constant text is fine"),
    "SafeText": ((), "as mark_safe, by an old name"),
    "html_safe": ((), "as mark_safe, for a class"),
    "format_html": ((), "the format has to be a constant text"),
    "format_html_join": ((), "what stands between has to be a constant text"),
    "from_string": ((), "a template from data is code from data"),
    "eval": ((), "code from data"),
    "exec": ((), "code from data"),
    "__import__": ((), "code from data"),
    "import_module": ((), "code from data"),
    "popen": ((), "no program is started from this one"),
    "csp_override": ((), "takes a page's policy away"),
    "csrf_exempt": (("config/csp_report.py", "connector/sandbox/views.py"), "other sites could post in a user's name"),
    "open_connection": ((), "one client factory for all outgoing calls"),
    "create_connection": ((), "one client factory for all outgoing calls"),
    "execute": (("config/sqlite3/",), "SQL has to be a constant text"),
    "raw": (("connector/activities/",), "SQL as text"),
    "extra": ((), "SQL as text"),
    "RawSQL": ((), "SQL as text"),
}
CONSTANT_IS_FINE = {"mark_safe", "SafeString", "format_html", "format_html_join", "execute"}

# Arguments: name, value, why
ARGUMENTS = {
    ("follow_redirects", True): "keys would go along to another host",
    ("allow_redirects", True): "keys would go along to another host",
    ("trust_env", True): "a proxy of the environment would see every key",
    ("verify", False): "whoever answers has to be who they say",
    ("autoescape", False): "what is shown is text until it was made safe",
    ("shell", True): "no program is started from this one",
}

# Imports: module, where it may stand, why
IMPORTS = {
    "pickle": ((), "code from data"),
    "marshal": ((), "code from data"),
    "shelve": ((), "code from data"),
    "yaml": ((), "code from data"),
    "dill": ((), "code from data"),
    "cloudpickle": ((), "code from data"),
    "jsonpickle": ((), "code from data"),
    "importlib": (("config/settings.py",), "code from data"),  # there it only looks whether a package is installed
    "xml": ((), "entities that grow and reach for files"),
    "subprocess": ((), "no program is started from this one"),
    "os.system": ((), "no program is started from this one"),
    "httpx": (
        ("connector/client/", "connector/sandbox/", "connector/testing/"),
        "one client factory for all outgoing calls",
    ),
    "aiohttp": (("connector/client/",), "one client factory for all outgoing calls"),
    "httpx_aiohttp": (("connector/client/",), "one client factory for all outgoing calls"),
    "httpcore": ((), "one client factory for all outgoing calls"),
    "urllib3": ((), "one client factory for all outgoing calls"),
    "ftplib": ((), "one client factory for all outgoing calls"),
    "websockets": ((), "one client factory for all outgoing calls"),
    "socket": (
        ("config/start.py", "config/server.py", "connector/client/", "connector/sandbox/", "connector/models/run.py"),
        "one client factory for all outgoing calls",
    ),
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
    (r"\.html$", r"<(?:iframe|object|embed|base|applet)\b", (), "no page holds another one"),
    (r"\.html$", r"rel=[\"'](?:\w+ )*(?:prefetch|preconnect|dns-prefetch|prerender)", (), "no page looks elsewhere"),
    (r"\.html$", r"\{%\s*debug", (), "shows what the page was made of"),
    (
        r"static/js/",
        r"addEventListener\([\"']message|window\.opener|postMessage|onmessage",
        (),
        "no messages between windows",
    ),
    (r"static/js/", r"innerHTML|insertAdjacentHTML|\beval\(|new Function", (), "text is not code"),
    (
        r"static/js/",
        r"outerHTML\s*=|document\.write|ContextualFragment|DOMParser|HTMLUnsafe|srcdoc",
        (),
        "text is not code",
    ),
    (
        r"static/js/",
        r"set(?:Timeout|Interval)\([\"'`]|new WebSocket|serviceWorker|new Worker",
        (),
        "code from elsewhere",
    ),
    (r"^requirements.*\.lock$", r"://|^-", (), "a lock file names packages and hashes, not where they are fetched"),
    (r"", r"https?://[^\s\"'`)]*(?:pypi|npmjs|pythonhosted|registry)\b", ("CHANGELOG.md",), "no registry's host name"),
    (r"", r"(?<![\w.$/-])/(?:root|home/\w+|Users/\w+|work)/(?!\w+:)", (), "a path of one machine"),
)
VENDORED = ("static/vendor/",)


def calls(file: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        for name, constant in called(node):
            allowed, reason = CALLS.get(name, ((file,), ""))
            if not file.startswith(allowed) and not (constant and name in CONSTANT_IS_FINE):
                yield node.lineno, f"{name}(): {reason}"
        if isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant):
            if reason := ARGUMENTS.get((node.arg or "", node.value.value)):
                yield node.lineno, f"{node.arg}={node.value.value}: {reason}"
        elif isinstance(node, ast.FunctionDef) and node.name == "__html__":
            if not file.startswith(CALLS["mark_safe"][0]):
                yield node.lineno, f"__html__: {CALLS['mark_safe'][1]}"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                if alias.asname and alias.asname != alias.name and alias.name in CALLS:
                    yield node.lineno, f"{alias.name} as {alias.asname}: a name that the gate does not know"
            for name in (module + alias.name for alias in node.names):
                for unwanted, (allowed, reason) in IMPORTS.items():
                    if f"{name}.".startswith(f"{unwanted}.") and not file.startswith(allowed):
                        yield node.lineno, f"import {name}: {reason}"


def called(node: ast.AST) -> Iterator[tuple[str, bool]]:
    """The names that are called here or decorate something, and whether what they are given is a constant text."""
    if isinstance(node, ast.Call):
        constant = bool(node.args) and isinstance(node.args[0], ast.Constant)
        yield name_of(node.func), constant
    for decorator in getattr(node, "decorator_list", ()):
        if not isinstance(decorator, ast.Call):
            yield name_of(decorator), False


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


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
