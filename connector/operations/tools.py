"""Functions that a model may ask to have called, known by name: what the seeds mean by a list of functions.

    @tools.register("get_weather", parameters={"type": "object", "properties": {"place": {"type": "string"}}})
    def get_weather(place: str) -> str:
        "The weather at a place, now."

    request = chat_completions.Request(messages=…, tools=["get_weather"])
    ...
    result = tools.call(answer.choices[0].message.tool_calls[0])

`fit` of chat completions and responses puts the definition in the place of a name. Nothing is called unless `call` is.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connector.catalogue import checks
from connector.client import errors, wire

if TYPE_CHECKING:  # chat completions asks here
    from connector.operations.chat_completions.answer import ToolCall

SOURCE = "the tools that are registered"
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")  # OpenAI API reference, function.name


@dataclass(frozen=True)
class Tool:
    """A function and how it is described to a model. `parameters`: a JSON schema of an object."""

    name: str
    function: Callable[..., Any]
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    strict: bool | None = None  # whether the model has to keep to the schema to the letter

    @property
    def definition(self) -> dict[str, Any]:
        """As `functions` takes it, and `tools` one level deeper."""
        described = {"name": self.name, "description": self.description, "strict": self.strict}
        schema = dict(self.parameters) or {"type": "object", "properties": {}}
        return {name: value for name, value in described.items() if value not in (None, "")} | {"parameters": schema}


_known: dict[str, Tool] = {}


def register[F: Callable[..., Any]](
    name: str,
    *,
    description: str = "",
    parameters: Mapping[str, Any] | None = None,
    strict: bool | None = None,
) -> Callable[[F], F]:
    """Make a function known as `name`. Without a `description` its docstring is one.

    Do it where modules are imported (an app's `ready`). Raises `ValueError` for a name that no API takes, or that
    another function has.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a tool: 1 to 64 of letters, digits, _ and -.")

    def registered(function: F) -> F:
        there = _known.get(name)
        if there and _place(there.function) != _place(function):
            raise ValueError(f"{_place(there.function)} is registered as {name!r} already.")
        said = description or inspect.cleandoc(function.__doc__ or "")
        _known[name] = Tool(name, function, said, parameters or {}, strict)
        return function

    return registered


def forget(name: str) -> None:
    """Take a tool out again; for tests."""
    _known.pop(name, None)


def names() -> list[str]:
    return sorted(_known)


def find(name: str, param: str = "tools") -> Tool:
    """The tool of that name; raises `errors.InvalidParameter` for `param`."""
    if name not in _known:
        registered = ", ".join(names()) or "none is registered"
        raise checks.wrong(param, f"there is no tool “{name[:64]}”", allowed=registered, source=SOURCE)
    return _known[name]


def resolved(body: dict[str, Any]) -> dict[str, Any]:
    """`body` with definitions in the place of names; raises `errors.InvalidParameter` for an unknown one."""
    changed: dict[str, Any] = {}
    if _has_name(body.get("functions")):
        changed["functions"] = [
            find(item, "functions").definition if isinstance(item, str) else item for item in _listed(body["functions"])
        ]
    if _has_name(body.get("tools")):
        changed["tools"] = [
            {"type": "function", "function": find(item).definition} if isinstance(item, str) else item
            for item in _listed(body["tools"])
        ]
    return body | changed


def call(asked: "ToolCall") -> Any:
    """What the function returns that a model asked for; arguments are by name. It may be awaitable.

    Raises `errors.InvalidParameter` for a tool that is not registered, `errors.BadAnswer` for arguments that are no
    JSON object or not those of the function, and what the function itself raises.
    """
    wanted = asked.function.name if asked.function else None
    tool = find(wanted or "", "tool_calls")
    arguments = wire.parse((asked.function and asked.function.arguments) or "{}")
    try:
        bound = inspect.signature(tool.function).bind(**arguments)
    except TypeError as error:
        raise errors.BadAnswer(reason=f"the arguments of {tool.name} do not fit: {error}") from error
    return tool.function(*bound.args, **bound.kwargs)


def _listed(given: Any) -> Iterable[Any]:
    return [given] if isinstance(given, str) else given


def _has_name(given: Any) -> bool:
    return isinstance(given, str) or (isinstance(given, list | tuple) and any(isinstance(item, str) for item in given))


def _place(function: Callable[..., Any]) -> str:
    return f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', repr(function))}"
