"""The console's form: all that a raw request can be told, checked as the connector will check it."""

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from connector.client import errors
from connector.client.multipart import File
from connector.models import Configuration, StoredFile
from connector.models.text import cleaned, storable
from connector.operations import raw
from connector.operations.raw import headers, path
from playground.chat.forms import TOKEN_LENGTH
from playground.requests import jsontext, paths
from playground.requests.jsontext import Problem
from playground.requests.typed import BODIES, FLAGS, LIST, NUMBERS, FileRow, Pair, Typed

UPLOADS = 25_000_000  # bytes of all files together; more does not reach us in one form
BODYLESS = ("GET", "HEAD")
# What the connector calls an input, where the form calls it something else.
FIELDS = {"form": "form", "files": "file", "file_names": "file", "file": "file", "headers": "header"}


class ConsoleForm(forms.Form):
    """Of `typed` where nothing was posted. `sends`: it was sent to be asked, so that everything has to be right.

    Rows are not among Django's fields: `typed` has them, and `rows` with what is wrong with each.
    """

    configuration = forms.ChoiceField(
        error_messages={"invalid_choice": "This configuration may not be used any more. Choose another one."},
    )
    method = forms.ChoiceField(choices=[(method, method) for method in raw.METHODS])
    path = forms.CharField(max_length=path.LONGEST, error_messages={"required": "Write a path, like /v1/models."})
    body = forms.ChoiceField(choices=[(body, body) for body in BODIES])
    data = forms.CharField(  # type: ignore[assignment]  # the metaclass takes it out of the class
        required=False, strip=False, max_length=jsontext.LONGEST
    )
    response_type = forms.ChoiceField(choices=[(kind, kind) for kind in raw.RESPONSE_TYPES])
    timeout_ms = forms.IntegerField(required=False, min_value=1, max_value=raw.LONGEST_TIMEOUT)
    debug = forms.BooleanField(required=False)
    retry_delay_ms = forms.IntegerField(required=False, min_value=0, max_value=raw.LONGEST_DELAY)
    retry_on_all_errors = forms.BooleanField(required=False)
    max_retries = forms.IntegerField(required=False, min_value=0, max_value=raw.MOST_RETRIES)
    exponential_backoff = forms.BooleanField(required=False)
    token = forms.CharField(max_length=TOKEN_LENGTH, required=False)

    def __init__(
        self,
        user: User,
        typed: Typed,
        data: QueryDict | None = None,
        files: "MultiValueDict[str, UploadedFile[Any]] | None" = None,
    ) -> None:
        self.user, self.typed = user, typed
        self.problem: Problem | None = None  # with the JSON of the body
        self.row_problems: dict[str, str] = {}  # by the kind and the place of a row: "header-2"
        self.configurations = list(Configuration.objects.for_user(user).prefetch_related("deployed_models"))
        self.chosen = self._chosen()
        super().__init__(data, auto_id="req-%s", label_suffix="")
        choices = [(str(one.pk), str(one)) for one in self.configurations]
        self.fields["configuration"].choices = choices  # type: ignore[attr-defined]  # it is a ChoiceField
        self.uploads = self._uploads()
        if files:
            self._take(files)

    def _chosen(self) -> Configuration | None:
        """The one that is named; where none is, the first that takes raw requests of this user."""
        if wanted := self.typed.configuration:
            return next((one for one in self.configurations if str(one.pk) == wanted), None)
        allowed = (one for one in self.configurations if one.takes_raw_requests_of(self.user))
        return next(allowed, None) or next(iter(self.configurations), None)

    @property
    def is_allowed(self) -> bool:
        """Whether the chosen configuration takes raw requests of this user."""
        return self.chosen is None or self.chosen.takes_raw_requests_of(self.user)

    # Files.

    def _uploads(self) -> dict[str, StoredFile]:
        """The uploads that are named in the rows, as far as they are the user's and are there; by their id."""
        ids = [found for row in self.typed.file if (found := _uuid(row.id))]
        kept = StoredFile.objects.for_user(self.user).filter(public_id__in=ids) if ids else StoredFile.objects.none()
        return {str(one.public_id): one for one in kept}

    def _take(self, files: "MultiValueDict[str, UploadedFile[Any]]") -> None:
        """Keep what was uploaded, so that nothing has to be chosen again whatever else is wrong."""
        rows = list(self.typed.file)
        for place, row in enumerate(rows):
            upload = files.get(f"file-{place}")
            if upload is None:
                continue
            if sum(one.bytes for one in self.uploads.values()) + (upload.size or 0) > UPLOADS:
                self.row_problems[f"file-{place}"] = "Files of 25 MB together can go along."
                continue
            try:
                stored = self._keep(upload)
            except errors.NotSent as error:
                self.row_problems[f"file-{place}"] = f"{error.what} {error.todo}"
                return
            except errors.NotStored as error:
                self.row_problems[f"file-{place}"] = f"{error.what} {error.todo}"
                return
            self.uploads[str(stored.public_id)] = stored
            rows[place] = FileRow(row.key, row.name, str(stored.public_id))
        self.typed = self.typed.changed(file=tuple(rows))

    def _keep(self, upload: "UploadedFile[Any]") -> StoredFile:
        file = File(upload.name or "file", upload.read(), upload.content_type or "")
        return StoredFile.objects.keep(self.user, file, StoredFile.Purpose.DOCUMENT)

    # What is wrong.

    def clean_data(self) -> str:
        return cleaned(str(self.cleaned_data["data"]))

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        self._check_path()
        self._check_body()
        self._check_rows("query")
        self._check_rows("header")
        if self.typed.body == "form":
            self._check_rows("form")
            self._check_files()
        if not self.errors and not self.row_problems:
            self._check_all()
        if self.row_problems and not self.errors:
            self.add_error(None, "A row needs another look.")
        return found

    def _check_path(self) -> None:
        if self.chosen and (typed := self.cleaned_data.get("path")):
            try:
                path.below(self.chosen.parsed_endpoint().base, typed)
            except errors.InvalidParameter as error:
                self.add_error("path" if error.facts["param"] == "path" else None, _reason(error))

    def _check_body(self) -> None:
        if self.typed.body != "none" and self.typed.method in BODYLESS:
            self.add_error("body", f"A {self.typed.method} request has no body. Choose “None”, or another method.")
        elif self.typed.body == "form" and not any((*self.typed.form, *self.typed.file)):
            self.add_error("body", "Add a field or a file, or choose “None”.")
        elif self.typed.body == "json" and "data" not in self.errors:
            self.look_at_json()
            if self.problem:
                self.add_error("data", str(self.problem))

    def look_at_json(self) -> None:
        self.problem = jsontext.problem(self.typed.data)

    def _check_rows(self, kind: str) -> None:
        rows: Iterable[Pair] = getattr(self.typed, kind)
        seen: set[str] = set()
        for place, row in enumerate(rows):
            if row and (reason := self._wrong(kind, row, seen)):
                self.row_problems[f"{kind}-{place}"] = reason
            seen.add(row.name.lower() if kind == "header" else row.name)

    def _wrong(self, kind: str, row: Pair, seen: set[str]) -> str:
        """What is wrong with one row; empty where nothing is."""
        if not row.name.strip():
            return "A name is missing."
        if kind == "header":
            if row.name.lower() in seen:
                return f"{row.name} is there twice."
            try:
                headers.checked([(row.name, row.value)], has_form=self.typed.body == "form")
            except errors.InvalidParameter as error:
                return _reason(error)
        if kind == "form" and row.name in seen and not row.name.endswith(LIST):
            return f"{row.name} is there twice. A list has {LIST} behind its name."
        return ""

    def _check_files(self) -> None:
        names = {row.name for row in self.typed.form}
        seen: set[str] = set()
        for place, row in enumerate(self.typed.file):
            at = f"file-{place}"
            if not row or at in self.row_problems:
                continue
            if not row.key.strip():
                self.row_problems[at] = "The name of its field is missing."
            elif row.key in seen or row.key in names:
                self.row_problems[at] = f"{row.key} is there twice."
            elif row.id not in self.uploads:
                self.row_problems[at] = (
                    "Choose the file again: it is not kept any more." if row.id else "Choose a file."
                )
            seen.add(row.key)

    def _check_all(self) -> None:
        """As the connector does it, for what was not looked at above."""
        assert self.chosen is not None  # noqa: S101  # for the type checker: there would be an error
        files = {row.key: File(row.name or row.key, b"") for row in self._chosen_files()}
        try:
            raw.prepared(self.chosen.parsed_endpoint().base, raw.Request(**self.parameters, files=files))
        except errors.InvalidParameter as error:
            name = str(error.facts["param"])
            self.add_error(name if name in self.fields else None, _reason(error))

    # What is asked.

    @property
    def parameters(self) -> dict[str, Any]:
        """Of `raw.Request`, without its files; what has its default stays away."""
        typed, clean = self.typed, self.cleaned_data
        found: dict[str, Any] = {"path": clean["path"], "method": clean["method"]}
        if typed.body in ("json", "text"):
            found["data"] = clean["data"]
        if typed.body == "form":
            found["form"] = _form(row for row in typed.form if row)
            found["file_names"] = {row.key: storable(row.name) for row in self._chosen_files() if row.name}
        found["query"] = [[storable(row.name), storable(row.value)] for row in typed.query if row]
        found["headers"] = [[row.name, row.value] for row in typed.header if row]
        found["response_type"] = clean["response_type"]
        for name in NUMBERS:
            if clean[name] is not None:
                found[name] = clean[name]
        for name in FLAGS:
            if clean[name]:
                found[name] = True
        return {name: value for name, value in found.items() if value not in ([], {})}

    @property
    def along(self) -> dict[str, StoredFile]:
        """The uploads that go along, by the form's field."""
        return {row.key: self.uploads[row.id] for row in self._chosen_files()}

    def _chosen_files(self) -> list[FileRow]:
        return [row for row in self.typed.file if row and row.id in self.uploads] if self.typed.body == "form" else []

    # What the page draws.

    response_types = (("json", "JSON"), ("text", "Text"), ("binary", "Binary"))
    bodies = (("none", "None"), ("json", "JSON"), ("text", "Text"), ("form", "Form and files"))

    @property
    def offered(self) -> list[tuple[str, str]]:
        return paths.offered(self.chosen)

    @property
    def has_sending(self) -> bool:
        """Whether any of the inputs that are folded away is set."""
        return any(getattr(self.typed, name) for name in (*NUMBERS, *FLAGS))

    @property
    def reasons(self) -> list[str]:
        """All that is wrong, where it is not clear from the fields alone."""
        found = [str(text) for name, texts in self.errors.items() if name != "__all__" for text in texts]
        return [*found, *self.row_problems.values()] or [str(text) for text in self.non_field_errors()]

    @property
    def query_rows(self) -> list[dict[str, Any]]:
        return self._rows("query")

    @property
    def header_rows(self) -> list[dict[str, Any]]:
        return self._rows("header")

    @property
    def form_rows(self) -> list[dict[str, Any]]:
        return self._rows("form")

    @property
    def file_rows(self) -> list[dict[str, Any]]:
        return self._rows("file")

    def _rows(self, kind: str) -> list[dict[str, Any]]:
        """Each with its place, what is wrong with it, and its upload; an empty one at the end to go on with."""
        found = list(getattr(self.typed, kind))
        if not found or found[-1]:
            found.append(FileRow() if kind == "file" else Pair())
        return [
            {
                "place": place,
                "row": row,
                "problem": self.row_problems.get(f"{kind}-{place}", ""),
                "upload": self.uploads.get(row.id) if isinstance(row, FileRow) else None,
            }
            for place, row in enumerate(found)
        ]


def _form(rows: Iterable[Pair]) -> dict[str, Any]:
    """As the connector takes it: a list for a name with `[]` behind it."""
    found: dict[str, Any] = {}
    for row in rows:
        name, value = storable(row.name), storable(row.value)
        if name.endswith(LIST):
            found.setdefault(name.removesuffix(LIST), []).append(value)
        else:
            found[name] = value
    return found


def _reason(error: errors.InvalidParameter) -> str:
    reason = str(error.facts["reason"])
    return f"{reason[:1].upper()}{reason[1:]}"


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


class SaveForm(forms.Form):
    name = forms.CharField(max_length=100, error_messages={"required": "Give it a name to find it by."})
