"""The form of a prompt: an operation, two texts with variables, a format, tools, and what the chosen model takes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import User
from django.http import QueryDict

from connector import catalogue
from connector.catalogue import Parameter, located
from connector.client import errors
from connector.models import StoredFile, prompting
from connector.models.prompting import Wish
from playground.chat.forms import TextField
from playground.parameters.drawn import DrawnForm
from playground.parameters.fields import as_typed, sentence
from playground.parameters.form import ANY_API, OTHER, PREFIX, Start
from playground.prompt import typed, variables

VALUE = "v_"  # before a variable's name
WAS = "was"  # the operation that the form was made for
OPERATIONS = {"chat_completions": "Chat", "responses": "Responses", "completions": "Completions"}
FORMATS = {"text": "Text", "json_object": "JSON object", "json_schema": "JSON schema"}
DRAWN_HERE = ("response_format", "tools")  # parameters that have a place of their own in the form
LONGEST = {  # the same parameter under the name that each operation has for it
    "chat_completions": "max_completion_tokens",
    "responses": "max_output_tokens",
    "completions": "max_tokens",
}
ANYTHING = "…"  # a question to check a request with while nothing is typed
FIELDS = {  # what the connector calls them: what the form does
    "question": "question",
    "prompt": "question",
    "input": "question",
    "system_prompt": "system",
    "files": "attached",
    "file": "attached",
    "model": "model",
    "response_format": "schema",
    "tools": "tools",
}


@dataclass(frozen=True)
class Written:
    """What was written, before anything of it is filled in."""

    operation: str = "chat_completions"
    system: str = ""
    question: str = ""
    values: dict[str, str] = field(default_factory=dict)  # of the variables
    parameters: dict[str, Any] = field(default_factory=dict)  # by the API's names
    name: str = ""  # of the saved prompt


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    value: str
    errors: list[str]


class PromptForm(DrawnForm):
    """`sends`: it was sent to be answered, so that every variable has to be filled in."""

    address: ClassVar[str] = "playground:prompt_form"
    operations = OPERATIONS
    formats = FORMATS

    system = TextField(strip=False, required=False)
    question = TextField(strip=False, required=False)
    format = forms.CharField(max_length=20, required=False)
    schema_name = forms.CharField(max_length=64, required=False)
    strict = forms.BooleanField(required=False)
    schema = forms.CharField(max_length=located.LONGEST, strip=False, required=False)
    tools = forms.CharField(max_length=located.LONGEST, strip=False, required=False)
    name = forms.CharField(max_length=200, required=False)
    attached = forms.CharField(required=False)  # never sent: where errors of the files stand

    def __init__(
        self,
        user: User,
        start: Start,
        data: QueryDict | None = None,
        *,
        written: Written | None = None,
        files: Sequence[StoredFile] = (),
        sends: bool = False,
    ) -> None:
        self.written = written or Written()
        self.uploads, self.sends = files, sends
        self.mistakes: dict[str, tuple[typed.Marked, ...]] = {}
        self._read: dict[str, Any] = {}  # format and tools, once they were read
        wanted = data.get("operation", "") if data is not None else self.written.operation
        self.operation = wanted if wanted in OPERATIONS else "chat_completions"
        plain = {name: value for name, value in start.parameters.items() if name not in DRAWN_HERE}
        super().__init__(user, Start(start.configuration, start.model, plain), data)

    # What stands in it.

    @property
    def takes_conversation(self) -> bool:
        """Whether it has a system prompt, files, formats and tools."""
        return self.operation in prompting.TAKES_CONVERSATION

    @property
    def system_text(self) -> str:
        return str(self.data.get("system", "")) if self.is_bound else self.written.system

    @property
    def question_text(self) -> str:
        return str(self.data.get("question", "")) if self.is_bound else self.written.question

    @property
    def saved_name(self) -> str:
        return str(self.data.get("name", "")) if self.is_bound else self.written.name

    @property
    def _texts(self) -> tuple[str, ...]:
        """Those that are sent."""
        return (self.system_text, self.question_text) if self.takes_conversation else (self.question_text,)

    @property
    def variables(self) -> list[Variable]:
        return [
            Variable(name, self._value(name), [str(error) for error in self.errors.get(VALUE + name, ())])
            for name in variables.names(*self._texts)
        ]

    @property
    def left_braces(self) -> list[str]:
        return variables.left(*self._texts)

    def _value(self, name: str) -> str:
        return str(self.data.get(VALUE + name, "")) if self.is_bound else self.written.values.get(name, "")

    @property
    def _kept_format(self) -> dict[str, Any]:
        found = self.written.parameters.get("response_format")
        return found if isinstance(found, dict) else {"type": found} if isinstance(found, str) else {}

    @property
    def format_chosen(self) -> str:
        chosen = str(self.data.get("format", "")) if self.is_bound else str(self._kept_format.get("type", ""))
        return chosen if chosen in FORMATS else "text"

    @property
    def _kept_schema(self) -> dict[str, Any]:
        found = self._kept_format.get("json_schema")
        return found if isinstance(found, dict) else {}

    @property
    def schema_text(self) -> str:
        if self.is_bound:
            return str(self.data.get("schema", ""))
        return as_typed(self._kept_schema["schema"]) if "schema" in self._kept_schema else ""

    @property
    def schema_name_text(self) -> str:
        return str(self.data.get("schema_name", "")) if self.is_bound else str(self._kept_schema.get("name", ""))

    @property
    def is_strict(self) -> bool:
        return "strict" in self.data if self.is_bound else bool(self._kept_schema.get("strict", True))

    @property
    def tools_text(self) -> str:
        if self.is_bound:
            return str(self.data.get("tools", ""))
        return as_typed(self.written.parameters["tools"]) if "tools" in self.written.parameters else ""

    # Another operation, another model.

    def _amended(self, data: QueryDict | None) -> QueryDict | None:
        """For another operation than before: the longest answer under its new name, and a model that serves it."""
        data = super()._amended(data)
        was = data.get(WAS, "") if data is not None else ""
        if data is None or was not in OPERATIONS or was == self.operation:
            return data
        if longest := data.get(PREFIX + LONGEST[was]):
            data.pop(PREFIX + LONGEST[was])
            data.setdefault(PREFIX + LONGEST[self.operation], longest)
        if data.get("model") != OTHER and data.get("model") not in self.models:
            data["model"] = self._default_model() or OTHER
            data["other_model"] = ""
        return data

    def _taken(self, model: str) -> list[Parameter]:
        return [parameter for parameter in super()._taken(model) if parameter.name not in DRAWN_HERE]

    def _not_taken(self) -> list[Parameter]:
        """Also what another operation takes: it is there again when one goes back to it."""
        here = super()._not_taken()
        known = {parameter.name for parameter in [*self.known, *here]}
        others = [other for other in OPERATIONS if other != self.operation]
        elsewhere = {p.name: p for other in others for p in catalogue.parameters(other, "", ANY_API)}
        self._elsewhere = {
            name
            for name in elsewhere
            if name not in known and name not in DRAWN_HERE and self.is_bound and self.data.get(PREFIX + name)
        }
        return here + [elsewhere[name] for name in sorted(self._elsewhere)]

    def _fill(self) -> None:
        super()._fill()
        for name in variables.names(*self._texts):
            self.fields[VALUE + name] = TextField(strip=False, required=False)

    # Whether it can be sent.

    def clean(self) -> dict[str, Any]:
        if self.takes_conversation:
            self._read_format()
            self._read_tools()
        names = variables.names(*self._texts)
        if len(names) > variables.MOST:
            self.add_error("question", f"A prompt can have {variables.MOST} variables at most.")
        elif self.sends:
            for name in names:
                if not self.errors.get(VALUE + name) and not self._cleaned(VALUE + name).strip():
                    self.add_error(VALUE + name, f"Say what stands in the place of {{{{{name}}}}}.")
        return super().clean()

    def _cleaned(self, name: str) -> str:
        return str(self.cleaned_data.get(name) or "")

    def _read_format(self) -> None:
        chosen = self.format_chosen
        if chosen == "json_object":
            self._read["response_format"] = {"type": chosen}
        if chosen != "json_schema":
            return
        text = self._cleaned("schema")
        if not text.strip():
            if self.sends:
                self.add_error("schema", "Write the schema that the answer has to follow, or choose another format.")
            return
        name = self._cleaned("schema_name").strip() or "answer"
        self._take("schema", "response_format", typed.schema(text, name, self._cleaned("strict") == "True"))
        if described := self._read.get("response_format"):
            self._read["response_format"] = {"type": chosen, "json_schema": described}

    def _read_tools(self) -> None:
        if (text := self._cleaned("tools")).strip():
            self._take("tools", "tools", typed.tools(text, self.operation))

    def _take(self, field: str, parameter: str, read: typed.Read) -> None:
        if read.mistakes:
            self.mistakes[field] = read.mistakes
            self.add_error(field, [str(mistake) for mistake in read.mistakes[: typed.MOST_SHOWN]])
        else:
            self._read[parameter] = read.value

    def _values(self) -> dict[str, Any]:
        values = super()._values()
        return {name: value for name, value in values.items() if name not in self._elsewhere} | self._read

    def _fit(self) -> None:
        """As the connector will do it."""
        try:
            prompting.prepare(self.wish)
        except errors.InvalidParameter as error:
            field = FIELDS.get(str(error.facts["param"]).split(".")[0].split("[")[0])
            if field is None:
                raise
            self.add_error(field, sentence(error))
        except errors.NoModel as error:
            self.add_error("model", f"{error.what} {error.todo}")

    @property
    def values_typed(self) -> dict[str, str]:
        """Of the variables that there are, by name; empty ones left out."""
        names = variables.names(self.system_text, self.question_text)
        typed_ones = {name: self._cleaned(VALUE + name) for name in names}
        return {name: value for name, value in typed_ones.items() if value}

    @property
    def wish(self) -> Wish:
        """What is sent; while it is only looked at, with anything for a question."""
        values = self.values_typed
        system, question = self._cleaned("system"), self._cleaned("question")
        filled = variables.filled(question, values)
        return Wish(
            configuration=self.chosen,
            operation=self.operation,
            model=self.model_name,
            parameters=self._values(),
            system_prompt=variables.filled(system, values),
            question=filled if self.sends else filled or ANYTHING,
            files=self.uploads if self.sends else (),
            template={"operation": self.operation, "system": system, "question": question, "values": values},
        )

    @property
    def kept(self) -> dict[str, Any]:
        """What a version of a saved prompt holds."""
        return {
            "operation": self.operation,
            "configuration": self.chosen,
            "model": self.model_name,
            "system_prompt": self._cleaned("system"),
            "question": self._cleaned("question"),
            "parameters": self._values(),
            "values": self.values_typed,
        }

    @property
    def first_error(self) -> str:
        return next((str(texts[0]) for texts in self.errors.values()), "")
