"""Keys of rows as they stand in addresses and forms, where anybody may write anything."""

MOST_DIGITS = 18  # of a key that every database takes


def parse(text: str) -> int | None:
    """The number that `text` is; None for what can be no key."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
