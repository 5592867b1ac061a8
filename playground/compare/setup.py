"""All columns of the form. What was posted has their number as `columns`, and `c1-`, `c2-` … before their fields."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.http import QueryDict

from connector.models import Comparison, Configuration
from connector.models.comparison import FEWEST, MOST
from playground import keys
from playground.compare.forms import ColumnForm, PromptForm
from playground.parameters.form import Start


@dataclass(frozen=True)
class Setup:
    """The form: its prompt and its columns."""

    prompt: PromptForm
    columns: Sequence[ColumnForm]
    fewest: int = FEWEST
    most: int = MOST

    @property
    def configurations(self) -> Sequence[Configuration]:
        return self.columns[0].configurations

    @property
    def is_valid(self) -> bool:
        valid = [form.is_valid() for form in (self.prompt, *self.columns)]  # each of them says what is wrong
        return all(valid)

    @property
    def wrong(self) -> str:
        """The first thing that is wrong in a column, with the column's number."""
        for column in self.columns:
            for texts in column.errors.values():
                return f"Column {column.number}: {texts[0]}"
        return ""

    @property
    def wish(self) -> dict[str, Any]:
        """What `Comparison.objects.begin` takes."""
        return self.prompt.cleaned_data | {"columns": [column.values() for column in self.columns]}


def usable(user: User) -> list[Configuration]:
    return list(Configuration.objects.for_user(user).prefetch_related("deployed_models"))


def opened(user: User, comparison: Comparison | None, **prompt: Any) -> Setup:
    """As the page opens: with the columns of `comparison`, else with the first two models there are."""
    known = usable(user)
    if comparison is None:
        columns = [ColumnForm(1, user, known)]
        columns.append(ColumnForm(2, user, known, _another(columns)))
    else:
        starts = [_start(settings, known) for settings in comparison.settings_of_columns()]
        columns = [ColumnForm(number, user, known, start) for number, start in enumerate(starts, 1)]
    return Setup(PromptForm(**prompt), columns)


def posted(user: User, data: QueryDict, *, sends: bool = False) -> Setup:
    """What was posted, after the change whose button was pressed: `add`, `copy-2` or `remove-2`."""
    known, parts = usable(user), _parts(data)
    change, _, which = data.get("change", "").partition("-")
    place = (keys.parse(which) or 0) - 1
    if change == "remove" and len(parts) > FEWEST and 0 <= place < len(parts):
        del parts[place]
    elif change == "copy" and len(parts) < MOST and 0 <= place < len(parts):
        parts.insert(place + 1, parts[place].copy())
    columns = [ColumnForm(number, user, known, data=part) for number, part in enumerate(parts, 1)]
    if change == "add" and len(columns) < MOST:
        columns.append(ColumnForm(len(columns) + 1, user, known, _another(columns)))
    return Setup(PromptForm(data, sends=sends), columns)


def one_posted(user: User, data: QueryDict, number: int) -> ColumnForm | None:
    """One column of what was posted; None when there is no such column."""
    parts = _parts(data)
    return ColumnForm(number, user, usable(user), data=parts[number - 1]) if 1 <= number <= len(parts) else None


def _parts(data: QueryDict) -> list[QueryDict]:
    count = min(max(keys.parse(data.get("columns", "")) or 0, FEWEST), MOST)
    return [_part(data, f"c{number}-") for number in range(1, count + 1)]


def _part(data: QueryDict, at: str) -> QueryDict:
    part = QueryDict(mutable=True)
    for name in data:
        if name.startswith(at):
            part.setlist(name.removeprefix(at), data.getlist(name))
    return part


def _start(settings: dict[str, Any], known: Iterable[Configuration]) -> Start:
    """As a column was asked; a configuration that may not be used any more is not gone back to."""
    configuration = settings["configuration"]
    if configuration not in known:
        return Start(parameters=settings["parameters"])
    return Start(configuration.pk, settings["model"], settings["parameters"])


def _another(columns: Sequence[ColumnForm]) -> Start:
    """A column beside these: the next model of the last one's configuration that none of them has."""
    last = columns[-1]
    taken = {column.model_name for column in columns if column.chosen == last.chosen}
    model = next((name for name in last.models if name not in taken), "")
    return Start(last.chosen.pk if last.chosen else None, model)
