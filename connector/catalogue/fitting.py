"""A request → what is sent, and one notice for everything that was changed.

Pure: nothing is remembered, the given body is not touched, and fitting what was fitted changes nothing more.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from connector.catalogue import apis, checks, families, files
from connector.catalogue.families import Family
from connector.catalogue.parameters import Parameter, new_name, refusal, rules
from connector.catalogue.spelling import spelled

SOURCE = "the catalogue's entry of {}"
ESSENTIAL = {"model", "messages", "stream"}  # what makes the request one; never left out


@dataclass(frozen=True)
class Notice:
    """One difference between what was asked and what is sent, for a person."""

    param: str
    text: str
    kind: Literal["renamed", "left_out", "changed"]
    sent_as: str = ""  # the new name of what was renamed


@dataclass(frozen=True)
class Fitted:
    """A request as it is sent."""

    body: dict[str, Any]
    notices: list[Notice] = field(default_factory=list)
    model: str = ""  # also where the path or the deployment says it and the body does not
    takes_stream_options: bool = True

    @property
    def told(self) -> list[dict[str, str]]:
        """The notices as plain data, as a run keeps them."""
        return [{"param": notice.param, "text": notice.text, "kind": notice.kind} for notice in self.notices]


def fit(
    body: files.Table,
    *,
    operation: str,
    model: str,
    api: str,
    family: str = "",
    overrides: files.Table | None = None,
) -> Fitted:
    """`body` as `model` takes it at `api`.

    `family` is the catalogue's name of the model behind a deployment, `overrides` are an administrator's facts about
    it. A model nobody knows gets the request unchanged. Raises `errors.InvalidParameter` for a value that the API
    would refuse, whoever the model is.
    """
    known = families.find(family or model, overrides=overrides)
    facts = apis.facts(api, operation)
    if lacks := facts.get("lacks"):
        raise checks.wrong("api_version", lacks, source="the API's document")
    asked = spelled(body, operation)
    notices: list[Notice] = []
    if facts.get("captions"):
        model = _by_its_id(model, asked, notices)
    sent = _changed(asked, operation, api, known, notices) if known else dict(asked)
    _checked(sent, rules(operation, api, known))
    if facts["model_in_path"]:
        sent.pop("model", None)
    takes_stream_options = not (known and refusal("stream_options", operation, api, known, {}))
    return Fitted(body=sent, notices=notices, model=model, takes_stream_options=takes_stream_options)


def _by_its_id(model: str, asked: files.Table, notices: list[Notice]) -> str:
    """The id behind a caption; a caption itself is never sent."""
    name = families.canonical(model)
    if name != model and asked.get("model") == model:
        asked["model"] = name
        notices.append(Notice("model", f"{model} was sent as {name}, its id.", "changed"))
    return name


def _changed(asked: files.Table, operation: str, api: str, family: Family, notices: list[Notice]) -> dict[str, Any]:
    known = rules(operation, api, family)
    passes_unknown = apis.facts(api, operation)["open"]
    sent: dict[str, Any] = {}
    for name, value in asked.items():
        if name in ESSENTIAL:
            sent[name] = value
            continue
        target = new_name(name, operation, api, family) or name
        reason = refusal(target, operation, api, family, asked)
        if not reason and target not in known and target not in family.accepts and not passes_unknown:
            reason = "it is not a parameter of this operation"
        elif not reason and target != name and target in asked:
            reason = f"{target} is set, its newer name"
        elif reason:
            reason = f"{family.name} does not take it ({reason})"
        if not reason and (why := family.forbids.get(target)):
            reason = f"{family.name} does not take it ({why})"
            raise checks.wrong(name, reason, source=SOURCE.format(family.name))
        if not reason and isinstance(value, str) and value in family.values.get(target, {}):
            older, value = value, family.values[target][value]
            text = f"sent as {value}" if value else "not sent"
            notices.append(Notice(name, f"{name} {older} was {text}: {family.name} has no such value.", "changed"))
            if not value:
                continue
        if reason:
            notices.append(Notice(name, f"{name} was not sent: {reason}.", "left_out"))
            continue
        if target != name:
            if name in known:
                checks.value(known[name], value)
            value = _moved(name, value)
            notices.append(Notice(name, f"{name} was sent as {target}, its name today.", "renamed", target))
        sent[target] = value
    return sent


def _moved(name: str, value: Any) -> Any:
    """The value of a parameter in the form that its newer name has (OpenAI API reference: functions → tools)."""
    if name == "functions":
        return [{"type": "function", "function": function} for function in value]
    if name == "function_call" and isinstance(value, dict):
        return {"type": "function", "function": value}
    return value


def _checked(sent: dict[str, Any], known: dict[str, Parameter]) -> None:
    for name, value in sent.items():
        if name in known:
            checks.value(known[name], value)
        else:
            checks.plain(name, value)
