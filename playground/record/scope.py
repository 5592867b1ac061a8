"""Whose calls somebody sees, and how much of them.

Everybody sees their own calls whole. Administrators who may view calls see of those of others what happened and not
what was written (`docs/decisions/0010`): no body, no text of an error, no path that somebody typed.
"""

from django.contrib.auth.models import User

from connector.models import Call, CallContent
from connector.models.call import CallQuerySet
from playground.requests.headers import HIDDEN


def sees_everyone(user: User) -> bool:
    return user.is_staff and user.has_perm("connector.view_call")


def visible_to(user: User) -> CallQuerySet:
    return Call.objects.all() if sees_everyone(user) else Call.objects.for_user(user)


def is_own(call: Call, user: User) -> bool:
    return call.user_id is not None and call.user_id == user.pk


def told[Content: (CallContent, CallContent | None)](content: Content) -> Content:
    """What was kept of a call as its owner may read it: without headers that only administrators know."""
    for body in [content.request, *content.answers] if content else []:
        body["headers"] = {name: value for name, value in (body.get("headers") or {}).items() if name not in HIDDEN}
    return content
