"""How often a reader is told that a text has grown.

A frame costs about the same whether it carries one token or fifty: rendering its tail, writing it out, waking the
reader. Few readers get 20 frames a second, which looks like typing. Many share a fixed number of frames, so that
the processor's time per token stays the same whether 1 or 500 answers are being written.
"""

FASTEST = 0.05  # seconds between two frames of a reader
SLOWEST = 1.0
FRAMES_A_SECOND = 250  # of all readers in this process together

_readers = 0


class Reading:
    """`with Reading() as reading: await sleep(reading.interval)`: counts a reader while it reads."""

    def __enter__(self) -> "Reading":
        global _readers
        _readers += 1
        return self

    def __exit__(self, *_: object) -> None:
        global _readers
        _readers -= 1

    @property
    def interval(self) -> float:
        """Seconds until the next frame, as things are now."""
        return min(SLOWEST, max(FASTEST, _readers / FRAMES_A_SECOND))
