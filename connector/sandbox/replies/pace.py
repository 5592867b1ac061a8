"""How fast the sandbox answers.

One clock for everything: a pace of 5000 tokens a second makes all of its waiting a hundred times shorter than the
human pace of 50, the wait for a late first byte too. Only what never comes stays that way.
"""

import asyncio
import math
from dataclasses import dataclass

HUMAN = 50.0  # tokens per second; about what a person sees from today's models
FIRST_TOKEN = 0.15  # seconds at the human pace
WHOLE = 0.5  # seconds at the human pace until an answer that is not streamed


@dataclass(slots=True)
class Pace:
    """`rate`: tokens per second; infinite for no waiting at all."""

    rate: float = HUMAN

    async def wait(self, seconds: float) -> None:
        """Waits `seconds` of the human pace, and lets others run in any case."""
        await asyncio.sleep(seconds * HUMAN / self.rate)

    def beat(self) -> "Beat":
        return Beat(1 / self.rate)


class Beat:
    """Beats kept against the clock, so that slow readers and late wake-ups do not add up."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.loop = asyncio.get_running_loop()
        self.next = self.loop.time()

    async def wait(self) -> None:
        if not self.seconds:
            await asyncio.sleep(0)  # an answer without delay must not hold up the event loop for its whole length
            return
        self.next += self.seconds
        await asyncio.sleep(max(0.0, self.next - self.loop.time()))


def parse(text: str) -> Pace | None:
    """The header `x-sandbox-pace`: tokens per second, `inf` for no waiting; None when it is not a positive number."""
    try:
        rate = float(text)
    except ValueError:
        return None
    return Pace(rate) if rate > 0 and not math.isnan(rate) else None


async def never() -> None:
    """Waits until the caller gives up."""
    await asyncio.Event().wait()
