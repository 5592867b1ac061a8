"""How a request of any operation becomes a run (`Run.Kind.CALL`), whose answer comes as a whole.

One transaction, committed before anything is sent. The row and the files that go along with it are all that is needed
to send the same body again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import router, transaction
from django.db.models.functions import Now

from connector import catalogue
from connector.catalogue import Family, Fitted
from connector.client import errors
from connector.models import admission, choosing, limits, stored_file, text
from connector.models.call import CallContent
from connector.models.configuration import Configuration
from connector.models.limits import TEXTS
from connector.models.run import Run, this_process
from connector.operations import asking, embeddings, moderations, raw, speech, transcriptions, translations

if TYPE_CHECKING:
    from connector.models.stored_file import StoredFile

    type Files = Mapping[str, StoredFile | Sequence[StoredFile]]

RAW = raw.OPERATION.name
MODULES: dict[str, Any] = {  # the modules are alike, but their requests differ
    module.OPERATION.name: module for module in (embeddings, moderations, speech, transcriptions, translations)
}


@dataclass(frozen=True)
class Prepared:
    """What a configuration makes of a request. `request` is what is sent; `body` the same as the row keeps it."""

    model: str
    request: Fitted | raw.Request
    body: dict[str, Any]  # without files
    notices: list[dict[str, str]]
    family: Family | None  # of the model, when it is known


def ask(
    user: Any,
    configuration: Configuration | None,
    operation: str,
    parameters: Mapping[str, Any],
    *,
    model: str = "",
    files: "Files | None" = None,
    about: Mapping[str, Any] | None = None,
    token: str = "",
) -> Run:
    """A queued run that sends one request: give it to `runs.start`.

    `parameters` have the API's names, of a raw request those of `raw.Request`; an empty one counts as not set. `files`
    go along under their parameter's name, of a raw request under the key of its file. `about`: what a page keeps
    beside the request. `token`: one per form; the same one again gives the run it made first. Raises errors of
    `errors.NotSent`.
    """
    admission.check(user, configuration)
    assert configuration  # noqa: S101  # `check` saw to it
    if operation == RAW and user and not configuration.takes_raw_requests_of(user):
        raise errors.NotAllowed(configuration=configuration.display_name)
    along = {
        name: [given] if isinstance(given, stored_file.StoredFile) else list(given)
        for name, given in (files or {}).items()
    }
    check_owner(user, along)
    prepared = prepare(configuration, operation, parameters, model, along)
    known = {**(about or {})}
    if operation == embeddings.OPERATION.name:
        known[TEXTS] = embeddings.count(prepared.body.get("input"))

    def make() -> Run:
        if user:
            limits.check_calls(user, operation)
            limits.check_texts(user, known.get(TEXTS, 0))
            limits.check_storage(user)  # its answer will be kept
        return make_run(user, configuration, operation, prepared, along, token, about=known)

    return admission.once(user and user.pk, token, lambda: admission.lock(user), make)


def ask_again(run: Run, token: str = "") -> Run:
    """The same request once more, as the model takes it today. As `ask` otherwise."""
    files = files_of(run)
    return ask(
        run.user,
        run.configuration,
        run.operation,
        _given(run),
        model=run.model,
        files=files,
        about=run.about,
        token=token,
    )


def forget(run: Run) -> None:
    """Delete a request with all its words and files; that it was asked, and what it cost, stays in the record."""
    with transaction.atomic(using=router.db_for_write(Run)):
        CallContent.objects.of(Run.objects.filter(pk=run.pk)).delete()
        run.delete()


def prepare(
    configuration: Configuration,
    operation: str,
    parameters: Mapping[str, Any],
    model: str = "",
    files: "Mapping[str, Sequence[StoredFile]] | None" = None,
) -> Prepared:
    """The request as `configuration` and the model's family take it. Nothing is sent; raises as `ask` does."""
    given = {name: _cleaned(value) for name, value in parameters.items()}
    contents: dict[str, Any] = {name: [row.read() for row in rows] for name, rows in (files or {}).items()}
    if operation == RAW:
        return _raw(configuration, given, contents)
    if operation not in MODULES:
        raise errors.InvalidParameter(param="operation", reason=f"{operation!r} cannot be asked this way")
    module = MODULES[operation]
    chosen = choosing.model_for(configuration, operation, model)
    family, overrides = choosing.known_of(configuration, chosen)
    alone = {name: found[0] if len(found) == 1 else found for name, found in contents.items()}
    wanted = asking.by_name(given | alone | {"model": chosen}, module.Request.__struct_fields__)
    try:
        request = module.Request(**wanted)
    except TypeError as error:  # what has to be there is missing: the message names it
        raise errors.InvalidParameter(param=_missing(error), reason="it has to be there") from error
    fitted = module.fit(request, configuration.parsed_endpoint(), family=family, overrides=overrides)
    body = {name: value for name, value in fitted.body.items() if name not in asking.FILES}
    return Prepared(chosen, fitted, body, fitted.told, catalogue.find(family or chosen, overrides=overrides))


