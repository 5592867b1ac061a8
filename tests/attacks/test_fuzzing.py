"""Nonsense in every place of every request: never a 500, a traceback in the log or a dead server (T95, T98)."""

import json
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from playground.audio.showing import MAY_RECORD
from tests.attacks.routes import every_route
from tests.attacks.target import FORM, TOKEN, a_target, escaped
from tests.config.serving.test_headers import EVERYWHERE

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
HUGE = "9" * 400
VALUES = (
    "",
    "0",
    "-1",
    "1e308",
    "NaN",
    "Infinity",
    str(2**63),
    HUGE,
    "null",
    "[]",
    '{"a":' * 500,
    "\0",
    "\ud800",  # half a character
    "\u202egnp.exe",
    "٣",  # a digit, and not ours
    "ﬁ",
    "' OR 1=1 --",
    "1); DROP TABLE auth_user; --",
    "${jndi:ldap://e}",
    "{{7*7}}%(key)s{0.__class__}",
    "../../etc/passwd",
    "<img src=x onerror=1>",
    "a" * 5000,
    "99999-99-99T99:99:99Z",
    "1_99999-12-31T23:59:59+99:99_1",
    "1_0001-01-01T00:00:00+14:00_1",
    "0001-01-01T00:00:00+14:00",
    "0001-01-01",
    "9999-12-31",
    "99999x99999",
    "share:" + HUGE,
    "album:0",
    "00000000-0000-0000-0000-000000000000",
)
PARAMETERS = (
    "q",
    "after",
    "before",
    "edit",
    "deleted",
    "next",
    "p",
    "o",
    "e",
    "_popup",
    "_to_field",
    "_changelist_filters",
    *("whose", "size", "since", "until", "favourite", "album", "sort", "undo", "from", "prompt_of", "id", "download"),
    *("version", "with"),
    *("run", "saved", "example", "on", "configuration", "operation", "model", "source", "state", "user"),
)
FIELDS = (
    *(
        "text",
        "token",
        "title",
        "model",
        "configuration",
        "system_prompt",
        "theme",
        "pinned",
        "archived",
        "p_n",
        "p_seed",
    ),
    *(
        "p_temperature",
        "p_top_p",
        "p_stop",
        "p_max_tokens",
        "p_max_completion_tokens",
        "p_response_format",
        "p_reasoning_effort",
    ),
    *("username", "password", "old_password", "new_password1", "new_password2", "key", "remove", "action"),
    *("_selected_action", "endpoint", "api_type", "display_name", "groups", "deployed_models-TOTAL_FORMS", "q", "list"),
    *("deployed_models-INITIAL_FORMS", "deployed_models-0-id", "deployed_models-0-name", "shutdown_date", "post"),
    *("prompt", "example", "image", "id", "upload", "mask", "files", "mask_file", "moment", "back", "name", "albums"),
    *("path", "method", "body", "data", "query_name", "query_value", "header_name", "header_value", "form_name"),
    *("form_value", "file_key", "file_name", "file_id", "response_type", "timeout_ms", "max_retries", "retry_delay_ms"),
    *("add", "remove", "format", "saved", "shown", "update", "debug"),
    *(
        "question",
        "system",
        "schema",
        "schema_name",
        "strict",
        "tools",
        "operation",
        "was",
        "insert",
        "v_a",
        "result_0",
    ),
    *("columns", "change", "column", "blind", "c1-configuration", "c1-model", "c1-other_model", "c1-before"),
    *("c1-reset", "c1-p_temperature", "c2-model", "c2-p_stop", "c6-p_response_format"),
    *("second", "second_own", "p_voice", "p_voice_own", "p_instructions", "p_speed", "task", "recording", "file"),
    *("favourite", "stop", "before", "reset", "other_model", "p_size", "p_size_width", "p_size_height", "p_quality"),
)
ODD_PATHS = (
    "%00",
    "%ff",
    "%ED%A0%80",
    "_5F",
    "0",
    "1/../2",
    HUGE,
    "%2e%2e",
    "a" * 3000,
    "'",
    "_",
    "-1",
    "1;1",
    "%D9%A3",
)
BOUNDARY = {"content-type": "multipart/form-data; boundary=x"}
BODIES = {
    "not UTF-8": ({"content-type": FORM}, b"text=%ff%fe\xff&token=\xff"),
    "utf-7": ({"content-type": f"{FORM}; charset=utf-7"}, b"text=+AGE-"),
    "unknown charset": ({"content-type": f"{FORM}; charset=\x01"}, b"text=x"),
    "no boundary": ({"content-type": "multipart/form-data"}, b"--x"),
    "long boundary": ({"content-type": f"multipart/form-data; boundary={'x' * 300}"}, b"--x"),
    "cut off": (BOUNDARY, b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nwor'),
    "no end of headers": (BOUNDARY, b"--x\r\nContent-Disposition: form-data" + b"; a=b" * 2000),
    "bad base64": (
        BOUNDARY,
        b'--x\r\nContent-Disposition: form-data; name="text"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n!\r\n--x--\r\n",
    ),
    "a file for a text": (
        BOUNDARY,
        b'--x\r\nContent-Disposition: form-data; name="text"; filename="../../x"\r\n\r\nwords\r\n--x--\r\n',
    ),
    "half a file name": (
        BOUNDARY,
        b"--x\r\nContent-Disposition: form-data; name=\"text\"; filename*=UTF-8''%ed%a0%80%00\r\n\r\nx\r\n--x--\r\n",
    ),
    "JSON": ({"content-type": "application/json"}, b'{"text": NaN, "text": 1, "model": ["\\ud800"]}'),
    "deep JSON": ({"content-type": "application/json"}, b"[" * 50_000),
    "too many fields": ({"content-type": FORM}, b"&".join(b"a%d=1" % n for n in range(1100))),
    "no type": ({"content-type": ""}, b"text=x"),
    "no length": ({"transfer-encoding": "chunked", "content-length": ""}, b"zz\r\n"),
}
COOKIES = (
    "sessionid=",
    "sessionid=" + "a" * 32,
    "sessionid=\x80\xff",
    'sessionid="\\000\\377"; messages="\\n"; theme=\\',
    "messages=" + "x" * 3000 + "; theme=<script>; csrftoken=\x7f",
    "=; ;; =x; sessionid; csrftoken=" + "z" * 5000,
    f"csrftoken={TOKEN}; csrftoken={'b' * 32}; sessionid=1; sessionid=2",
)
HEADERS = (
    {"hx-request": "true", "hx-current-url": "http://[::1", "hx-target": "\x80", "hx-request-type": "partial"},
    {"hx-request": "true", "hx-current-url": "%ff\x80", "hx-current-url-uri-autoencoded": "true"},
    {"accept-language": "x" * 500, "accept": ",;q=NaN", "accept-encoding": "gzip;q=x", "if-modified-since": "99999"},
    {"last-event-id": "\x80" * 100, "origin": "null", "referer": "http://[", "x-forwarded-for": "999,::%x"},
    {"range": "bytes=-1,-1,0-99999999999999999999", "if-none-match": '"' * 300, "expect": "x"},
    {"remote-user": "root", "x-forwarded-user": "root", "x-auth-user": "root", "authorization": "Basic cm9vdDpyb290"},
)
LIMITS = {"SENDS_A_MINUTE": "0", "ANSWERS_AT_ONCE": "0", "IMAGES_A_MINUTE": "0", "IMAGES_A_DAY": "0"}


@pytest.fixture(scope="module")
def target():
    with a_target(**LIMITS) as one:
        yield one


@pytest.fixture(autouse=True)
def unbroken(target):
    """Whatever a test sent: nothing crashed, and the server still answers."""
    before = len(target.server.log)
    yield
    log = target.server.log[before:]
    assert "Traceback" not in log, log[log.index("Traceback") - 300 :][:3000]
    assert " ERROR " not in log.replace(" ERROR django.security", ""), log
    assert target.ask(None, "GET", "/health/ready").status == 200


def addresses(target, value=None):
    """Each route once, with a row of the target's in it, or with `value`."""
    for route in every_route():
        if route.name in ("accounts:logout", "admin:logout"):
            continue  # would end the sessions that the tests use
        yield route.at(target.rows.get(route.kind, 1) if value is None else value)


def attack(requests):
    """Sends them all, eight at a time; every one has to be answered, none with a 5xx, and each with our headers."""

    def one(request):
        ask, *arguments, more = request
        answer = ask(*arguments, **more)
        return answer.status, missing_headers(answer), arguments[:4], more

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, requests))
    assert len(answers) > 5
    assert [answer for answer in answers if not 200 <= answer[0] < 500] == []
    assert [answer for answer in answers if answer[1]] == []


