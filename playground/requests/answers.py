"""What came back for a raw request, as the console shows it: a tree, text, a picture, a sound, or a file to be saved.

The bytes say what it is. Nothing is shown as anything that a browser would run.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from connector.client import media
from connector.models import CallContent, Run, StoredFile
from playground import endings
from playground.record import scope
from playground.requests import headers, tree

CONSOLE = "playground/requests/console.html"
RAW = "raw"
LOOKED_AT = tree.LARGEST  # bytes that are read for a page
LONGEST = 100_000  # characters of text that are shown
EARLIER = 12  # requests listed below the answer
PICTURES = {"image/png", "image/jpeg", "image/webp", "image/gif"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A run of the console with its answer. `kind`: tree, text, picture, audio, binary, empty; "" while it goes."""

    run: Run
    file: StoredFile | None = None
    kind: str = ""
    tree: SafeString = tree.NOTHING
    text: str = ""
    is_cut: bool = False
    remarks: Sequence[str] = ()
    important: Sequence[tuple[str, str]] = ()  # headers
    others: Sequence[tuple[str, str]] = field(default=())

    @property
    def method(self) -> str:
        return method_of(self.run)

    @property
    def path(self) -> str:
        return path_of(self.run)


def method_of(run: Run) -> str:
    return str(run.request.get("method", "GET"))


def path_of(run: Run) -> str:
    return str(run.request.get("path", ""))


def recent(user: User) -> list[Run]:
    """The newest requests of the console."""
    theirs = Run.objects.for_user(user).filter(kind=Run.Kind.CALL, operation=RAW)
    return list(theirs.select_related("configuration").order_by("-pk")[:EARLIER])


def of(run: Run) -> Shown:
    """The run as it is now; one of a dead process is marked on the way."""
    if run.is_going and Run.objects.filter(pk=run.pk).interrupt_dead():
        run.refresh_from_db()
    important, others = headers.parted(run.answer.get("headers") or {})
    if run.state != Run.State.DONE:
        return _refused(run)
    file = run.outputs.order_by("place").first()
    if file is None:
        return Shown(run, kind="empty", important=important, others=others)
    content = beginning(file)
    wanted = str(run.request.get("response_type", "json"))
    kind, found, text, remarks = _looked_at(content, file.bytes, wanted)
    return Shown(
        run,
        file,
        kind,
        found,
        text[:LONGEST],
        is_cut=kind in ("tree", "text") and (len(text) > LONGEST or file.bytes > len(content)),
        remarks=remarks,
        important=important,
        others=others,
    )


def _refused(run: Run) -> Shown:
    """What the provider said instead of an answer stands in the record only."""
    content = CallContent.objects.filter(call__run=run, call__user=run.user_id).order_by("-pk").first()
    facts = scope.told(content).answer if content else {}
    important, others = headers.parted(facts.get("headers") or {})
    text = str(facts.get("text") or "")
    found = tree.of(text.encode("utf-8", "replace"))
    kind = "tree" if found else "text" if text else ""
    return Shown(run, None, kind, found, text[:LONGEST], len(text) > LONGEST, (), important, others)


def beginning(file: StoredFile) -> bytes:
    """As much as a page looks at; nothing when the file is gone."""
    try:
        with file.file.open("rb") as opened:
            content: bytes = opened.read(LOOKED_AT)
    except Exception:  # a storage elsewhere has errors of its own
        return b""
    return content


def _looked_at(content: bytes, size: int, wanted: str) -> tuple[str, SafeString, str, list[str]]:
    """Kind, tree, text, and what has to be said besides."""
    media_type = media.type_of(content)
    if media_type in PICTURES:
        return "picture", tree.NOTHING, "", []
    if media_type.startswith("audio/"):
        return "audio", tree.NOTHING, "", []
    if wanted == "binary" or not is_text(content):
        return "binary", tree.NOTHING, "", [] if wanted == "binary" else ["What came is no text."]
    text = content.decode("utf-8", "replace")
    if wanted == "text":
        return "text", tree.NOTHING, text, []
    if size > tree.LARGEST:
        return "text", tree.NOTHING, text, ["This is too much for a tree; its beginning is shown as text."]
    if found := tree.of(content):
        return "tree", found, text, []
    return "text", tree.NOTHING, text, ["This is no JSON that can be shown as a tree; here it is as text."]


def is_text(content: bytes) -> bool:
    """Whether a person can read it: UTF-8, perhaps cut within a character, without control characters."""
    head = content[:4096]
    if b"\x00" in head:
        return False
    return head.decode("utf-8", "replace").count("\ufffd") <= 1 + len(head) // 100


@endings.register(Run.Kind.CALL, RAW)
def run_fragment(run: Run, user: User) -> str:
    """The element `#run-<pk>` as it is now."""
    return render_to_string(f"{CONSOLE}#answer", {"shown": of(run), "run": run, "user": user})
