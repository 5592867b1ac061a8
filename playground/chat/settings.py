"""The inspector's form: configuration, model, system prompt, and the parameters which the chosen model takes.

Only what was set is kept. An empty field means: not sent, the provider's default holds.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.forms.boundfield import BoundField
from django.http import QueryDict

from connector import catalogue
from connector.catalogue import Parameter
from connector.client import errors
from connector.models import ChatCompletionsSession, Configuration, DeployedModel
from playground.chat.forms import TextField
from playground.chat.parameters import ParameterField, as_typed, sentence

OPERATION = "chat_completions"
PREFIX = "p_"  # before a parameter's name: `model` is the name of a parameter too
OTHER = "other:"  # the choice "another model", whose name is typed
BEFORE = "before"  # the configuration that the form was made for
RESET = "reset"  # the parameter whose button was pressed
MODELS_SHOWN = 500


class SettingsForm(forms.Form):
    """Bound to what was posted, else the session as it is; `user` limits the configurations to theirs."""

    configuration = forms.ChoiceField(
        widget=forms.Select({"class": "input"}),
        error_messages={"invalid_choice": "This configuration may not be used any more. Choose another one."},
    )
    model = forms.ChoiceField(required=False, widget=forms.Select({"class": "input"}))
    other_model = forms.CharField(
        max_length=200,
        required=False,
        label="Name of the model",
        widget=forms.TextInput({"class": "input", "spellcheck": "false", "autocapitalize": "none"}),
    )
    system_prompt = TextField(
        strip=False,
        required=False,
        widget=forms.Textarea({"class": "input", "rows": 3, "placeholder": "How the model should behave"}),
    )

    def __init__(
        self, user: User, session: ChatCompletionsSession, data: QueryDict | None = None, form: str = ""
    ) -> None:
        """`form`: the id of the HTML form that its fields belong to, when they stand outside of it."""
        self.session = session
        self.configurations = list(Configuration.objects.for_user(user).prefetch_related("deployed_models"))
        self.chosen = self._chosen(data)
        super().__init__(self._amended(data), auto_id="set-%s", label_suffix="")
        self.model_name = self._model_name()
        self.known = self._taken(self.model_name)
        self.not_taken = self._not_taken()
        self._fill()
        for field in self.fields.values() if form else ():
            field.widget.attrs["form"] = form

    def _chosen(self, data: QueryDict | None) -> Configuration | None:
        """The chosen configuration; for a new session that names none yet, the first there is."""
        wanted = data.get("configuration", "") if data is not None else str(self.session.configuration_id or "")
        chosen = (c for c in self.configurations if str(c.pk) == wanted)
        return next(chosen, None) or (None if wanted else next(iter(self.configurations), None))

    def _amended(self, data: QueryDict | None) -> QueryDict | None:
        """What was posted, without what is to be reset. A model is not carried over to another configuration: the new
        one's default takes its place."""
        if data is None:
            return None
        data = data.copy()
        data.pop(PREFIX + data.get(RESET, ""), None)
        before = data.get(BEFORE, "")
        if self.chosen and ((before and before != str(self.chosen.pk)) or not data.get("model")):
            data["model"] = self._default_model() or OTHER
            data["other_model"] = ""
        return data

    @cached_property
    def models(self) -> dict[str, DeployedModel]:
        """What the chosen configuration serves, by name."""
        rows = self.chosen.model_names(OPERATION) if self.chosen else []
        return {row.name: row for row in rows[:MODELS_SHOWN]}

    def _default_model(self) -> str:
        default = self.chosen.default_model(OPERATION) if self.chosen else ""
        return default or next(iter(self.models), "")

    def _model_name(self) -> str:
        if not self.is_bound:
            return self.session.model or self._default_model()
        chosen = str(self.data.get("model", ""))
        return str(self.data.get("other_model", "")).strip()[:200] if chosen == OTHER else chosen

    @property
    def is_unnamed(self) -> bool:
        """Another model was chosen, whose name is not typed yet: where it is asked for, that is no mistake so far."""
        return self.is_bound and not self.model_name

    @property
    def family(self) -> str:
        row = self.models.get(self.model_name)
        return row.family if row else ""

    def _taken(self, model: str) -> list[Parameter]:
        """What `model` takes; for a model without a name everything there is."""
        if self.chosen is None:
            return []
        return catalogue.parameters(OPERATION, model, self.chosen.api_type, self.family if model else "")

    def _not_taken(self) -> list[Parameter]:
        """What is set although the chosen model does not take it: kept for the next model, and not sent."""
        known = {parameter.name for parameter in self.known}
        is_set = self.data if self.is_bound else {PREFIX + name: True for name in self.session.parameters}
        others = (parameter for parameter in self._taken("") if parameter.name not in known)
        return [parameter for parameter in others if is_set.get(PREFIX + parameter.name)]

    def _fill(self) -> None:
        theirs = [(str(c.pk), str(c)) for c in self.configurations]
        if self.chosen is None:  # the one that was chosen may not be used any more
            theirs.insert(0, ("", "Choose a configuration"))
        self.fields["configuration"].choices = theirs  # type: ignore[attr-defined]
        self.fields["model"].choices = [*((name, name) for name in self.models), (OTHER, "Another model…")]  # type: ignore[attr-defined]
        listed = self.model_name in self.models
        self.initial = {
            "configuration": str(self.chosen.pk) if self.chosen else "",
            "model": self.model_name if listed else OTHER,
            "other_model": "" if listed else self.model_name,
            "system_prompt": self.session.system_prompt,
            **{PREFIX + name: as_typed(value) for name, value in self.session.parameters.items()},
        }
        self.fields |= {PREFIX + parameter.name: ParameterField(parameter) for parameter in self.known}
        self.fields |= {PREFIX + parameter.name: ParameterField(parameter, hidden=True) for parameter in self.not_taken}

    @property
    def parameters(self) -> Iterator[tuple[Parameter, BoundField, bool]]:
        """Each parameter with its field, and whether it is set."""
        for parameter in self.known:
            field = self[PREFIX + parameter.name]
            yield parameter, field, field.value() not in (None, "")

    @property
    def waiting(self) -> Iterator[tuple[Parameter, BoundField]]:
        """The parameters that are set and not taken, with their fields."""
        return ((parameter, self[PREFIX + parameter.name]) for parameter in self.not_taken)

    @property
    def set_ones(self) -> int:
        return sum(is_set for _, _, is_set in self.parameters)

    @property
    def advanced_ones(self) -> int:
        return sum(is_set for parameter, _, is_set in self.parameters if parameter.advanced)

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("model") == OTHER and not self.model_name:
            self.add_error("other_model", "Write the model's name, or choose one from the list.")
        if self.chosen is not None and not self.errors:
            self._check_ranges()
        return cleaned

    def _check_ranges(self) -> None:
        assert self.chosen is not None  # noqa: S101  # for the type checker; clean() looked
        try:
            catalogue.fit(
                {"model": self.model_name, **self._values()},
                operation=OPERATION,
                model=self.model_name,
                api=self.chosen.api_type,
                family=self.family,
            )
        except errors.InvalidParameter as error:
            field = PREFIX + str(error.facts["param"]).split(".")[0].split("[")[0]
            self.add_error(field if field in self.fields else None, sentence(error))

    def _values(self) -> dict[str, Any]:
        typed = {p.name: self.cleaned_data.get(PREFIX + p.name) for p in [*self.known, *self.not_taken]}
        return {name: value for name, value in typed.items() if value not in (None, "", [], {})}

    def values(self) -> dict[str, Any]:
        """What a session keeps of it: configuration, model, system prompt, parameters."""
        return {
            "configuration": self.chosen,
            "model": self.model_name,
            "system_prompt": self.cleaned_data["system_prompt"],
            "parameters": self._values(),
        }

    def save(self) -> None:
        values = self.values()
        for name, value in values.items():
            setattr(self.session, name, value)
        self.session.save(update_fields=list(values))
