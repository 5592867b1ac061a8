"""The studio's form: a prompt, and what the chosen model takes today, drawn as choices."""

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import User
from django.http import QueryDict

from connector import catalogue
from connector.catalogue import Parameter
from connector.client import errors
from connector.models import drawing
from connector.models.drawing import MOST_AT_ONCE, Prepared
from playground.chat.forms import TOKEN_LENGTH, TextField
from playground.parameters.fields import Control, ParameterField, sentence
from playground.parameters.form import PREFIX, RequestForm, Start

SIZE, COUNT = "size", "n"
OWN_SIZE = "own:"  # the choice "width x height", which are typed
WIDTH, HEIGHT = "_width", "_height"  # behind the name of the size: where they are typed
COUNTS = (1, 2, 3, 4, 6, 8, MOST_AT_ONCE)
MOST_AS_BUTTONS = 7  # options; more of them are a select
FRAME, BOX = 22, 18  # of the little picture of a shape: its side, and the longer side of the shape
ANYTHING = "…"  # a prompt to check a request with while nothing is typed
TIMES = "\N{THIN SPACE}\N{MULTIPLICATION SIGN}\N{THIN SPACE}"
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Option:
    """One way to answer a choice."""

    value: str
    words: str
    detail: str = ""
    is_chosen: bool = False
    shape: tuple[int, int] | None = None  # width and height, in any unit

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """x, y, width and height of the shape as it stands in the middle of a square of `FRAME`."""
        if self.shape is None:
            return None
        scale = BOX / max(self.shape)
        width, height = (round(side * scale, 1) for side in self.shape)
        return round((FRAME - width) / 2, 1), round((FRAME - height) / 2, 1), width, height


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter as the studio draws it."""

    control: Control
    options: list[Option]
    width: str = ""  # of a size of one's own
    height: str = ""
    takes_own_size: bool = False

    @property
    def kind(self) -> str:
        """`buttons`, or what the control says."""
        is_few = self.options and len(self.options) <= MOST_AS_BUTTONS
        return "buttons" if is_few and self.control.kind in ("select", "number", "text") else self.control.kind

    @property
    def parameter(self) -> Parameter:
        return self.control.parameter

    @property
    def is_own_size(self) -> bool:
        return self.takes_own_size and any(option.is_chosen for option in self.options[-1:])


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


class StudioForm(RequestForm):
    """`sends`: it was sent to be drawn, so that a prompt has to be there."""

    operation = "image_generations"
    address: ClassVar[str] = "playground:images_form"  # where another model's fields come from
    stand_ins: ClassVar[dict[str, Any]] = {}  # for files that go along: a request is checked before they are there

    prompt = TextField(
        strip=False, required=False, error_messages={"required": "Write what the picture shall show first."}
    )
    token = forms.CharField(max_length=TOKEN_LENGTH, required=False)

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

    def _company(self) -> dict[str, Any]:
        """A jpeg is compressed and a gif has frames, so these are offered once it is chosen."""
        if not self.is_bound:
            return self.start.parameters
        return {name.removeprefix(PREFIX): value for name, value in self.data.items() if name.startswith(PREFIX)}

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
        return catalogue.estimate(self.prepared.family, self.prepared.body) if self.prepared else None

    @property
    def main(self) -> list[Field]:
        return [self._drawn(control) for control in self.parameters if not control.parameter.advanced]

    @property
    def advanced(self) -> list[Field]:
        return [self._drawn(control) for control in self.parameters if control.parameter.advanced]

    def _drawn(self, control: Control) -> Field:
        parameter = control.parameter
        if parameter.name == COUNT:
            return Field(control, _options(control, [str(count) for count in COUNTS]))
        if parameter.name == SIZE and parameter.choices:
            return self._size(control)
        if parameter.kind == "boolean":
            return Field(control, _options(control, ["true", "false"], {"true": "Yes", "false": "No"}))
        return Field(control, _options(control, list(parameter.choices)) if parameter.kind == "choice" else [])

    def _size(self, control: Control) -> Field:
        """Named sizes, each with its shape, and where the model takes any size two fields for it."""
        parameter, text = control.parameter, control.text
        takes_own = parameter.kind == "text"
        own = _SIZE.fullmatch(text.strip())
        width, height = own.groups() if own and text not in parameter.choices else ("", "")
        if self.is_bound and text == OWN_SIZE:
            width, height = (str(self.data.get(control.name + side, "")) for side in (WIDTH, HEIGHT))
        is_own = takes_own and (text == OWN_SIZE or bool(text and text not in parameter.choices))
        options = [_as_size(option) for option in _options(control, list(parameter.choices), adds=not takes_own)]
        if takes_own:
            options.append(Option(OWN_SIZE, "Custom", "width by height", is_own))
        return Field(control, options, width, height, takes_own)

    @property
    def wish(self) -> dict[str, Any]:
        """What `GeneratedImage.objects.ask` takes."""
        return self.values() | {"prompt": self.cleaned_data["prompt"], "token": self.cleaned_data["token"]}


def _options(
    control: Control, values: list[str], words: Mapping[str, str] | None = None, *, adds: bool = True
) -> list[Option]:
    """The options of a choice, the provider's default without a value: then it is not sent.

    `adds`: what is set and not among `values` becomes an option too, so that nothing set is lost on the way to a
    model that does not have it.
    """
    default, text = control.default, control.text
    options = []
    if default not in values:
        options.append(Option("", "Default", is_chosen=not text))
    for value in values:
        is_default = value == default
        options.append(
            Option(
                "" if is_default and text != value else value,
                (words or {}).get(value) or _in_words(value),
                "default" if is_default else "",
                is_chosen=value == text or (is_default and not text),
            )
        )
    if adds and text and not any(option.is_chosen for option in options):
        options.append(Option(text, _in_words(text), is_chosen=True))
    return options


def _as_size(option: Option) -> Option:
    found = _SIZE.fullmatch(option.value or option.words)
    if not found:
        return Option(option.value, option.words, "by the model", option.is_chosen)
    width, height = int(found[1]), int(found[2])
    name = "Square" if width == height else "Landscape" if width > height else "Portrait"
    return Option(option.value, name, f"{width}{TIMES}{height}", option.is_chosen, (width, height))


def _in_words(value: str) -> str:
    """`png` → `PNG`, `low` → `Low`."""
    return WORDS.get(value) or value[:1].upper() + value[1:]


WORDS = {
    **{name: name.upper() for name in ("png", "jpeg", "gif", "svg", "hd")},
    "webp": "WebP",
    "xhigh": "X-high",
    "b64_json": "In the answer",
    "url": "As a link",
}
