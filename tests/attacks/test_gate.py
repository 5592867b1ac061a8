"""The gate finds what it is there for, however it is spelled (T08, T32, T70, T106)."""

import ast
import importlib.util
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("gate", Path(__file__).resolve().parents[2] / ".ci" / "gate.py")
gate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(gate)

CODE = (
    "mark_safe(text)",
    "safestring.mark_safe(s=text)",
    "from django.utils.safestring import mark_safe as fine",
    "@mark_safe\ndef html(): ...",
    "format_html(text + '{}')",
    "format_html(f'{text}')",
    "format_html_join(sep, '{}', rows)",
    "class Row:\n    def __html__(self): return self.text",
    "@html_safe\nclass Row: ...",
    "eval(text)",
    "builtins.exec(text)",
    "from importlib import import_module",
    "import importlib",
    "Engine().from_string(text)",
    "Engine(autoescape=False)",
    "cursor.execute(f'SELECT {text}')",
    "cursor.execute('SELECT ' + text)",
    "Run.objects.raw(text)",
    "Run.objects.extra(where=[text])",
    "import pickle",
    "from marshal import loads",
    "from os import system",
    "os.popen(text)",
    "import subprocess as sp",
    "subprocess.run(text, shell=True)",
    "@csrf_exempt\ndef view(request): ...",
    "csrf_exempt(view)",
    "csp_override({})(view)",
    "import httpx",
    "from urllib import request",
    "import urllib.request",
    "from http.client import HTTPSConnection",
    "import socket",
    "asyncio.open_connection(host, 80)",
    "client(follow_redirects=True)",
    "client(trust_env=True)",
    "client(verify=False)",
    "from xml.etree import ElementTree",
)
FINE = (
    'format_html("<b>{}</b>", text)',
    'cursor.execute("SELECT 1")',
    "connections.executemany(rows)",
    "client(follow_redirects=False, trust_env=False, verify=tls())",
    "from urllib.parse import quote",
)
PAGES = (
    "{{ text|safe }}",
    "{{ text | safe }}",
    "{% autoescape off %}",
    '<p onclick="x()">',
    '<p hx-on:click="x()">',
    "<a href='javascript:x'>",
    '<p hx-vals="js:{a: b}">',
    "<p style='color: red'>",
    "<script>x()</script>",
    '<script src="https://elsewhere.example/x.js"></script>',
    '<iframe src="/x">',
    '<base href="/">',
    '<link rel="dns-prefetch" href="/x">',
    "{% debug %}",
)
SCRIPTS = (
    "element.innerHTML = text",
    "element.outerHTML = text",
    "element.insertAdjacentHTML('beforeend', text)",
    "eval(text)",
    "new Function(text)",
    "document.write(text)",
    "new DOMParser().parseFromString(text, 'text/html')",
    "addEventListener('message', x)",
    "window.onmessage = x",
    "parent.postMessage(x, '*')",
    "setTimeout('x()', 1)",
)


@pytest.mark.parametrize("code", CODE)
def test_code_that_must_not_be(code):
    assert list(gate.calls("playground/chat/x.py", ast.parse(code)))


@pytest.mark.parametrize("code", FINE)
def test_code_that_may_be(code):
    assert not list(gate.calls("playground/chat/x.py", ast.parse(code)))


@pytest.mark.parametrize(
    ("file", "text"), [("x.html", each) for each in PAGES] + [("static/js/x.js", each) for each in SCRIPTS]
)
def test_texts_that_must_not_be(file, text):
    assert list(gate.texts(file, text))


def test_what_is_there_now_is_clean():
    assert gate.main() == 0
