"""Configuration, model, and the parameters which the chosen model takes.

Only what was set is kept. An empty field means: not sent, the provider's default holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.http import QueryDict

from connector import catalogue
from connector.catalogue import Parameter
from connector.client import errors
from connector.models import Configuration, DeployedModel, choosing, offering
from connector.models.offering import Ending
from connector.operations import sending
from playground.parameters.fields import (
    OBJECT_FIELD,
    Control,
    ParameterField,
    as_typed,
    parted,
    sentence,
    takes_words,
)

PREFIX = "p_"  # before a parameter's name: `model` is the name of a parameter too
OTHER = "other:"  # the choice "another model", whose name is typed
BEFORE = "before"  # the configuration that the form was made for
RESET = "reset"  # the parameter whose button was pressed
USE = "use"  # the model whose button was pressed: what replaces one that ends
ANY_API = ""  # one that refuses nothing
MODELS_SHOWN = 500
MAX_NAME = 200  # characters


@dataclass(frozen=True)
class Start:
    """What stands in the form before anybody changes it."""

    configuration: int | None = None  # its pk
    model: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)  # by the API's names


class RequestForm(forms.Form):
    """Bound to what was posted, else as it starts; `user` limits the configurations to theirs.

    The template draws its fields: what they are called there is `name`, and `set-name` their id.
    """

    operation: str  # connector.operations' name of what is asked
    at = ""  # before the names and ids of its fields, where there are several such forms on a page

    configuration = forms.ChoiceField(
        error_messages={"invalid_choice": "This configuration may not be used any more. Choose another one."},
    )
    model = forms.ChoiceField(required=False)
    other_model = forms.CharField(max_length=MAX_NAME, required=False, label="Name of the model")

    def __init__(self, user: User, start: Start, data: QueryDict | None = None) -> None:
        self.start = start
        self.configurations = self._usable(user)
        self.chosen = self._chosen(data)
        super().__init__(self._amended(data), auto_id="set-%s", label_suffix="")
        self.model_name = self._model_name()
        self.known = self._taken(self.model_name)
        self.not_taken = self._not_taken()
        self._fill()

    def _usable(self, user: User) -> list[Configuration]:
        return list(Configuration.objects.for_user(user).prefetch_related("deployed_models"))

    def _chosen(self, data: QueryDict | None) -> Configuration | None:
        """The chosen configuration; where none is named yet, the first there is."""
        wanted = data.get("configuration", "") if data is not None else str(self.start.configuration or "")
        chosen = (c for c in self.configurations if str(c.pk) == wanted)
        return next(chosen, None) or (None if wanted else next(iter(self.configurations), None))

    def _amended(self, data: QueryDict | None) -> QueryDict | None:
        """What was posted, without what is to be reset. For another configuration than before, with a model of its."""
        if data is None:
            return None
        data = data.copy()
        for name in (reset := PREFIX + data.get(RESET, ""), reset + OBJECT_FIELD):
            data.pop(name, None)
        before = data.get(BEFORE, "")
        if use := data.get(USE):
            data["model"], data["other_model"] = use, ""
        if self.chosen and ((before and before != str(self.chosen.pk)) or not data.get("model")):
            data["model"] = self._carried(data) or self._default_model() or OTHER
            data["other_model"] = ""
        return data

    def _carried(self, data: QueryDict) -> str:
        """The model that goes along to another configuration: chosen, not merely the default of the one before, and
        served by the new one, too. "" for none."""
        before = next((c for c in self.configurations if str(c.pk) == data.get(BEFORE)), None)
        named = _named(data)
        return named if named in self.models and not (before and named == self._default_of(before)) else ""

    @cached_property
    def models(self) -> dict[str, DeployedModel]:
        """What the chosen configuration serves, by name."""
        rows = self.chosen.model_names(self.operation) if self.chosen else []
        return {row.name: row for row in rows[:MODELS_SHOWN]}

    def _default_model(self) -> str:
        return self._default_of(self.chosen) if self.chosen else ""

    def _model_name(self) -> str:
        return _named(self.data) if self.is_bound else self.start.model or self._default_model()

    @property
    def is_listed(self) -> bool:
        """Whether the model is one of the list, which it is not when its name is typed."""
        return self.model_name in self.models and not (self.is_bound and self.data.get("model") == OTHER)

    @cached_property
    def ending(self) -> Ending | None:
        """The model, when it ends soon. What is known of that is in memory, or fetched with the configurations."""
        if self.chosen is None or not self.model_name:
            return None
        return offering.ending(self.chosen, self.model_name, self.operation)

    @property
    def is_unnamed(self) -> bool:
        """Another model was chosen, whose name is not typed yet: where it is asked for, that is no mistake so far."""
        return self.is_bound and not self.model_name

    @cached_property
    def _api(self) -> str:
        """The catalogue's name of the chosen configuration's API; by its kind alone when its endpoint is wrong."""
        assert self.chosen is not None  # noqa: S101  # for the type checker; who asks looked
        try:
            return sending.api(self.chosen.parsed_endpoint())
        except errors.InvalidParameter:
            return sending.api(self.chosen.api_type)

    @cached_property
    def _entered(self) -> choosing.Known:
        """What an administrator entered about the model."""
        return choosing.known_of(self.chosen, self.model_name) if self.chosen and self.model_name else ("", None)

    def _taken(self, model: str) -> list[Parameter]:
        """What `model` takes; for a model without a name everything there is."""
        if self.chosen is None:
            return []
        family, overrides = self._entered if model else ("", None)
        return catalogue.parameters(self.operation, model, self._api, family, overrides, self._company())

    def _company(self) -> dict[str, Any]:
        """What is set, for parameters that are taken only together with others. The chat offers each by itself."""
        return {}

    def _not_taken(self) -> list[Parameter]:
        """What is set although the chosen model or its API does not take it: kept for the next one, and not sent."""
        known = {parameter.name for parameter in self.known}
        is_set = self.data if self.is_bound else {PREFIX + name: True for name in self.start.parameters}
        anywhere = {p.name: p for p in [*catalogue.parameters(self.operation, "", ANY_API), *self._taken("")]}
        return [p for name, p in anywhere.items() if name not in known and is_set.get(PREFIX + name)]

    def _fill(self) -> None:
        self.fields["configuration"].choices = [(str(c.pk), str(c)) for c in self.configurations]  # type: ignore[attr-defined]
        self.fields["model"].choices = [*((name, name) for name in self.models), (OTHER, OTHER)]  # type: ignore[attr-defined]
        self.initial = {PREFIX + name: as_typed(value) for name, value in self.start.parameters.items()}
        if self.is_bound:
            self.fields |= {PREFIX + p.name: self._field(p) for p in [*self.known, *self.not_taken]}

    def _field(self, parameter: Parameter) -> forms.Field:
        return ParameterField(parameter)

    @cached_property
    def parameters(self) -> list[Control]:
        """What the chosen model takes, as it stands in the form."""
        return [self._control(parameter) for parameter in self.known]

    @cached_property
    def waiting(self) -> list[Control]:
        """What is set although the chosen model does not take it."""
        return [self._control(parameter) for parameter in self.not_taken]

    def _control(self, parameter: Parameter) -> Control:
        name = PREFIX + parameter.name
        text, typed = str((self.data if self.is_bound else self.initial).get(name, "")), ""
        is_set = bool(text)
        if takes_words(parameter):
            if self.is_bound:
                is_set = bool(self.fields[name].widget.value_from_datadict(self.data, {}, name))
                typed = str(self.data.get(name + OBJECT_FIELD, ""))
            if not typed:
                text, typed = parted(parameter, text)
        return Control(
            parameter, self.at + name, text, typed, [str(error) for error in self.errors.get(name, ())], is_set
        )

    @property
    def set_ones(self) -> int:
        return sum(control.is_set for control in self.parameters)

    @property
    def advanced_ones(self) -> int:
        return sum(control.is_set for control in self.parameters if control.parameter.advanced)

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("model") == OTHER and not self.model_name:
            self.add_error("other_model", "Write the model's name, or choose one from the list.")
        if self.chosen is not None and not self.errors:
            self._check_ranges()
        return cleaned

    def _check_ranges(self) -> None:
        try:
            self._fit()
        except errors.InvalidParameter as error:
            field = PREFIX + str(error.facts["param"]).split(".")[0].split("[")[0]
            self.add_error(field if field in self.fields else None, sentence(error))

    def _fit(self) -> None:
        """Raises `errors.InvalidParameter` for a value that the API would refuse."""
        family, overrides = self._entered
        catalogue.fit(
            {"model": self.model_name, **self._values()},
            operation=self.operation,
            model=self.model_name,
            api=self._api,
            family=family,
            overrides=overrides,
        )

    def _values(self) -> dict[str, Any]:
        typed = {p.name: self.cleaned_data.get(PREFIX + p.name) for p in [*self.known, *self.not_taken]}
        return {name: value for name, value in typed.items() if value not in (None, "", [], {})}

    def values(self) -> dict[str, Any]:
        """What was chosen: configuration, model, parameters."""
        return {"configuration": self.chosen, "model": self.model_name, "parameters": self._values()}

    def _default_of(self, configuration: Configuration) -> str:
        """The model that is chosen while nobody chooses: the default, else the first that there is; "" without any."""
        return configuration.default_model(self.operation) or next(
            (row.name for row in configuration.model_names(self.operation)), ""
        )


def _named(data: Mapping[str, Any]) -> str:
    """The model in what was posted: chosen, or typed."""
    chosen = str(data.get("model", ""))
    return str(data.get("other_model", "")).strip()[:MAX_NAME] if chosen == OTHER else chosen
