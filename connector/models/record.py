"""Writing the record of calls: rows that are ready, what they cost, and the sums of their days, in one transaction."""

import dataclasses
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models, router, transaction

from connector.models import costing, usage
from connector.models.call import Call, CallContent
from connector.models.configuration import Configuration
from connector.models.prepared import Prepared, given
from connector.models.run import Run
from connector.models.usage import Used

_of_run = Prepared(lambda: Run.objects.filter(pk=given("pk")).values_list("user", "configuration"))
_user = Prepared(lambda: _users().filter(pk=given("pk", get_user_model(), _key())).values_list("pk"))
_here = Prepared(lambda: Configuration.objects.filter(pk=given("pk")).values_list("pk"))

logger = logging.getLogger(__name__)


def _key() -> str:
    return str(get_user_model()._meta.pk.name)


def _users() -> "models.QuerySet[Any]":
    everybody: models.QuerySet[Any] = get_user_model()._default_manager.all()
    return everybody


@dataclasses.dataclass(frozen=True, slots=True)
class Draft:
    """A call that is over, as rows that are not saved yet."""

    call: Call
    content: CallContent | None = None  # None: its configuration keeps nothing of it
    is_kept: bool = True  # False: it is counted and forgotten
    body: Mapping[str, Any] = dataclasses.field(default_factory=dict)  # as sent, without files
    tier: str = ""  # the `service_tier` that answered
    seconds: float | None = None  # of sound, where the usage does not say it

    @property
    def used(self) -> Used:
        """What it costs and counts as follows from this."""
        return Used(self.call, self.body, self.tier, self.seconds)

    def estimate(self, usage: Mapping[str, Any]) -> None:
        """Our own count, where the provider's did not come: the answer was stopped or broke off."""
        if usage and not self.call.usage:
            self.call.usage = {**usage, "estimated": True}
            self.call.input_tokens, self.call.output_tokens = usage["prompt_tokens"], usage["completion_tokens"]


def write(drafts: Sequence[Draft]) -> list[Call]:
    """Save what is to be kept of `drafts` with what they cost, and count them; the saved calls.

    One transaction, a savepoint inside another one.
    """
    used = [draft.used for draft in drafts]
    with transaction.atomic(using=router.db_for_write(Call)):
        _forget_the_gone([draft.call for draft in drafts])
        costing.price_calls(used)
        usage.count(used)
        kept = [draft for draft in drafts if draft.is_kept]
        for draft in kept:
            draft.call.pk = None  # of an attempt to write that was rolled back
        calls = Call.objects.bulk_create([draft.call for draft in kept])
        contents = [_of(call, draft.content) for call, draft in zip(calls, kept, strict=True) if draft.content]
        CallContent.objects.bulk_create(contents)
    return calls


def write_down(drafts: Callable[[], Sequence[Draft]], raises: tuple[type[Exception], ...] = ()) -> None:
    """Write what `drafts` returns. What goes wrong with that is logged: an answer that was paid for comes first.

    `raises`: what is not, because everything is tried again after it.
    """
    try:
        write(drafts())
    except raises:
        raise
    except Exception:
        logger.exception("A call was not recorded.")


def _forget_the_gone(calls: Sequence[Call]) -> None:
    """Point to no row that was deleted while the call went on. The run of a call knows whose it is."""
    using = router.db_for_write(Call)
    for pk in {call.run_id for call in calls}:
        found = _of_run.first(using, pk=pk) if pk else None
        for call in calls:
            if call.run_id == pk:
                call.run_id = pk if found else None
                call.user_id, call.configuration_id = found or (call.user_id, call.configuration_id)
    others = [call for call in calls if call.run_id is None]
    users = {pk for pk in {call.user_id for call in others} if pk and _user.first(using, pk=pk)}
    configurations = {pk for pk in {call.configuration_id for call in others} if pk and _here.first(using, pk=pk)}
    for call in others:
        call.user_id = call.user_id if call.user_id in users else None
        call.configuration_id = call.configuration_id if call.configuration_id in configurations else None


def _of(call: Call, content: CallContent) -> CallContent:
    content.call = call
    return content
