"""How a wish for pictures becomes rows: a run, and a waiting picture for each that was asked for.

One transaction, committed before anything is sent. The rows know all that is needed to send the same body again:
the parameters, and for edits which pictures and uploads go along.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models.functions import Now

from connector import catalogue
from connector.catalogue import Family, Fitted
from connector.client import errors, media
from connector.client.endpoint import Endpoint
from connector.client.multipart import File
from connector.models import admission, choosing, gallery, limits, stored_file, text
from connector.models.configuration import Configuration
from connector.models.run import Run, this_process
from connector.operations import asking, image_edits, image_generations, image_variations, sending

if TYPE_CHECKING:
    from connector.models.gallery import GeneratedImage
    from connector.models.stored_file import StoredFile

    type Input = GeneratedImage | StoredFile

MODULES: dict[str, Any] = {  # the modules are alike, but their requests differ
    "image_generations": image_generations,
    "image_edits": image_edits,
    "image_variations": image_variations,
}
FILES = ("image", "mask")  # parameters that are pictures
OURS = {"model", "prompt", "stream", "extra_body", *FILES}  # not among the parameters that somebody gives
MOST_AT_ONCE = 10  # pictures of one wish (OpenAI API reference, images/generate: n)
MOST_INPUTS = 16  # OpenAI API reference, images/edit: image
UNSTREAMED = {"gif", "svg"}  # OpenAI API reference, images/generate: output_format


@dataclass(frozen=True)
class Prepared:
    """What a configuration makes of a wish for pictures."""

    model: str  # as asked: the model, or on Azure the deployment
    fitted: Fitted  # one request, files included
    shares: list[int]  # how many pictures each request is for: several requests where a model draws few at a time
    streams: bool  # whether pictures come one by one, and perhaps unfinished ones before
    family: Family | None  # of the model, when it is known

    @property
    def count(self) -> int:
        return sum(self.shares)

    @property
    def body(self) -> dict[str, Any]:
        """The request without its files, for all pictures together."""
        body = {name: value for name, value in self.fitted.body.items() if name not in FILES}
        return body | {"n": self.count} if "n" in body else body

    def requests(self) -> list[Fitted]:
        """What is sent: one request for each share."""
        body = self.fitted.body
        bodies = [body | {"n": share} if "n" in body else body for share in self.shares]
        return [Fitted(body=body, model=self.fitted.model) for body in bodies]


def ask(
    user: Any,
    configuration: Configuration | None,
    operation: str,
    prompt: str,
    model: str,
    parameters: dict[str, Any],
    images: "Sequence[Input]",
    mask: "StoredFile | None",
    token: str = "",
) -> Run:
    """`GeneratedImage.objects.ask`."""
    admission.check(user, configuration)
    assert configuration  # noqa: S101  # `check` saw to it
    _mine(user, images, mask)
    prompt = text.cleaned(prompt)
    prepared = prepare(configuration, operation, prompt, model, parameters, _files(images, mask))

    def make() -> Run:
        if user:
            limits.check_pictures(user, prepared.count)
        return _make(user, configuration, operation, prepared, images, mask, token)

    return admission.once(user and user.pk, token, lambda: admission.lock(user), make)


def ask_again(run: Run, token: str = "", user: Any = None) -> Run:
    """`GeneratedImage.objects.ask_again`: all pictures of `run` once more."""
    parameters = {name: value for name, value in run.request.items() if name not in OURS}
    images, mask = inputs_of(run)
    prompt = str(run.request.get("prompt", ""))
    asking = user or run.user
    return ask(asking, run.configuration, run.operation, prompt, run.model, parameters, images, mask, token)


def ask_one_again(image: "GeneratedImage", token: str = "", user: Any = None) -> Run:
    """`GeneratedImage.ask_again`: one picture."""
    parameters = {name: value for name, value in image.parameters.items() if name != "n"}
    images, mask = inputs_of(image.run) if image.run else ([], None)
    asking = user or image.user
    return ask(asking, image.configuration, image.operation, image.prompt, image.model, parameters, images, mask, token)


def prepare(
    configuration: Configuration,
    operation: str,
    prompt: str,
    model: str,
    parameters: dict[str, Any],
    files: dict[str, Any],
) -> Prepared:
    """The request as `configuration` and the model's family take it. Nothing is sent.

    Raises `errors.NoModel`, and `errors.InvalidParameter` for a value that the API would refuse.
    """
    if operation not in MODULES:
        raise errors.InvalidParameter(param="operation", reason=f"{operation!r} draws nothing")
    module = MODULES[operation]
    chosen = choosing.model_for(configuration, operation, model)
    entered = family, overrides = choosing.known_of(configuration, chosen)
    endpoint = configuration.parsed_endpoint()
    known, offered = _offered(endpoint, operation, chosen, entered)
    given = _set(parameters)
    if known and "response_format" in offered:
        given.setdefault("response_format", "b64_json")  # an address expires before anybody looks
    shares = _shares(given.get("n", 1), offered)
    if "n" in given:
        given["n"] = shares[0]
    wanted = given | files | {"model": chosen, "prompt": prompt}
    request = module.Request(**asking.by_name(wanted, module.Request.__struct_fields__))
    fitted = module.fit(request, endpoint, family=family, overrides=overrides)
    return Prepared(
        model=chosen,
        fitted=fitted,
        shares=shares if "n" in fitted.body else [1],
        streams=_streams(module, known, offered, fitted.body),
        family=known,
    )


def prepare_run(run: Run) -> Prepared:
    """The request of a run that was asked for before, its files read. Raises as `prepare`."""
    if run.configuration is None or not run.configuration.enabled:
        raise errors.NoConfiguration()
    parameters = {name: value for name, value in run.request.items() if name not in OURS}
    files = _files(*inputs_of(run))
    prompt = str(run.request.get("prompt", ""))
    return prepare(run.configuration, run.operation, prompt, run.model, parameters, files)


def body_of(image: "GeneratedImage") -> dict[str, Any]:
    """The request that `image` came from as it was sent, without its files; of several requests only its own.

    What is known of the model by now decides whether it was a stream.
    """
    body: dict[str, Any] = {"model": image.model} | ({"prompt": image.prompt} if image.prompt else {})
    body |= image.parameters
    if image.configuration is None:
        return body
    entered = choosing.known_of(image.configuration, image.model)
    known, offered = _offered(image.configuration.parsed_endpoint(), image.operation, image.model, entered)
    if "n" in body:
        begins = 0
        for share in _shares(body["n"], offered):
            body["n"], begins = share, begins + share
            if image.place < begins:
                break
    return body | ({"stream": True} if _streams(MODULES[image.operation], known, offered, body) else {})


def inputs_of(run: Run) -> "tuple[list[Input], StoredFile | None]":
    """The pictures and the mask that went along with `run`, in their order.

    Raises `errors.InvalidParameter` when one of them is gone.
    """
    models: dict[str, Any] = {"image": gallery.GeneratedImage, "file": stored_file.StoredFile}
    found: dict[str, list[Any]] = {"image": [], "mask": []}
    for entry in run.inputs:
        row = models[entry["kind"]].objects.filter(public_id=entry["id"]).first()
        if row is None:
            raise errors.InvalidParameter(param=entry["param"], reason="a picture that went along was deleted")
        found[entry["param"]].append(row)
    return found["image"], next(iter(found["mask"]), None)


def _offered(
    endpoint: Endpoint, operation: str, model: str, entered: choosing.Known
) -> "tuple[Family | None, dict[str, catalogue.Parameter]]":
    """The family of `model` when it is known, and the parameters that it takes at `endpoint`, by name."""
    family, overrides = entered
    offered = catalogue.parameters(operation, model, sending.api(endpoint), family, overrides)
    return catalogue.find(family or model, overrides=overrides), {parameter.name: parameter for parameter in offered}


def _streams(
    module: Any, known: Family | None, offered: "dict[str, catalogue.Parameter]", body: dict[str, Any]
) -> bool:
    is_for_streams = "partial_images" in (offered if known else body)
    return hasattr(module, "stream") and is_for_streams and body.get("output_format") not in UNSTREAMED


def _set(parameters: dict[str, Any]) -> dict[str, Any]:
    """Those that are set. Raises for one that has a place of its own."""
    for name in OURS & set(parameters):
        raise errors.InvalidParameter(param=name, reason="it does not belong among the parameters")
    return {name: value for name, value in parameters.items() if value not in (None, "", [], {})}


def _shares(wanted: Any, offered: "dict[str, catalogue.Parameter]") -> list[int]:
    """`wanted` pictures as requests of at most as many as the model draws at once."""
    rule = offered.get("n")
    most = int(rule.maximum) if rule and rule.maximum else MOST_AT_ONCE
    if not isinstance(wanted, int) or isinstance(wanted, bool) or not most < wanted <= MOST_AT_ONCE:
        return [wanted]  # right, or refused by its rule
    return [most] * (wanted // most) + ([wanted % most] if wanted % most else [])


def _mine(user: Any, images: "Sequence[Input]", mask: "StoredFile | None") -> None:
    """Whether `user` may use these; raises `errors.InvalidParameter`."""
    if len(images) > MOST_INPUTS:
        reason = f"there are {len(images)} pictures; {MOST_INPUTS} at most can go along"
        raise errors.InvalidParameter(param="image", reason=reason, allowed=f"at most {MOST_INPUTS}")
    if not user:
        return
    drawn = {image.pk for image in images if isinstance(image, gallery.GeneratedImage)}
    files = {file.pk for file in [*images, mask] if isinstance(file, stored_file.StoredFile)}
    visible = gallery.GeneratedImage.objects.visible_to(user).filter(pk__in=drawn)
    own = stored_file.StoredFile.objects.for_user(user).filter(pk__in=files)
    if visible.count() != len(drawn) or own.count() != len(files):
        raise errors.InvalidParameter(param="image", reason="a picture that should go along is not there")


def _files(images: "Sequence[Input]", mask: "StoredFile | None") -> dict[str, Any]:
    """What goes along, read into memory."""
    found: dict[str, Any] = {}
    if images:
        contents = [_content(image, "image") for image in images]
        found["image"] = contents[0] if len(contents) == 1 else contents
    if mask:
        found["mask"] = _content(mask, "mask")
    return found


def _content(image: "Input", param: str) -> File:
    if isinstance(image, stored_file.StoredFile):
        file, name = image.file, image.name
    else:
        file, name = image.image, f"{image.public_id}{media.suffix(image.media_type)}"
    if not file:
        raise errors.InvalidParameter(param=param, reason="it is not drawn yet")
    try:
        with file.open("rb") as opened:
            return File(name, opened.read(), image.media_type)
    except Exception as error:  # a storage elsewhere has errors of its own
        raise errors.InvalidParameter(param=param, reason="its file cannot be read") from error


def _make(
    user: Any,
    configuration: Configuration,
    operation: str,
    prepared: Prepared,
    images: "Sequence[Input]",
    mask: "StoredFile | None",
    token: str,
) -> Run:
    body = prepared.body
    run = Run(
        user=user or None,
        configuration=configuration,
        kind=Run.Kind.IMAGE,
        operation=operation,
        token=token or None,
        model=prepared.model,
        request=body,
        inputs=[_reference("image", image) for image in images] + ([_reference("mask", mask)] if mask else []),
        notices=prepared.fitted.told,
        owner=this_process(),
        heartbeat=Now(),
    )
    run.save(force_insert=True)
    run.stored_files.set(file for file in [*images, mask] if isinstance(file, stored_file.StoredFile))
    sources = [image for image in images if isinstance(image, gallery.GeneratedImage)]
    for place in range(prepared.count):  # one by one: a later place has a higher pk on every database
        image = gallery.GeneratedImage(
            user=user or None,
            run=run,
            configuration=configuration,
            place=place,
            prompt=str(body.get("prompt", "")),
            operation=operation,
            model=prepared.model,
            parameters={name: value for name, value in body.items() if name not in ("model", "prompt")},
        )
        image.save(force_insert=True)
        if sources:
            image.derived_from.set(sources)
    return run


def _reference(param: str, image: "Input") -> dict[str, str]:
    kind = "file" if isinstance(image, stored_file.StoredFile) else "image"
    return {"param": param, "kind": kind, "id": str(image.public_id)}
