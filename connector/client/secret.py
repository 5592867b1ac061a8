"""A key that does not print itself: masked in `repr`, `str` and formats, refused by `pickle` and JSON.

`reveal()` is called in one place, where the headers of a request are made. While a `Secret` lives, `masking.mask`
knows it and takes it out of every log line and every text of a provider.
"""

from typing import NoReturn, Self

from connector.client import masking

MASKED = "…"


class Secret:
    __slots__ = ("__weakref__", "_value")

    def __init__(self, value: str) -> None:
        self._value = value
        masking.register(self)

    def reveal(self) -> str:
        """The key itself. Whoever calls this may neither keep it nor log it."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return f"Secret({MASKED!r})"

    def __str__(self) -> str:
        return MASKED

    def __format__(self, spec: str) -> str:
        return MASKED

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A secret is not pickled; store it with its configuration.")
