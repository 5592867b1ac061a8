"""A connection to a provider: where it is, how it is spoken to, and who may use it. Its key lives in `ApiKey`."""

import dataclasses
import datetime
import functools
import logging
import uuid
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from connector import catalogue, conf, encryption
from connector.client import entra, errors
from connector.client.endpoint import Endpoint, parse
from connector.client.limits import Limits
from connector.client.operation import Operation
from connector.client.secret import Secret
from connector.models import api_key as api_keys  # `api_key` is the row of a configuration
from connector.models.deployed_model import DeployedModel
from connector.models.fields import Envelope, Unreadable
from connector.models.prepared import Prepared, given
from connector.sandbox.replies import models as sandbox_models

logger = logging.getLogger(__name__)

API_VERSION = RegexValidator(
    r"\A(\d{4}-\d{2}-\d{2}(-preview)?|preview|latest)\Z", "Write it as 2024-10-21 or 2025-04-01-preview."
)
MILLISECONDS = (MinValueValidator(100), MaxValueValidator(3_600_000))

KEY_STAYS = (
    "The stored key was entered for {origin} and is sent nowhere else. Enter the key again for the new host, "
    "or remove the stored one first."
)
# The client's names of what `parse` checks, where they are not the fields' own.
FIELDS = {
    "deployment": "deployment_name",
    "api_version": "api_version",
    "organization": "organization",
    "project": "project",
}

# Which default model an operation falls back to; operations that are not named have none.
DEFAULTS = {
    "chat_completions": "chat",
    "responses": "responses",
    "completions": "completions",
    "image_generations": "images",
    "image_edits": "images",
    "image_variations": "images",
    "embeddings": "embeddings",
    "speech": "speech",
    "transcriptions": "transcription",
    "translations": "transcription",
}


_parsed = functools.lru_cache(256)(parse)  # each question asks a few times; endpoints are few
_key_of = Prepared(lambda: api_keys.ApiKey.objects.filter(configuration=given("configuration")))


class ApiType(models.TextChoices):
    OPENAI = "openai", "OpenAI"
    AZURE_OPENAI = "azure_openai", "Azure OpenAI"
    OPENAI_COMPATIBLE = "openai_compatible", "OpenAI-compatible server"
    SANDBOX = "sandbox", "Sandbox (no model behind it)"


