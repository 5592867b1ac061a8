"""The page's form: texts as lines or as a CSV, and what the chosen model takes."""

import contextlib
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import User
from django.http import QueryDict

from connector.client import errors
from connector.models import costing, requesting
from playground import money
from playground.embeddings import texts
from playground.embeddings.texts import Sheet, Texts, Unreadable
from playground.parameters.drawn import DrawnForm
from playground.parameters.form import Start

LINES, CSV = "lines", "csv"
LONGEST_BEGINNING = 120  # characters of the first text, by which a request is known
NOTHING_YET = {LINES: "Write the texts first, one on each line.", CSV: "Paste a CSV or upload one first."}
NOTHING = ("…",)  # a text to check a request with while none is typed


class EmbeddingsForm(DrawnForm):
    """`sends`: it was sent to be answered, so that there have to be texts. `problem`: what is wrong with a file that
    was uploaded, whose text would stand in the field for the CSV."""

    operation = "embeddings"
    address: ClassVar[str] = "playground:embeddings_form"  # where another model's fields come from
    label = "Its vectors are made of letters and words on this server and cost nothing; no meaning is in them."

    source = forms.ChoiceField(choices=[(LINES, "One per line"), (CSV, "CSV")], required=False)
    lines = forms.CharField(required=False, strip=False)
    csv = forms.CharField(required=False, strip=False)
    names = forms.BooleanField(required=False)  # the first line of the CSV has the names of its columns

    def __init__(
        self,
        user: User,
        start: Start,
        data: QueryDict | None = None,
        *,
        typed: dict[str, Any] | None = None,
        sends: bool = False,
        problem: str = "",
    ) -> None:
        self.sends, self.problem = sends, problem
        self.sheet: Sheet | None = None  # of a CSV that can be read
        self.found: Texts | None = None  # of texts that can be sent
        super().__init__(user, start, data)
        opens_with = {"source": LINES, "names": True} | (typed or {})
        self.initial.update(opens_with)
        if data is None:
            with contextlib.suppress(Unreadable):
                self._read(opens_with)

    @property
    def is_csv(self) -> bool:
        return bool(self["source"].value() == CSV)

    @property
    def columns(self) -> list[tuple[int, str, bool, bool]]:
        """Of the CSV: number, name, whether it has the texts, and whether it has the labels."""
        if self.sheet is None:
            return []
        text, label = self._columns()
        return [(place, name, place == text, place == label) for place, name in enumerate(self.sheet.names)]

    @property
    def columns_in_words(self) -> str:
        """What a choice of columns was made for: of another CSV it means nothing."""
        return " | ".join(self.sheet.names)[:500] if self.sheet else ""

    @property
    def needs_columns(self) -> bool:
        return self.is_csv and len(self.columns) > 1

    @property
    def count(self) -> int:
        return len(self.found.texts) if self.found else 0

    @property
    def price(self) -> str:
        """What is typed costs about that much; "" where the price is not known."""
        if self.found is None or self.chosen is None:
            return ""
        usage = {"prompt_tokens": self.found.tokens}
        total = costing.cost_of(self.chosen, self.model_name, self.operation, usage).total
        return "" if total is None else money.dollars(total)

    def clean(self) -> dict[str, Any]:
        field = CSV if self.cleaned_data.get("source") == CSV else LINES
        try:
            if self.problem:
                raise Unreadable(self.problem)
            self._read(self.cleaned_data)
        except Unreadable as error:
            self.add_error(field, str(error))
        if self.sends and not self.count and field not in self.errors:
            self.add_error(field, NOTHING_YET[field])
        return super().clean()

    def _read(self, typed: dict[str, Any]) -> None:
        """Raises `Unreadable`."""
        if typed.get("source") != CSV:
            self.found = texts.lines(str(typed.get("lines") or ""))
        elif str(typed.get("csv") or "").strip():
            self.sheet = texts.sheet(str(typed["csv"]), bool(typed.get("names")))
            self.found = self.sheet.texts(*self._columns())

    def _columns(self) -> tuple[int, int | None]:
        """The columns of the texts and of the labels as they were chosen for this CSV; else by their names."""
        assert self.sheet is not None  # noqa: S101  # for the type checker; who asks looked
        chosen = self.data if self.is_bound and self.data.get("of") == self.columns_in_words else {}
        there = {str(place): place for place in range(len(self.sheet.names))}
        text = there.get(str(chosen.get("column", "")), self.sheet.text_column)
        guess = None if "labels" in chosen else self.sheet.guess(texts.LABEL_COLUMNS)
        label = there.get(str(chosen.get("labels", "")), guess)
        return text, label if label != text else None

    def _values(self) -> dict[str, Any]:
        """Without what the model does not take: vectors of another length than was wanted would mislead."""
        taken = {parameter.name for parameter in self.known}
        return {name: value for name, value in super()._values().items() if name in taken}

    def _fit(self) -> None:
        """As the connector will do it."""
        assert self.chosen is not None  # noqa: S101  # for the type checker; who asks looked
        given = self._values() | {"input": list(self.found.texts) if self.count and self.found else [*NOTHING]}
        try:
            requesting.prepare(self.chosen, self.operation, given, self.model_name)
        except errors.NoModel as error:
            self.add_error("model", f"{error.what} {error.todo}")

    @property
    def wish(self) -> dict[str, Any]:
        """What `requesting.ask` takes."""
        assert self.found is not None  # noqa: S101  # for the type checker; a valid form has texts
        values = self.values()
        about = {"begins": self.found.texts[0].strip()[:LONGEST_BEGINNING]}
        return {
            "configuration": values["configuration"],
            "operation": self.operation,
            "parameters": values["parameters"] | {"input": list(self.found.texts)},
            "model": values["model"],
            "about": about | ({"labels": list(self.found.labels)} if any(self.found.labels) else {}),
            "token": self.cleaned_data["token"],
        }
