"""The prompt, and what one column asks it with."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import User
from django.http import QueryDict

from connector.catalogue import Parameter
from connector.models import Configuration, choosing
from playground.chat.forms import TOKEN_LENGTH, TextField
from playground.parameters.drawn import COUNT, DrawnForm
from playground.parameters.form import PREFIX, Start


class PromptForm(forms.Form):
    """`sends`: it was sent to be answered, so that a prompt has to be there."""

    prompt = TextField(strip=False, required=False, error_messages={"required": "Write what to ask first."})
    system_prompt = TextField(strip=False, required=False)
    blind = forms.BooleanField(required=False)
    token = forms.CharField(max_length=TOKEN_LENGTH, required=False)

    def __init__(self, data: QueryDict | None = None, *, sends: bool = False, **initial: Any) -> None:
        super().__init__(data, initial=initial, auto_id="%s", label_suffix="")
        self.fields["prompt"].required = sends


class ColumnForm(DrawnForm):
    """The column with the `number` (from 1); `data` are its fields alone, without what stands before their names."""

    operation = "chat_completions"
    address: ClassVar[str] = "playground:compare_form"

    def __init__(
        self,
        number: int,
        user: User,
        usable: Sequence[Configuration],
        start: Start | None = None,
        data: QueryDict | None = None,
    ) -> None:
        self.number, self.at = number, f"c{number}-"
        self._all = list(usable)
        if data is not None:
            data.pop(PREFIX + COUNT, None)
        super().__init__(user, start or Start(), data)

    def _usable(self, user: User) -> list[Configuration]:
        return self._all  # asked for once for all columns

    @cached_property
    def _entered(self) -> choosing.Known:
        """Fetched already, with the configurations."""
        rows = self.chosen.deployed_models.all() if self.chosen else []
        entry = next((row for row in rows if row.name == self.model_name), None)
        return (entry.family, entry.overrides) if entry else ("", None)

    def _taken(self, model: str) -> list[Parameter]:
        """A column has one answer: another one is another column's."""
        return [parameter for parameter in super()._taken(model) if parameter.name != COUNT]

    @property
    def is_wrong_inside(self) -> bool:
        """Whether a parameter is wrong, which stands in a fold."""
        return any(control.errors for control in self.parameters)