def missing_headers(answer):
    """The names of those that are not there or say something else."""
    wrong = {name for name, value in EVERYWHERE.items() if answer.headers.get(name.lower()) != value}
    policy = answer.headers.get("content-security-policy", "")
    if not policy.startswith("default-src 'none'") or "unsafe" in policy:
        wrong.add("content-security-policy")
    kept = answer.headers.get("cache-control", "")
    is_file = answer.headers.get("content-type", "").startswith(("image/", "audio/")) and kept.startswith("private, ")
    if answer.headers.get("permissions-policy") == MAY_RECORD:  # the one page with a recorder
        wrong.discard("permissions-policy")
    if "no-store" not in kept and kept != "no-cache" and not is_file:  # a stream of the sandbox, as the real one's
        wrong.add("cache-control")
    return wrong | ({"server", "x-powered-by"} & answer.headers.keys())


def actor(number, path=""):
    """What they may delete would be missing in the next test."""
    return "viewer" if "/delete/" in path else ("ann", "root", None)[number % 3]


def test_every_method_on_every_address(target):
    attack(
        (target.ask, who, method, path, {}, {})
        for path in addresses(target)
        for method in METHODS
        for who in ("bob", "viewer")
    )


def test_odd_parts_of_a_path(target):
    holes = [route for route in every_route() if route.has_a_hole]
    attack(
        (target.ask, "root", method, route.at(part), {}, {})
        for route in holes
        for part in ODD_PATHS
        for method in ("GET", "POST")
    )


