"""For templates of a project that embeds the connector.

{% load connector %}{% configurations request.user %}
"""

from typing import Any

from django import template

from connector.models import Configuration

register = template.Library()


@register.inclusion_tag("connector/configurations.html")
def configurations(user: Any) -> dict[str, Any]:  # Any: whatever user model the project has
    """The configurations that `user` may use: name, type and default chat model; a link for who may change them."""
    may_change = user.has_perm("connector.change_configuration")
    return {"configurations": Configuration.objects.for_user(user), "may_change": may_change}
