"""How long to wait and how much to take, for one call. Operations have their own, a configuration may change them."""

from dataclasses import dataclass

MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Times in seconds, sizes in bytes."""

    connect: float = 5.0  # until there is a connection: name, TCP and TLS, per attempt
    first_byte: float = 60.0  # from there to the status line, per attempt
    idle: float = 60.0  # between two pieces of an answer
    total: float = 600.0  # the whole call, attempts and waits included
    attempts: int = 3  # the first one included
    waiting: float = 30.0  # all waits between attempts together
    longest_wait: float = 20.0  # what a provider may ask us to wait in silence; above, the person is told
    answer_bytes: int = 10 * MB  # of an answer that comes as a whole
    stream_bytes: int = 50 * MB  # of a stream, all together
    event_bytes: int = 4 * MB
    line_bytes: int = 1 * MB


def readable(size: int) -> str:
    """`size` in bytes for a person, with three digits that count: 2 GB, 1.23 MB, 64 kB."""
    for unit, factor in (("GB", 1_000 * MB), ("MB", MB), ("kB", 1_000)):
        if size >= factor:
            number = size / factor
            return f"{number:.0f} {unit}" if number >= 100 else f"{number:.3g} {unit}"
    return f"{size} byte{'' if size == 1 else 's'}"
