"""The studio's form: a prompt, and what the chosen model takes today, drawn as choices."""

import contextlib
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import User
from django.http import QueryDict

from connector import catalogue
from connector.catalogue import Parameter
from connector.client import errors
from connector.models import costing, drawing
from connector.models.drawing import Prepared
from playground.chat.forms import TextField
from playground.parameters.drawn import DrawnForm, Field, Option, options
from playground.parameters.fields import Control, ParameterField, sentence
from playground.parameters.form import Start

SIZE = "size"
OWN_SIZE = "own:"  # the choice "width x height", which are typed
WIDTH, HEIGHT = "_width", "_height"  # behind the name of the size: where they are typed
ANYTHING = "…"  # a prompt to check a request with while nothing is typed
TIMES = "\N{THIN SPACE}\N{MULTIPLICATION SIGN}\N{THIN SPACE}"
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})", re.ASCII)


class SizeInput(forms.TextInput):
    """Reads the choice, and the two numbers of a size of one's own, as one text."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> str:  # Any: as Django has them
        chosen = str(data.get(name, ""))
        if chosen != OWN_SIZE:
            return chosen
        width, height = (str(data.get(name + side, "")).strip() for side in (WIDTH, HEIGHT))
        return f"{width}x{height}"


class SizeField(ParameterField):
    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter)
        self.widget = SizeInput()


class StudioForm(DrawnForm):
    """`sends`: it was sent to be drawn, so that a prompt has to be there."""

    operation = "image_generations"
    address: ClassVar[str] = "playground:images_form"  # where another model's fields come from
    label = "Its pictures are drawn on this server and cost nothing."
    stand_ins: ClassVar[dict[str, Any]] = {}  # for files that go along: a request is checked before they are there

    prompt = TextField(
        strip=False, required=False, error_messages={"required": "Write what the picture shall show first."}
    )

    def __init__(
        self, user: User, start: Start, data: QueryDict | None = None, *, prompt: str = "", sends: bool = False
    ) -> None:
        self.prepared: Prepared | None = None  # the request as it would be sent, once it was checked
        super().__init__(user, start, data)
        self.initial["prompt"] = prompt
        self.fields["prompt"].required = sends
        if data is None:
            self._look_ahead()

    def _look_ahead(self) -> None:
        """At the request that would be sent as the form opens, for its price."""
        if self.chosen is not None:
            with contextlib.suppress(errors.NotSent):
                values = self.start.parameters
                self.prepared = drawing.prepare(
                    self.chosen, self.operation, ANYTHING, self.model_name, values, self.stand_ins
                )

    def _field(self, parameter: Parameter) -> forms.Field:
        return SizeField(parameter) if parameter.name == SIZE else super()._field(parameter)

    def _fit(self) -> None:
        """As the connector will do it: it draws more pictures than the model does at once by several requests."""
        assert self.chosen is not None  # noqa: S101  # for the type checker; who asks looked
        prompt = self.cleaned_data.get("prompt") or ANYTHING
        try:
            self.prepared = drawing.prepare(
                self.chosen, self.operation, prompt, self.model_name, self._values(), self.stand_ins
            )
        except errors.InvalidParameter as error:
            if error.facts["param"] != "prompt":
                raise
            self.add_error("prompt", sentence(error))
        except errors.NoModel as error:
            self.add_error("model", f"{error.what} {error.todo}")

    @property
    def pictures(self) -> int:
        """How many pictures it asks for."""
        return self.prepared.count if self.prepared else 1

    @property
    def price(self) -> Decimal | None:
        """US dollars for all of them; None where the price is not known before."""
        return catalogue.estimate(self._priced, self.prepared.body) if self.prepared else None

    @property
    def is_priced(self) -> bool:
        """Whether it will be known after."""
        return bool(self._priced and self._priced.price)

    @cached_property
    def _priced(self) -> catalogue.Family | None:
        return costing.priced(self.chosen, self.prepared.model) if self.chosen and self.prepared else None

    def _drawn(self, control: Control) -> Field:
        is_size = control.parameter.name == SIZE and control.parameter.choices
        return self._size(control) if is_size else super()._drawn(control)

    def _size(self, control: Control) -> Field:
        """Named sizes, each with its shape, and where the model takes any size two fields for it."""
        parameter, text = control.parameter, control.text
        takes_own = parameter.kind == "text"
        own = _SIZE.fullmatch(text.strip())
        width, height = own.groups() if own and text not in parameter.choices else ("", "")
        if self.is_bound and text == OWN_SIZE:
            width, height = (str(self.data.get(control.name + side, "")) for side in (WIDTH, HEIGHT))
        is_own = takes_own and (text == OWN_SIZE or bool(text and text not in parameter.choices))
        found = [_as_size(option) for option in options(control, list(parameter.choices), adds=not takes_own)]
        if takes_own:
            found.append(Option(OWN_SIZE, "Custom", "width by height", is_own))
        return Field(control, found, width, height, takes_own)

    @property
    def wish(self) -> dict[str, Any]:
        """What `GeneratedImage.objects.ask` takes."""
        return self.values() | {"prompt": self.cleaned_data["prompt"], "token": self.cleaned_data["token"]}


def _as_size(option: Option) -> Option:
    found = _SIZE.fullmatch(option.value or option.words)
    if not found:
        return Option(option.value, option.words, "by the model", option.is_chosen)
    width, height = int(found[1]), int(found[2])
    name = "Square" if width == height else "Landscape" if width > height else "Portrait"
    return Option(option.value, name, f"{width}{TIMES}{height}", option.is_chosen, (width, height))
