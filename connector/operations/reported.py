"""An error that a provider reports inside an answer (status 200): what it says, whatever its shape."""

from typing import Any

from connector.client import errors

LONGEST = 500  # characters of a provider's message that are kept


def facts(reported: Any) -> dict[str, str]:
    """`message`, `provider_code` and `param` out of `{"message": …}`, `{"error": …}`, `{"detail": …}`, or a text."""
    if isinstance(reported, dict):
        inner = reported.get("error", reported.get("detail"))
        if inner and not reported.get("message"):
            return facts(inner)
        code = reported.get("code") or reported.get("type") or ""
        return {
            "message": str(reported.get("message") or code or "no reason was given")[:LONGEST],
            "provider_code": str(code)[:100],
            "param": str(reported.get("param") or "")[:100],
        }
    return {"message": str(reported)[:LONGEST] or "no reason was given"}


def bad_answer(reported: Any) -> errors.BadAnswer:
    """For an answer that should have been whole."""
    known = facts(reported)
    return errors.BadAnswer(reason=known["message"], **{k: v for k, v in known.items() if k != "message"})
