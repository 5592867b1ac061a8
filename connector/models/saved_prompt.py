"""Prompts that are kept under a name, each with its versions: what was saved is never changed, only followed."""

from typing import Any

from django.conf import settings
from django.db import models, router, transaction
from django.db.models.functions import Now

from connector.client import errors
from connector.models import admission, text
from connector.models.configuration import Configuration

LONGEST_NAME = 100  # characters
MOST_VERSIONS = 1000
KEPT = ("operation", "configuration", "model", "system_prompt", "question", "parameters", "values")  # of a version


class SavedPromptQuerySet(models.QuerySet["SavedPrompt"]):
    def for_user(self, user: Any) -> "SavedPromptQuerySet":
        return self.filter(user=user) if user.is_authenticated else self.none()

    def keep(self, user: Any, name: str, **fields: Any) -> "SavedPromptVersion":
        """A version of the prompt `name` of `user`, which is made if it is not there; `fields` as in `KEPT`.

        When it says what the newest version says, there is nothing to add, and that one is returned. Raises
        `errors.InvalidParameter` for a name that is none.
        """
        name = text.title_of(name)[:LONGEST_NAME]
        if not name:
            raise errors.InvalidParameter(param="name", reason="a prompt needs a name.")
        with transaction.atomic(using=router.db_for_write(self.model)):
            admission.lock(user)
            prompt, _ = self.get_or_create(user=user, name=name)
            return prompt.add(**fields)


class SavedPrompt(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_prompts")
    name = models.CharField(max_length=LONGEST_NAME)
    created = models.DateTimeField(db_default=Now(), editable=False)
    touched = models.DateTimeField(db_default=Now())  # the last version

    objects = SavedPromptQuerySet.as_manager()

    class Meta:
        ordering = ["-touched", "-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="prompt_named_once")]
        indexes = [models.Index(fields=["user", "-touched", "-id"], name="prompt_list")]

    def __str__(self) -> str:
        return f"Prompt {self.pk}"  # without its name, which others would read in lists and logs

    def add(self, **fields: Any) -> "SavedPromptVersion":
        """Another version, unless the newest one says the same."""
        newest = self.versions.first()
        if newest and all(getattr(newest, name) == value for name, value in fields.items()):
            return newest
        number = newest.number + 1 if newest else 1
        if number > MOST_VERSIONS:
            raise errors.InvalidParameter(
                param="name", reason=f"{MOST_VERSIONS} versions are enough; choose another name."
            )
        version = self.versions.create(number=number, **fields)
        type(self).objects.filter(pk=self.pk).update(touched=Now())
        return version

    def restore(self, version: "SavedPromptVersion") -> "SavedPromptVersion":
        """The newest version says what `version` says."""
        with transaction.atomic(using=router.db_for_write(type(self))):
            admission.lock(self.user)
            return self.add(**{name: getattr(version, name) for name in KEPT})

    def rename(self, name: str) -> None:
        """Raises `errors.InvalidParameter` for no name, or one that another prompt has."""
        name = text.title_of(name)[:LONGEST_NAME]
        if not name:
            raise errors.InvalidParameter(param="name", reason="a prompt needs a name.")
        with transaction.atomic(using=router.db_for_write(type(self))):
            admission.lock(self.user)
            if type(self).objects.filter(user=self.user, name=name).exclude(pk=self.pk).exists():
                raise errors.InvalidParameter(param="name", reason="you have a prompt with this name already.")
            self.name = name
            self.save(update_fields=["name"])


class SavedPromptVersion(models.Model):
    """What the form held: texts with their variables, and what these were filled with."""

    prompt = models.ForeignKey(SavedPrompt, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    operation = models.CharField(max_length=40, default="chat_completions")
    configuration = models.ForeignKey(Configuration, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    model = models.CharField(max_length=200, blank=True)
    system_prompt = models.TextField(blank=True)
    question = models.TextField(blank=True)
    parameters = models.JSONField(default=dict, blank=True)
    values = models.JSONField(default=dict, blank=True)  # of the variables, by name
    created = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["prompt", "number"], name="version_numbered_once")]

    def __str__(self) -> str:
        return f"Version {self.number} of prompt {self.prompt_id}"