def test_odd_parameters_in_an_address(target):
    dice = random.Random(1)  # noqa: S311  # the same nonsense each time
    queries = [
        "&".join(f"{name}={escaped(dice.choice(VALUES))}" for name in dice.sample(PARAMETERS, 5)) for _ in range(400)
    ]
    queries += ["&".join(f"a{n}=1" for n in range(1100)), "%", "=&&&=", "%ff=%fe", "q=" * 300]
    paths = [path for path in addresses(target) if "events" not in path]
    attack((target.ask, actor(n), "GET", f"{dice.choice(paths)}?{query}", {}, {}) for n, query in enumerate(queries))


def test_odd_values_in_every_form(target):
    dice = random.Random(2)  # noqa: S311  # as above
    forms = []
    for path in addresses(target):
        for _ in range(6):
            form = {name: dice.choice(VALUES) for name in dice.sample(FIELDS, dice.randrange(len(FIELDS)))}
            form |= {name: dice.sample(VALUES, 3) for name in dice.sample(FIELDS, 3)}  # there several times
            if "/auth/user/" in path:
                form.pop("groups", None)  # Django's own field fails on a number that SQLite does not take
            forms.append((path, form))
    attack((target.ask, actor(n, path), "POST", path, form, {}) for n, (path, form) in enumerate(forms))


@pytest.mark.parametrize("body", BODIES)
def test_odd_bodies(target, body):
    headers, content = BODIES[body]
    some = [path for path in addresses(target) if "auth/" not in path]
    attack((target.ask, actor(n, path), "POST", path, content, {"headers": headers}) for n, path in enumerate(some))


