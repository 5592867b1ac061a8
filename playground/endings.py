"""How a run looks when it has ended: each page that shows runs says here how it draws its own."""

from collections.abc import Callable

from django.contrib.auth.models import User

from connector.models import Run

type Draw = Callable[[Run, User], str]

_ENDINGS: dict[str, Draw] = {}


def register(kind: str, *operations: str) -> Callable[[Draw], Draw]:
    """Draw the ended runs of `kind`, or only those of some `operations`. The run's configuration is fetched."""

    def keep(draw: Draw) -> Draw:
        _ENDINGS.update(dict.fromkeys([f"{kind}:{operation}" for operation in operations] or [kind], draw))
        return draw

    return keep


def of(run: Run) -> Draw:
    """Raises `LookupError` for a run that no page shows."""
    return _ENDINGS.get(f"{run.kind}:{run.operation}") or _ENDINGS[run.kind]
