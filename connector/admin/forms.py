"""What an administrator types, and the help beside it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from connector.admin.base import WithoutColons
from connector.models import Configuration, DeployedModel, api_key
from connector.models.deployed_model import Operation

# Not Django's URLField: the client's parser decides what an endpoint is, and it takes more spellings.
ENDPOINT_HELP = (
    "OpenAI: leave it empty for https://api.openai.com/v1. Azure: the resource's URL or a deployment's whole target "
    "URI, as the portal shows it. Other servers: up to and including /v1."
)
KEY_WIDGET = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password", "spellcheck": "false"})


class KeyField(forms.CharField):
    """A key as it is typed; never shown again, not even after an error elsewhere on the form."""

    widget = KEY_WIDGET

    def __init__(self, **options: Any) -> None:  # whatever a field takes
        super().__init__(**{"max_length": api_key.MAX_TOKEN_LENGTH} | options)


class ConfigurationForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    new_key = KeyField(label="Key", required=False)

    class Meta:
        model = Configuration
        fields = (
            "display_name",
            "api_type",
            "endpoint",
            "azure_key_type",
            "entra_tenant",
            "entra_client",
            "deployment_name",
            "api_version",
            "organization",
            "project",
            "enabled",
            "open_to_everyone",
            "groups",
            "raw_requests",
            "model_default_chat",
            "model_default_responses",
            "model_default_completions",
            "model_default_images",
            "model_default_embeddings",
            "model_default_speech",
            "model_default_transcription",
            "first_byte_ms",
            "idle_ms",
            "total_ms",
            "record_calls",
            "record_days",
        )
        help_texts = {  # noqa: RUF012  # Django's Meta
            "display_name": "What people choose it by.",
            "endpoint": ENDPOINT_HELP,
            "azure_key_type": "A token ends after an hour or so; with the secret of an application we get new ones.",
            "entra_tenant": "The directory's id or domain. Only for the secret of an application.",
            "entra_client": "Of the application whose secret is the key. Its role: Cognitive Services OpenAI User.",
            "deployment_name": "Used when a request names no model. More of them go under Deployed models.",
            "api_version": "Only for addresses with deployments in the path, such as 2024-10-21; not for /openai/v1.",
            "organization": "Only if the key belongs to several: org-…",
            "project": "Only if usage is to be booked on one: proj_…",
            "enabled": "Off: nobody can use it; nothing is lost.",
            "open_to_everyone": "Else only members of the groups ticked below.",
            "raw_requests": "Who may send any request by hand. It can do whatever the key can, also delete.",
            "first_byte_ms": "Milliseconds until the answer begins. Empty: as is usual for the operation.",
            "idle_ms": "Milliseconds in which nothing more comes.",
            "total_ms": "Milliseconds for all of it, attempts and waits included.",
            "record_calls": "What its users can look up afterwards; a key never is. What is counted stays the same.",
            "record_days": "Then it is deleted. Empty: as in the settings.",
        }

    def clean(self) -> dict[str, Any]:
        """Also checks a key typed here, before the model checks whether the stored one may stay."""
        cleaned = super().clean() or self.cleaned_data
        typed = cleaned.get("new_key")
        if typed:
            self._check_key(typed, cleaned)
            self.instance.key_comes_again = not self.has_error("new_key")
        return cleaned

    def _check_key(self, typed: str, cleaned: dict[str, Any]) -> None:
        """As a key of the configuration that is being saved, which the form has not filled in yet."""
        chosen = {name: cleaned.get(name, "") for name in ("api_type", "azure_key_type")}
        try:
            Configuration(**chosen).cleaned_key(typed)
        except ValidationError as error:
            self.add_error("new_key", error)


class KeyForm(WithoutColons, forms.Form):
    """The key of one configuration, typed anew."""

    key = KeyField(label="Key", help_text="It is stored encrypted and never shown again.")

    def __init__(self, *args: Any, configuration: Configuration, **options: Any) -> None:
        super().__init__(*args, **options)
        self.configuration = configuration

    def clean_key(self) -> str:
        return self.configuration.cleaned_key(self.cleaned_data["key"])


class DeployedModelForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    serves = forms.MultipleChoiceField(
        label="Serves",
        choices=Operation.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Nothing ticked: as the catalogue says.",
    )

    class Meta:
        model = DeployedModel
        fields = ("name", "family", "serves", "enabled", "shutdown_date")
        widgets = {"shutdown_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}  # noqa: RUF012

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, field in self.fields.items():  # in a table the headings are not the fields' labels
            if name != "serves":
                field.widget.attrs["aria-label"] = field.label

    def save(self, commit: bool = True) -> DeployedModel:
        """What a person touched is theirs: loading the models again leaves it alone."""
        if self.has_changed():
            self.instance.source = DeployedModel.Source.ADMINISTRATOR
        saved: DeployedModel = super().save(commit)
        return saved
