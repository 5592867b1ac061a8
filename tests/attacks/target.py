"""A server to attack: its people, their things, and requests sent byte by byte, as no client would send them.

with a_target() as target:
    target.ask("ann", "POST", f"/chat/{target.rows['session']}/ask/", {"text": "Hello"}).status
"""

import contextlib
import json
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from tests.server import Server, a_server

TOKEN = "a" * 32  # of CSRF: the cookie and the header only have to agree
FORM = "application/x-www-form-urlencoded"
PEOPLE = ("ann", "bob", "viewer", "editor", "root")  # ann owns what there is; bob is a stranger to it

SEED = """
import json
from django.test import Client
from django.contrib.auth.models import Group, User
from connector.models import (
    Album, ChatCompletionsMessage, Configuration, DeployedModel, Price, SavedPrompt, SavedRequest,
    UserLimits
)
from tests.builders import *

people = {
    "ann": a_user(username="ann"), "bob": a_user(username="bob"), "viewer": a_viewer(username="viewer"),
    "editor": an_editor(username="editor"), "root": a_superuser(username="root"),
}
cookies = {}
for name, person in people.items():
    person.set_password("right horse")
    person.save()
    client = Client()
    client.force_login(person)
    cookies[name] = next(iter(client.cookies.values())).value
sandbox = Configuration.objects.get(display_name="Sandbox")
session = a_session(people["ann"], title="A secret title")
question, answer = an_exchange(session, "A secret question", "A secret answer")
deleted = a_session(people["ann"])
calls = [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
prompt, deleted_prompt = a_prompt(people["ann"], "A secret prompt", tool_calls=calls), a_prompt(people["ann"])
deleted_prompt.discard()
version = SavedPrompt.objects.keep(people["ann"], "A secret name", question="A secret prompt")
deleted.discard()
model = DeployedModel.objects.create(configuration=an_openai(), name="m")
picture, gone = an_image(people["ann"], prompt="A secret picture"), an_image(people["ann"])
gone.discard()
saved, unsaved = (SavedRequest.objects.create(user=people["ann"], name="A secret request") for _ in range(2))
unsaved.discard()
comparison, deletedcomparison = a_comparison(people["ann"]), a_comparison(people["ann"])
deletedcomparison.discard()
spoken, heard = a_speech(people["ann"], "A secret speech"), a_transcription(people["ann"], "A secret talk")
unspoken, unheard = a_speech(people["ann"]), a_transcription(people["ann"])
for item in (unspoken, unheard):
    item.discard()
rows = {
    "prompt": prompt.pk, "deletedprompt": deleted_prompt.pk, "promptanswer": prompt.leaf_id,
    "promptrun": prompt.leaf.run_id, "savedprompt": version.prompt_id,
    "comparison": comparison.pk, "deletedcomparison": deletedcomparison.pk,
    "columnrun": comparison.columns.first().runs.get().pk,
    "request": a_request(people["ann"], "/v1/a-secret").pk, "savedrequest": saved.pk, "deletedrequest": unsaved.pk,
    "call": a_call(people["ann"]).pk,
    "image": str(picture.public_id), "deletedimage": str(gone.public_id), "generatedimage": picture.pk,
    "embedding": an_embedding(people["ann"], ["A secret text", "Another one"]).pk,
    "upload": str(an_upload(people["ann"]).public_id), "drawing": a_drawing(people["ann"]).pk,
    "speech": spoken.pk, "take": spoken.takes.get().pk, "speaking": spoken.run_id, "transcription": heard.pk,
    "deletedspeech": unspoken.pk, "deletedtranscription": unheard.pk,
    "album": Album.objects.create(user=people["ann"], name="A secret album").pk,
    "session": session.pk, "deleted": deleted.pk, "question": question.pk, "answer": answer.pk, "run": answer.run_id,
    "configuration": sandbox.pk, "deployedmodel": model.pk, "chatcompletionssession": session.pk,
    "price": Price.objects.create(model="m", kind="input", amount=1).pk,
    "userlimits": UserLimits.objects.create(user=people["bob"]).pk,
    "user": people["ann"].pk, "group": Group.objects.create(name="A group").pk,
}
print("SEED", json.dumps({"cookies": cookies, "rows": rows}))
"""


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes
    lines: list[str] = field(default_factory=list)  # the headers as they came; one may be there twice

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")


@dataclass
class Target:
    server: Server
    cookies: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int | str] = field(default_factory=dict)

    def seed(self) -> "Target":
        printed = self.server.execute(SEED)
        found = json.loads(printed.partition("SEED ")[2])
        self.cookies, self.rows = found["cookies"], found["rows"]
        return self

    def ask(self, who: str | None, method: str, path: str, form=None, /, **more) -> Answer:
        """As a browser of `who` would ask, with a form; `more` as in `head`."""
        body = form if isinstance(form, bytes) else urlencode(form or {}, doseq=True, errors="surrogatepass").encode()
        more.setdefault("cookie", self.cookie(who))
        headers = {"x-csrftoken": TOKEN, **more.pop("headers", {})}
        if method not in ("GET", "HEAD") or body:
            headers = {"content-type": FORM, "content-length": str(len(body)), **headers}
        return self.send(head(method, path, headers=headers, port=self.server.port, **more) + body)

    def sign_in(self, who: str) -> None:
        answer = self.ask(None, "POST", "/login/", {"username": who, "password": "right horse"})
        found = re.search(r"sessionid=(\w+)", "\n".join(answer.lines))
        assert found, answer.text
        self.cookies[who] = found[1]

    def cookie(self, who: str | None) -> str:
        return f"csrftoken={TOKEN}" + (f"; sessionid={self.cookies[who]}" if who else "")

    def send(self, data: bytes, patience: float = 60) -> Answer:
        """What comes back for these bytes; status 0 when the connection was closed without a word."""
        with self.connect(patience) as connection:
            with contextlib.suppress(ConnectionError):  # refused before all of it was sent
                connection.sendall(data)
            return read(connection)

    def connect(self, patience: float = 60) -> socket.socket:
        return socket.create_connection(("127.0.0.1", int(self.server.port)), timeout=patience)


def head(method: str, path: str, *, headers=None, port="", cookie="", host="") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host or f'127.0.0.1:{port}'}", "Connection: close"]
    lines += [f"Cookie: {cookie}"] if cookie else []
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "surrogateescape")


def read(connection: socket.socket, until: bytes = b"") -> Answer:
    """The answer up to its end, or up to where `until` comes in it."""
    top, _, content = receive(connection, until).partition(b"\r\n\r\n")
    first, *lines = top.decode("latin-1").split("\r\n")
    status = re.match(r"HTTP/1\.\d (\d{3})", first)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(int(status[1]) if status else 0, headers, content, lines)


def receive(connection: socket.socket, until: bytes = b"") -> bytes:
    data = b""
    with contextlib.suppress(ConnectionError, TimeoutError):
        while piece := connection.recv(65536):
            data += piece
            if until and until in data:
                break
    return data


def within(seconds: float, condition) -> bool:
    """Whether `condition()` comes to hold in that time."""
    ends = time.monotonic() + seconds
    while not (held := condition()) and time.monotonic() < ends:
        time.sleep(0.05)
    return bool(held)


def escaped(text: str) -> str:
    """Any text as a part of a path."""
    return quote(text, safe="", errors="surrogatepass")


@contextlib.contextmanager
def a_target(**env: str) -> Iterator[Target]:
    with a_server(**env) as server:
        yield Target(server).seed()