class ConfigurationQuerySet(models.QuerySet["Configuration"]):
    def for_user(self, user: Any) -> "ConfigurationQuerySet":
        """The enabled configurations that `user` may use: open to everyone who signs in, or to one of their groups."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        theirs = models.Q(open_to_everyone=True) | models.Q(groups__in=user.groups.all())
        return self.filter(theirs, enabled=True).distinct()


class Configuration(models.Model):
    class AzureKeyType(models.TextChoices):
        API_KEY = "api_key", "Key (api-key header)"
        ENTRA_TOKEN = "entra_token", "Microsoft Entra token (Bearer)"
        CLIENT_SECRET = "client_secret", "Secret of a Microsoft Entra application"

    class RawRequests(models.TextChoices):
        CHANGERS = "changers", "Administrators who may change this configuration"
        USERS = "users", "Everybody who may use this configuration"
        NOBODY = "nobody", "Nobody"

    class Record(models.TextChoices):
        ALL = "all", "Everything but keys"
        METADATA = "metadata", "Without what was sent and answered"
        OFF = "off", "Nothing"

        __empty__ = "As in the settings"

    uuid = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    display_name = models.CharField(max_length=100, unique=True)
    api_type = models.CharField("API type", max_length=20, choices=ApiType, default=ApiType.OPENAI)
    endpoint = models.CharField(max_length=300, blank=True)
    azure_key_type = models.CharField(max_length=20, choices=AzureKeyType, default=AzureKeyType.API_KEY)
    entra_tenant = models.CharField("tenant", max_length=253, blank=True)
    entra_client = models.CharField("application (client) ID", max_length=36, blank=True)
    deployment_name = models.CharField(max_length=200, blank=True)
    api_version = models.CharField("API version", max_length=30, blank=True, validators=[API_VERSION])
    organization = models.CharField(max_length=200, blank=True)
    project = models.CharField(max_length=200, blank=True)

    model_default_chat = models.CharField("chat", max_length=200, blank=True)
    model_default_responses = models.CharField("responses", max_length=200, blank=True)
    model_default_completions = models.CharField("completions", max_length=200, blank=True)
    model_default_images = models.CharField("images", max_length=200, blank=True)
    model_default_embeddings = models.CharField("embeddings", max_length=200, blank=True)
    model_default_speech = models.CharField("speech", max_length=200, blank=True)
    model_default_transcription = models.CharField("transcription", max_length=200, blank=True)

    first_byte_ms = models.PositiveIntegerField("first byte", null=True, blank=True, validators=MILLISECONDS)
    idle_ms = models.PositiveIntegerField("silence", null=True, blank=True, validators=MILLISECONDS)
    total_ms = models.PositiveIntegerField("whole answer", null=True, blank=True, validators=MILLISECONDS)

    record_calls = models.CharField("record of calls", max_length=10, choices=Record, blank=True)
    record_days = models.PositiveSmallIntegerField(
        "days to keep it", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(3650)]
    )

    enabled = models.BooleanField(default=True)
    open_to_everyone = models.BooleanField(default=False)
    groups = models.ManyToManyField(Group, blank=True, related_name="configurations")
    raw_requests = models.CharField("raw requests of", max_length=10, choices=RawRequests, default=RawRequests.CHANGERS)

    created = models.DateTimeField(db_default=Now(), editable=False)
    key_refused_at = models.DateTimeField(null=True, blank=True, editable=False)
    models_refreshed_at = models.DateTimeField(null=True, blank=True, editable=False)
    models_tried_at = models.DateTimeField(null=True, blank=True, editable=False)  # the last try, whatever came of it
    models_trouble = models.CharField(max_length=40, blank=True, editable=False)  # and the code of its error
    tested_at = models.DateTimeField(null=True, blank=True, editable=False)
    test_code = models.CharField(max_length=40, blank=True, editable=False)  # "ok", or an error's code
    test_text = models.CharField(max_length=500, blank=True, editable=False)

    objects = ConfigurationQuerySet.as_manager()

    key_comes_again = False  # not a column: a form that brings the key for a new host sets it before `clean`

    class Meta:
        ordering = ["display_name"]

    def __str__(self) -> str:
        return self.display_name

    # Where it is.

    def parsed_endpoint(self) -> Endpoint:
        """The endpoint as the client understands it; raises `errors.InvalidParameter` with the reason."""
        return _parsed(
            self.endpoint,
            self.api_type,
            deployment=self.deployment_name,
            api_version=self.api_version,
            entra=self.azure_key_type != self.AzureKeyType.API_KEY,
            organization=self.organization,
            project=self.project,
            allow_private=conf.allow_private_hosts(),
        )

    def clean(self) -> None:
        """Checks the endpoint, and that a key which is set stays with what it was entered for."""
        super().clean()
        if not self.endpoint and self.api_type in (ApiType.AZURE_OPENAI, ApiType.OPENAI_COMPATIBLE):
            raise ValidationError({"endpoint": "Enter the endpoint."})
        try:
            goes_to = self.key_goes_to()
        except errors.InvalidParameter as error:
            field = FIELDS.get(error.facts["param"], "endpoint")
            reason = str(error.facts["reason"])
            raise ValidationError({field: f"{reason[:1].upper()}{reason[1:]}."}) from error
        self._check_application()
        bound = self.key_origin()
        if bound and bound != goes_to and not self.key_comes_again:
            raise ValidationError({"endpoint": ValidationError(KEY_STAYS.format(origin=bound), code="origin")})

    def _check_application(self) -> None:
        if application := self.application():
            try:
                application.check()
            except errors.InvalidParameter as error:
                reason = str(error.facts["reason"])
                raise ValidationError({error.facts["param"]: f"{reason[:1].upper()}{reason[1:]}."}) from error

    # Its key.

    def application(self) -> entra.Application | None:
        """Who gets tokens for the key, where the key is the secret of a Microsoft Entra application."""
        is_azure = self.api_type == ApiType.AZURE_OPENAI
        if not is_azure or self.azure_key_type != self.AzureKeyType.CLIENT_SECRET:
            return None
        return entra.Application(self.entra_tenant.strip(), self.entra_client.strip())

    def key_goes_to(self) -> str:
        """Who is shown the key: the host of the endpoint, or Microsoft alone where it is the secret of an application.

        Raises `errors.InvalidParameter` for a wrong endpoint.
        """
        origin = self.parsed_endpoint().origin
        return f"Microsoft Entra, for {origin}" if self.application() else origin

    @property
    def needs_key(self) -> bool:
        return self.api_type in (ApiType.OPENAI, ApiType.AZURE_OPENAI)

    @property
    def takes_key(self) -> bool:
        return self.api_type != ApiType.SANDBOX

    @property
    def is_token(self) -> bool:
        """Whether the key is a token of Microsoft Entra's, which lives for an hour or so."""
        return self.api_type == ApiType.AZURE_OPENAI and self.azure_key_type == self.AzureKeyType.ENTRA_TOKEN

    def key_row(self) -> api_keys.ApiKey | None:
        """What is known of the key without decrypting it; None when there is none."""
        return _key_of.first(configuration=self.pk) if self.pk else None

    def key_origin(self) -> str:
        """What the key was entered for, as `key_goes_to` says it; "" when there is no key."""
        row = self.key_row()
        return row.origin if row else ""

    @sensitive_variables()
    def secret(self) -> Secret | None:
        """The key, decrypted for the call about to be made; None for a server or sandbox that needs none.

        Raises `errors.KeyMissing`, `errors.KeyUnreadable`, or `errors.KeyMismatch` when the stored key belongs to
        another configuration or host.
        """
        if not self.takes_key:
            return None
        row = self.key_row()
        envelope = row.value if row else None
        if row is None or envelope is None:
            if self.needs_key:
                raise errors.KeyMissing(configuration=self.display_name)
            return None
        if isinstance(envelope, Unreadable):
            logger.critical("The key of configuration %s cannot be read: stored with key id %s.", self.pk, row.kid)
            raise errors.KeyUnreadable(
                configuration=self.display_name, stored=row.kid, present=", ".join(encryption.key_ids())
            )
        origin = self.key_goes_to()
        if (envelope.config, envelope.origin) != (str(self.uuid), origin):
            logger.critical("The key stored for configuration %s belongs to another configuration or host.", self.pk)
            raise errors.KeyMismatch(configuration=self.display_name, origin=origin)
        return envelope.key

    @sensitive_variables()
    def set_key(self, value: str, by: Any = None) -> None:
        """Store a typed key for this configuration and its present host; `by` is the user who did it.

        Raises `ValidationError` for what cannot be a key, and `errors.InvalidParameter` for a wrong endpoint.
        """
        typed = self.cleaned_key(value)
        origin = self.key_goes_to()
        # By its id: given the configuration itself, Django would keep the row, and the key in it, on `self.api_key`.
        row = self.key_row() or api_keys.ApiKey(configuration_id=self.pk)
        row.seal(Envelope(Secret(typed), origin=origin, config=str(self.uuid)))
        row.origin, row.ending, row.changed, row.changed_by = origin, api_keys.ending_of(typed), timezone.now(), by
        row.ends = entra.ends(typed) if self.is_token else None
        row.save()
        self.forget_refusal()
        logger.info("The key of configuration %s was set by %s.", self.pk, by or "the program")

    def remove_key(self, by: Any = None) -> None:
        api_keys.ApiKey.objects.filter(configuration_id=self.pk).delete()
        self.forget_refusal()
        logger.info("The key of configuration %s was removed by %s.", self.pk, by or "the program")

    @sensitive_variables()
    def cleaned_key(self, typed: str) -> str:
        """The key in what was typed; raises `ValidationError` for what cannot be a key of this configuration."""
        if not self.takes_key:
            raise ValidationError("The sandbox takes no key.", code="key")
        return api_keys.cleaned(typed, api_keys.MAX_TOKEN_LENGTH if self.is_token else api_keys.MAX_LENGTH)

    def mark_key_refused(self) -> None:
        """Remember that the provider refused the key, for administrators to see."""
        self.key_refused_at = timezone.now()
        self.save(update_fields=["key_refused_at"])

    def forget_refusal(self) -> None:
        self.key_refused_at = None
        self.save(update_fields=["key_refused_at"])

    def remember_test(self, code: str, text: str) -> None:
        """Keep what a test of the connection found: `ok` or an error's code, and a sentence."""
        self.tested_at, self.test_code, self.test_text = timezone.now(), code, text[:500]
        self.save(update_fields=["tested_at", "test_code", "test_text"])

    # What is kept of its calls.

    def recorded(self) -> str:
        """One of `Record`: what is kept of a call."""
        return self.record_calls or conf.record_calls()

    def days_recorded(self) -> int:
        """How long; 0 means for ever."""
        return self.record_days or conf.record_days()

    # What it is asked.

    def takes_raw_requests_of(self, user: Any) -> bool:
        """Whether `user`, who may use it, may also send it any request, with all that its key can do.

        The sandbox has no key, and nothing behind it. `docs/decisions/0013`.
        """
        if self.raw_requests == self.RawRequests.NOBODY:
            return False
        if self.api_type == ApiType.SANDBOX or self.raw_requests == self.RawRequests.USERS:
            return True
        return bool(user.is_staff and user.has_perm("connector.change_configuration"))

    def limits_for(self, operation: Operation) -> Limits:
        """The operation's limits, with the time limits that are set here in place of its own."""
        usual = operation.limits
        return dataclasses.replace(
            usual,
            first_byte=self.first_byte_ms / 1000 if self.first_byte_ms else usual.first_byte,
            idle=self.idle_ms / 1000 if self.idle_ms else usual.idle,
            total=self.total_ms / 1000 if self.total_ms else usual.total,
        )

    def default_model(self, operation: str) -> str:
        """The model for `operation` when none is named; on Azure the deployment decides. "" when there is none."""
        name = DEFAULTS.get(operation)
        chosen: str = getattr(self, f"model_default_{name}") if name else ""
        return chosen or (self.deployment() if self.api_type == ApiType.AZURE_OPENAI else "")

    def deployment(self) -> str:
        """The name of Azure's deployment, which may stand in the endpoint only; "" when there is none."""
        try:
            return self.deployment_name or self.parsed_endpoint().deployment
        except errors.InvalidParameter:
            return ""

    def default_model_ends(self) -> dict[str, datetime.date]:
        """The default models of which it is known when they are shut down, and that day."""
        entered = {row.name: row.shutdown_date for row in self.deployed_models.all()}
        chosen = [getattr(self, f"model_default_{name}") for name in dict.fromkeys(DEFAULTS.values())]
        ends = {model: entered.get(model) or catalogue.shutdown(model) for model in chosen if model}
        return {model: day for model, day in ends.items() if day}

    def model_names(self, operation: str) -> list[DeployedModel]:
        """The models to choose from for `operation`, the default one first.

        The deployed models that serve it; where none are entered or loaded, unsaved ones with the names that the
        sandbox or, for OpenAI, the catalogue knows.
        """
        today = timezone.localdate()
        entered = list(self.deployed_models.all())
        offered = [row for row in entered if row.is_live(today) and row.is_for(operation)]
        if not offered:
            disabled = {row.name for row in entered}
            names = [name for name in self.known_models(operation, today) if name not in disabled]
            offered = [DeployedModel(configuration=self, name=name) for name in names]
        first = self.default_model(operation)
        if first and first not in [row.name for row in offered]:
            offered.append(DeployedModel(configuration=self, name=first))
        return sorted(offered, key=lambda row: row.name != first)

    def known_models(self, operation: str, today: datetime.date) -> list[str]:
        """What there is to choose from where nothing was entered or loaded for `operation`."""
        match self.api_type:
            case ApiType.OPENAI:
                return catalogue.suggested(operation, today)
            case ApiType.SANDBOX:
                return list(sandbox_models.SERVING.get(operation, ()))
            case _:
                return []

    def duplicate(self) -> "Configuration":
        """A copy with its deployed models and groups and without its key, switched off until someone looks at it."""
        models_of_it, groups = list(self.deployed_models.all()), list(self.groups.all())
        copy = Configuration.objects.get(pk=self.pk)
        copy.pk, copy.uuid, copy.enabled = None, uuid.uuid4(), False
        copy.display_name = self._name_of_copy()
        copy.created = timezone.now()
        copy.key_refused_at = copy.tested_at = None
        copy.models_tried_at = None
        copy.test_code = copy.test_text = copy.models_trouble = ""
        copy._state.adding = True
        copy.save()
        copy.groups.set(groups)
        for model in models_of_it:
            model.pk, model.configuration, model._state.adding = None, copy, True
            model.save()
        return copy

    def _name_of_copy(self) -> str:
        taken = set(Configuration.objects.values_list("display_name", flat=True))
        number = 1
        while (name := f"{self.display_name[:85]} (copy{f' {number}' if number > 1 else ''})") in taken:
            number += 1
        return name
