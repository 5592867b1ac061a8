"""Where somebody uses a model that ends soon, and changing it there for its replacement.

Chats of the last thirty days, and prompts that are kept under a name, as their newest version says.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import router, transaction
from django.db.models import Count, F, Max
from django.utils import timezone

from connector.models import admission, offering
from connector.models.configuration import Configuration
from connector.models.offering import Ending, Replacements
from connector.models.saved_prompt import KEPT, SavedPromptVersion
from connector.models.session import ChatCompletionsSession, SessionQuerySet

LATELY = datetime.timedelta(days=30)
CHAT = "chat_completions"


@dataclass
class Use:
    """A model that ends soon, and how often one person uses it."""

    ending: Ending
    chats: int = 0
    prompts: list[str] = field(default_factory=list)  # their names


def uses(user: Any, configurations: Iterable[Configuration]) -> list[Use]:
    """What `user` uses of these configurations and has to change soon, the most urgent first. Two queries.

    Fetch the configurations with their `deployed_models`.
    """
    known = {configuration.pk: configuration for configuration in configurations}
    found: dict[tuple[int, str], Use] = {}

    def use(configuration: int | None, model: str, operation: str) -> Use | None:
        if configuration not in known or not model:
            return None
        key = (known[configuration].pk, model)
        if key not in found and (ending := offering.ending(known[configuration], model, operation)):
            found[key] = Use(ending)
        return found.get(key)

    counts = chats(user).order_by().values_list("configuration", "model").annotate(count=Count("pk"))
    for configuration, model, count in counts:
        if one := use(configuration, model, CHAT):
            one.chats += count
    for version in prompts(user).select_related("prompt"):
        if one := use(version.configuration_id, version.model, version.operation):
            one.prompts.append(version.prompt.name)
    return sorted(found.values(), key=lambda one: one.ending.day)


def replace(user: Any, configuration: Configuration, model: str) -> int:
    """Ask the replacement from now on wherever `user` uses `model`; how many chats and prompts that changed."""
    with transaction.atomic(using=router.db_for_write(ChatCompletionsSession)):
        admission.lock(user)
        instead, changed = Replacements(configuration), 0
        if to := instead.of(model, CHAT):
            changed += chats(user).filter(configuration=configuration, model=model).update(model=to)
        for version in prompts(user).filter(configuration=configuration, model=model).select_related("prompt"):
            if to := instead.of(model, version.operation):
                version.prompt.add(**{name: getattr(version, name) for name in KEPT} | {"model": to})
                changed += 1
        return changed


def chats(user: Any) -> SessionQuerySet:
    """Those of the last thirty days."""
    return ChatCompletionsSession.objects.for_user(user).chats().filter(touched__gte=timezone.now() - LATELY)


def prompts(user: Any) -> Any:  # a queryset of versions
    """The newest version of each prompt."""
    newest = SavedPromptVersion.objects.filter(prompt__user=user)
    return newest.annotate(last=Max("prompt__versions__number")).filter(number=F("last"))