def test_odd_cookies_and_headers(target):
    some = [path for path in addresses(target) if "auth/" not in path and "/run/" not in path]
    attack((target.ask, None, "GET", path, {}, {"cookie": cookie}) for path in some for cookie in COOKIES)
    attack((target.ask, "ann", "GET", path, {}, {"headers": headers}) for path in some for headers in HEADERS)


def test_who_claims_to_be_somebody_in_a_header_is_nobody(target):
    for name in ("Remote-User", "X-Forwarded-User", "X-Auth-Request-User", "X-Remote-User", "X-User"):
        assert target.ask(None, "GET", "/chat/", headers={name: "root"}).status == 302


def test_odd_json_at_the_door_of_the_sandbox(target):
    values = (None, True, 1e308, -1, 10**30, "", "\0", [], {}, [[]], {"role": 1}, ["\ud800"])
    common = ("model", "n", "stream", "stream_options", "seed", "user", "metadata", "response_format")
    own = {
        "chat/completions": (
            {"messages": [{"role": "user", "content": "x"}]},
            ("stop", "tools", "max_tokens", "logit_bias"),
        ),
        "completions": ({"prompt": "x"}, ("stop", "max_tokens", "logprobs", "suffix")),
        "responses": ({"input": "x"}, ("text", "tools", "reasoning", "previous_response_id")),
        "embeddings": ({"input": "x", "model": "sandbox-embedding"}, ("dimensions", "encoding_format")),
        "moderations": ({"input": "x", "model": "sandbox-moderation"}, ()),
        "images/generations": ({"prompt": "x", "model": "sandbox-image-fast"}, ("size", "quality", "output_format")),
        "audio/speech": ({"input": "x", "model": "sandbox-speech", "voice": "alloy"}, ("voice", "speed")),
    }
    headers = {"authorization": "Bearer x", "content-type": "application/json"}
    attack(
        (target.ask, None, "POST", f"/sandbox/v1/{path}", json.dumps(body).encode(), {"headers": headers, "cookie": ""})
        for path, (good, names) in own.items()
        for name in (*good, *names, *common)
        for value in values
        for body in [{"model": "sandbox-fast"} | good | {name: value}]
    )


@pytest.mark.parametrize(
    "path", ["", "x/", "%00", "%ff/", "models/%ED%A0%80", "../v1/models", "models/x/y/z", "audio/" * 99]
)
def test_odd_paths_at_the_door_of_the_sandbox(target, path):
    for method in ("GET", "POST", "DELETE"):
        answer = target.ask(
            None, method, f"/sandbox/v1/{path}", b"{}", headers={"authorization": "Bearer x"}, cookie=""
        )
        assert 400 <= answer.status < 500


HOSTS = (
    "evil.example",
    "a/b?",
    "127.0.0.1#",
    "a@127.0.0.1",
    "[::1",
    "127.0.0.1:80:80",
    "127.0.0.1,evil",
    "x" * 300,
    " ",
    "*",
)


def test_a_storm_of_foreign_names_is_refused_and_writes_nothing_down(target):
    before = len(target.server.log)
    paths = ("/login/", "/admin/", "/static/x.css", "/sandbox/v1/models", "/csp-report/")
    attack((target.ask, None, "GET", path, {}, {"host": host}) for path in paths for host in HOSTS * 4)
    assert len(target.server.log) == before
    forwarded = {"x-forwarded-host": "evil.example", "x-original-url": "/admin/", "x-rewrite-url": "/admin/"}
    answer = target.ask(None, "GET", "/chat/", headers=forwarded)
    assert answer.headers["location"].startswith("/login/")
    assert "evil" not in answer.text
    for host in HOSTS:
        assert target.ask(None, "GET", "/login/", host=host).status == 400


def test_a_storm_of_bad_requests_is_one_short_line_each(target):
    before = len(target.server.log)
    headers, content = BODIES["too many fields"]
    for _ in range(20):
        assert target.ask(None, "POST", "/login/", content, headers=headers).status == 400
    assert len(target.server.log) - before < 20 * 400
