"""Takes the key of a request out of its answer, as the answer comes: some servers repeat what they were asked with.

Whoever may ask may read the answer, and nobody may read the key (`docs/decisions/0010`). What is cut between two pieces
is found as well: what may be the beginning of the key waits for the next one.
"""

from typing import Any

from connector.client.masking import HIDDEN, SHORTEST
from connector.client.secret import Secret


class Hider:
    """`feed` it text, or bytes, in their order, and ask for the `rest` at the end."""

    def __init__(self, secret: Secret | None) -> None:
        self._secret = secret
        self._held: Any = None  # of the kind that it is fed

    def feed[T: (str, bytes)](self, piece: T) -> T:
        if self._secret is None:
            return piece
        is_bytes = isinstance(piece, bytes)
        key: Any = self._secret.reveal().encode() if is_bytes else self._secret.reveal()
        if len(key) < SHORTEST:  # a word such as EMPTY, which may stand anywhere
            return piece
        content: Any = self._held + piece if self._held else piece
        if len(content) >= len(key) and key in content:
            content = content.replace(key, HIDDEN.encode() if is_bytes else HIDDEN)
        at = content.find(key[:1], max(0, len(content) - len(key) + 1))
        while at >= 0 and not key.startswith(content[at:]):
            at = content.find(key[:1], at + 1)
        if at < 0:
            self._held = None
            return content  # type: ignore[no-any-return]  # as it came
        self._held = content[at:]
        return content[:at]  # type: ignore[no-any-return]  # likewise

    def rest(self) -> Any:
        """What still waits; None when nothing does."""
        held, self._held = self._held, None
        return held

    def whole[T: (str, bytes)](self, content: T) -> T:
        """All of it at once."""
        begin = self.feed(content)
        rest = self.rest()
        return begin + rest if rest else begin
