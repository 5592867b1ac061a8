"""Headers of an answer: those that matter first, and without those that only administrators know."""

from collections.abc import Mapping

type Pairs = list[tuple[str, str]]

IMPORTANT = (
    "content-type",
    "x-request-id",
    "apim-request-id",
    "openai-processing-ms",
    "retry-after",
    "retry-after-ms",
    "openai-version",
)
# whose account it is, where it lives (`docs/decisions/0010`), and what is nobody's business
HIDDEN = {"openai-organization", "openai-project", "set-cookie", "location", "content-location", "alt-svc", "report-to"}


def parted(given: Mapping[str, str]) -> tuple[Pairs, Pairs]:
    """Those that matter (request id, processing time, rate limits), and the others."""
    shown = {name.lower(): str(value) for name, value in given.items() if name.lower() not in HIDDEN}
    limits = sorted(name for name in shown if name.startswith("x-ratelimit-"))
    important = [(name, shown[name]) for name in (*IMPORTANT, *limits) if name in shown]
    taken = {name for name, _ in important}
    return important, sorted((name, value) for name, value in shown.items() if name not in taken)
