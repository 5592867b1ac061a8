"""A long text, to watch how a page bears one."""

import random

WORDS = 2000

_TITLES = (
    "The morning watch", "What the log says", "Weather from the west", "A letter not sent", "The lamp room",
    "Stairs", "Boats that pass", "The other shore", "A visit", "Fog", "Small repairs", "The evening watch",
)  # fmt: skip

SENTENCES = (
    "The keeper climbs the stairs before the light has left the room below.",
    "Nobody has counted the steps twice and found the same number.",
    "Each pane of the lantern is wiped from the top, so that nothing runs over what is already clean.",
    "In the log there is a line for every hour, and most of them say the same.",
    "A ship that is seen is written down; a ship that is only heard is written down with a question mark.",
    "The wind turned in the night, and with it the sound of everything.",
    "There is a table by the window with a lamp of its own, which is lit only for letters.",
    "Whoever comes by boat has to wait for the third wave and then be quick.",
    "The gulls know the hour of the bread better than the clock does.",
    "When the fog comes in, the island becomes as small as the ground around one's feet.",
    "Oil, wicks, matches, flour: the list has not changed in forty years, except for its prices.",
    "It is said that the first keeper planted the tree, and that the second moved it.",
    "A lamp is a simple thing as long as it burns.",
    "From the gallery one can see the weather an hour before it arrives.",
    "The inspector writes his name in the book and beneath it that all is in order.",
    "On clear evenings the other light answers from across the strait, two short and one long.",
    "Nothing here is locked, because there is nobody who could come unseen.",
    "The bell was cast for a church that was never built.",
    "Rain is collected from the roof, and what the roof gives tastes of slate.",
    "There are days on which the sea is so quiet that one hears the clock from outside.",
    "A rope that is not in use is coiled, and a rope that is in use is watched.",
    "What the tide brings belongs to the one who carries it up.",
    "The radio speaks of places that the keeper knows only from their weather.",
    "Paint lasts three winters on the side of the land and one on the side of the sea.",
    "In the drawer lies a whistle that has not been needed so far.",
    "The visitor asked how one bears the silence, and got no answer for a while.",
    "Every light has its own rhythm, so that a captain can tell where he is without a word.",
    "The garden behind the wall is four steps long and grows what it can.",
    "At midnight the weights are wound up again, and the lens goes on turning.",
    "In the end it is the small repairs that keep a large thing standing.",
)


def write(chance: random.Random, words: int = WORDS) -> str:
    """About `words` words in paragraphs under headings; another text for another chance."""
    parts = ["# The keeper's year"]
    written = 0
    while written < words:
        if len(parts) % 4 == 1:
            parts.append(f"## {len(parts) // 4 + 1}. {_TITLES[len(parts) // 4 % len(_TITLES)]}")
            continue
        paragraph = " ".join(chance.sample(SENTENCES, chance.randint(4, 7)))
        parts.append(paragraph)
        written += len(paragraph.split())
    return "\n\n".join(parts) + "\n"
