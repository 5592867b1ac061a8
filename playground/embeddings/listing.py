"""The requests before, a page at a time: each page goes on behind the last one of the page before."""

from dataclasses import dataclass

from django.db.models import F
from django.db.models.fields.json import KT

from connector.models import Run
from playground.access import UserRequest
from playground.embeddings import owned

AT_ONCE = 20
# A request with all its texts may have a megabyte.
FIELDS = ("state", "model", "created", "cost", "configuration__display_name", "configuration__api_type")


@dataclass(frozen=True, slots=True)
class Page:
    runs: list[Run]  # with `begins` and `texts`
    before: int | None  # the key of the next page


def page(request: UserRequest, before: int | None = None) -> Page:
    found = owned.runs(request).select_related("configuration").only(*FIELDS)
    found = found.annotate(begins=KT("about__begins"), texts=F("about__texts"), dimensions=F("answer__dimensions"))
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk")[: AT_ONCE + 1])
    return Page(rows[:AT_ONCE], rows[AT_ONCE - 1].pk if len(rows) > AT_ONCE else None)
