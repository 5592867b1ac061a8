"""A request's form as its page draws it: few choices as buttons, many as a select, numbers and texts as fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms

from connector.catalogue import Parameter
from playground.chat.forms import TOKEN_LENGTH
from playground.parameters.fields import Control
from playground.parameters.form import PREFIX, RequestForm

COUNT = "n"
COUNTS = ("1", "2", "3", "4", "6", "8", "10")
MOST_AS_BUTTONS = 7  # options; more of them are a select
FRAME, BOX = 22, 18  # of the little picture of a shape: its side, and the longer side of the shape


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
    is_few: bool = False  # its options are buttons, whatever its control is otherwise

    @property
    def kind(self) -> str:
        """`buttons`, or what the control says."""
        are_few = self.options and len(self.options) <= MOST_AS_BUTTONS
        can_be = self.is_few or self.control.kind in ("select", "number", "text")
        return "buttons" if are_few and can_be else self.control.kind

    @property
    def parameter(self) -> Parameter:
        return self.control.parameter

    @property
    def is_own_size(self) -> bool:
        return self.takes_own_size and any(option.is_chosen for option in self.options[-1:])


class DrawnForm(RequestForm):
    """A form of `templates/playground/choices.html`, with the fields of what is asked besides.

    address: the view that draws the form anew after another model or value was chosen. label: what its page says of
    the sandbox.
    """

    address: ClassVar[str]
    label: ClassVar[str] = "Its answers are made up on this server and cost nothing."

    token = forms.CharField(max_length=TOKEN_LENGTH, required=False)

    def _company(self) -> dict[str, Any]:
        """A jpeg is compressed and a gif has frames, so these are offered once it is chosen."""
        if not self.is_bound:
            return self.start.parameters
        return {name.removeprefix(PREFIX): value for name, value in self.data.items() if name.startswith(PREFIX)}

    @property
    def main(self) -> list[Field]:
        return [self._drawn(control) for control in self.parameters if not control.parameter.advanced]

    @property
    def advanced(self) -> list[Field]:
        return [self._drawn(control) for control in self.parameters if control.parameter.advanced]

    def _drawn(self, control: Control) -> Field:
        parameter = control.parameter
        if parameter.name == COUNT:
            return Field(control, options(control, list(COUNTS)))
        if parameter.kind == "boolean":
            return Field(control, options(control, ["true", "false"], {"true": "Yes", "false": "No"}))
        return Field(control, options(control, list(parameter.choices)) if parameter.kind == "choice" else [])


def options(
    control: Control, values: list[str], words: Mapping[str, str] | None = None, *, adds: bool = True
) -> list[Option]:
    """The options of a choice, the provider's default without a value: then it is not sent.

    `adds`: what is set and not among `values` becomes an option too, so that nothing set is lost on the way to a
    model that does not have it.
    """
    default, text = control.default, control.text
    found = []
    if default not in values:
        found.append(Option("", "Default", is_chosen=not text))
    for value in values:
        is_default = value == default
        found.append(
            Option(
                "" if is_default and text != value else value,
                (words or {}).get(value) or _in_words(value),
                "default" if is_default else "",
                is_chosen=value == text or (is_default and not text),
            )
        )
    if adds and text and not any(option.is_chosen for option in found):
        found.append(Option(text, _in_words(text), is_chosen=True))
    return found


def _in_words(value: str) -> str:
    """`png` → `PNG`, `low` → `Low`."""
    return WORDS.get(value) or value[:1].upper() + value[1:]


WORDS = {
    **{name: name.upper() for name in ("png", "jpeg", "gif", "svg", "hd", "mp3", "aac", "flac", "wav", "pcm")},
    "webp": "WebP",
    "xhigh": "X-high",
    "b64_json": "In the answer",
    "url": "As a link",
}