def prepare_run(run: Run) -> Prepared:
    """The request of a run that was made before, its files read. Raises as `prepare`, and `errors.NoConfiguration`."""
    if run.configuration is None or not run.configuration.enabled:
        raise errors.NoConfiguration()
    return prepare(run.configuration, run.operation, _given(run), run.model, files_of(run))


def files_of(run: Run) -> "dict[str, list[StoredFile]]":
    """The files that went along with `run`, by their parameter. Raises `errors.InvalidParameter` when one is gone."""
    found: dict[str, list[StoredFile]] = {}
    rows = {str(row.public_id): row for row in run.stored_files.all()}
    for entry in run.inputs:
        row = rows.get(entry["id"])
        if row is None:
            raise errors.InvalidParameter(param=entry["param"], reason="a file that went along was deleted")
        found.setdefault(entry["param"], []).append(row)
    return found


def _given(run: Run) -> dict[str, Any]:
    return {name: value for name, value in run.request.items() if name != "model"}


def _raw(configuration: Configuration, given: dict[str, Any], contents: dict[str, Any]) -> Prepared:
    body = {name: value for name, value in given.items() if name != "files"}
    try:
        request = raw.Request(**body, files={key: found[0] for key, found in contents.items()})
    except TypeError as error:
        raise errors.InvalidParameter(param="request", reason="it has an input that is not known") from error
    raw.prepared(configuration.parsed_endpoint().base, request)  # checks all of it
    return Prepared("", request, body, [], None)


def _missing(error: TypeError) -> str:
    """`Missing required argument 'voice'` → `voice`."""
    parts = str(error).split("'")
    return parts[1] if len(parts) > 1 else "request"


def _cleaned(value: Any) -> Any:
    return text.storable(value) if isinstance(value, str) else value


def check_owner(user: Any, files: "Mapping[str, Sequence[StoredFile]]") -> None:
    """Whether these are the user's own; raises `errors.InvalidParameter`."""
    if not user:
        return
    for param, rows in files.items():
        if any(row.user_id != user.pk for row in rows):
            raise errors.InvalidParameter(param=param, reason="a file that should go along is not there")


def make_run(
    user: Any,
    configuration: Configuration,
    operation: str,
    prepared: Prepared,
    files: "Mapping[str, Sequence[StoredFile]]",
    token: str,
    kind: Run.Kind = Run.Kind.CALL,
    about: Mapping[str, Any] | None = None,
) -> Run:
    """The row of a run that sends what was `prepared`. Call it in a transaction, once its limits were looked at."""
    run = Run(
        user=user or None,
        configuration=configuration,
        kind=kind,
        operation=operation,
        token=token or None,
        model=prepared.model,
        request=prepared.body,
        about=dict(about or {}),
        inputs=[
            {"param": name, "kind": "file", "id": str(row.public_id)} for name, rows in files.items() for row in rows
        ],
        notices=prepared.notices,
        owner=this_process(),
        heartbeat=Now(),
    )
    run.save(force_insert=True)
    run.stored_files.set(row for rows in files.values() for row in rows)
    return run
