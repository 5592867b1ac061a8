"""Every route of the installation, read from the URLconf: what an attacker would try one after the other."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

KINDS = {"restore": "deleted", "edit": "question", "messages": "answer", "runs": "run"}  # whose key the chat's take
PICTURES = {
    "images/deleted": "deletedimage",
    "images/inputs": "upload",
    "images/albums": "album",
    "images/runs": "drawing",
}
REQUESTS = {"runs": "request", "saved": "savedrequest"}
COMPARISONS = {"restore": "deletedcomparison", "runs": "columnrun"}

PROMPTS = {"answers": "promptanswer", "runs": "promptrun", "saved": "savedprompt"}
SOUNDS = {"speech": "speech", "takes": "take", "transcripts": "transcription", "runs": "speaking"}


@dataclass(frozen=True)
class Route:
    name: str  # with its namespace; "" where there is none
    path: str  # "/chat/<int:pk>/ask/"; a regular expression where the URLconf has one

    def at(self, value: object) -> str:
        """An address of this route with `value` in each of its holes."""
        path = self.path.replace("<slug:kind>", "curl")  # of code; what else stands there is not found
        path = path.replace("<str:file>", "vectors.csv")  # of what can be saved, likewise
        path = path.replace("<slug:which>", "request")  # of the bodies of a call, likewise
        filled = re.sub(r"<\w+:\w+>|<\w+>|\(\?P<\w+>(?:[^()]|\([^()]*\))*\)", str(value), path)
        return filled.rstrip("$")

    @property
    def has_a_hole(self) -> bool:
        return self.at("x") != self.path.rstrip("$")

    @property
    def kind(self) -> str:
        """Which of the target's rows an address of it is about."""
        if self.path.endswith("/<uuid:public_id>/small/"):
            return "image"
        if found := re.match(r"/admin/(?:connector|auth)/(\w+)/", self.path):
            return found[1]
        parts = self.path.strip("/").split("/")
        if parts[0] == "models":
            return "configuration"
        if parts[0] == "embeddings":
            return "embedding"
        if parts[0] == "files":
            return "upload"
        if parts[0] == "requests":
            return "deletedrequest" if parts[-1] == "restore" else REQUESTS.get(parts[1] if parts[1:] else "", "call")
        if parts[0] == "prompt":
            usual = "deletedprompt" if parts[-1] == "restore" else "prompt"
            return PROMPTS.get(parts[1] if parts[1:] else "", usual)
        if parts[0] == "audio":
            kind = SOUNDS.get(parts[1] if len(parts) > 1 else "", "speech")
            return f"deleted{kind}" if parts[-1] == "restore" else kind
        if parts[0] == "images":
            return "deletedimage" if parts[-1] == "restore" else PICTURES.get("/".join(parts[:2]), "image")
        if parts[0] == "compare":
            return next((COMPARISONS[part] for part in reversed(parts) if part in COMPARISONS), "comparison")
        return next((KINDS[part] for part in reversed(parts) if part in KINDS), "session")


def every_route() -> list[Route]:
    return list(_below(get_resolver().url_patterns, "/", ""))


def _below(patterns, path: str, name: str) -> Iterator[Route]:
    for entry in patterns:
        piece = str(entry.pattern)
        here = path + (piece if isinstance(entry.pattern, RoutePattern) else piece.removeprefix("^"))
        if isinstance(entry, URLResolver):
            yield from _below(entry.url_patterns, here, f"{name}{entry.namespace}:" if entry.namespace else name)
        elif isinstance(entry, URLPattern):
            yield Route(f"{name}{entry.name}" if entry.name else "", here)
