"""What every page of ours needs from Python: icons and the chosen theme."""

import functools
import secrets
from typing import Any

from django import template
from django.template import Context
from lucide.templatetags.lucide import lucide

from connector.client.limits import readable
from connector.models import Call, Run
from playground import money, naming, rail, theme
from playground.markdown import shown
from playground.parameters.fields import as_typed

LONG = 1_200  # characters of a message of which only the beginning is shown at first
MANY = 14  # lines of one

register = template.Library()


@register.simple_tag
@functools.cache
def icon(name: str, size: int = 18, id: str = "") -> str:
    """The lucide icon `name` as inline SVG, `size` px wide; decoration only: the control beside it has the name.

    With `id` it can be used again on the page by `<use href="#id">`, which keeps long pages small.
    """
    attributes: dict[str, Any] = {"class": "icon", "aria_hidden": "true", "focusable": "false"}
    return lucide(name, size=size, **attributes, **({"id": id} if id else {}))


@register.simple_tag(name="theme", takes_context=True)
def chosen_theme(context: Context) -> str:
    """`light`, `dark`, or `system` (what the device says) when nothing was chosen."""
    request = context.get("request")
    return theme.chosen(request) if request else theme.SYSTEM


@register.simple_tag(takes_context=True)
def places(context: Context) -> rail.Rail:
    """The pages of the rail."""
    return rail.at(context["request"].path)


@register.simple_tag
def one_use_token() -> str:
    """For a form that must not be answered twice."""
    return secrets.token_urlsafe(16)


@register.filter
def seconds(milliseconds: int | None) -> str:
    """`340` → `0.34 s`; nothing for None."""
    if milliseconds is None:
        return ""
    if milliseconds < 10:
        return "0.01 s"  # it took some time
    return f"{milliseconds / 1000:.{2 if milliseconds < 10_000 else 0}f} s"


@register.filter
def wait(seconds: int) -> str:
    """`35` → `35 s`, `200` → `4 min`, `8000` → `3 h`: rather too long than too short."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds > 2 * length:
            return f"{-(-seconds // length)} {unit}"
    return f"{seconds} s"


@register.filter
def cost(run: Run) -> str:
    """What a run cost, in US dollars or `unpriced`; nothing where nothing is paid."""
    return money.of_run(run)


@register.filter
def call_cost(call: Call) -> str:
    """What a call cost, likewise."""
    return money.of_call(call)


@register.filter
def operation(name: str) -> str:
    """`image_generations` → `Images`."""
    return naming.operation(name)


@register.filter
def in_words(name: str) -> str:
    """`provider_code` → `provider code`."""
    return str(name).replace("_", " ")


@register.filter
def plain(number: float) -> str:
    """`2.0` → `2`, for an attribute that a browser reads."""
    return f"{number:g}" if isinstance(number, float) else str(number)


@register.filter
def written(value: Any) -> str:  # Any: JSON
    """A value as a form's field would show it: text as it is, everything else as JSON."""
    return as_typed(value)


@register.filter
def amount_short(number: int) -> str:
    """`1_047_576` → `1.05 M`, `128_000` → `128 k`."""
    if number >= 1_000_000:
        return f"{number / 1_000_000:.3g} M"
    return f"{number / 1000:.3g} k" if number >= 1000 else str(number)


@register.filter
def amount_whole(number: int) -> str:
    """`128000` → `128,000`."""
    return f"{number:,}"


@register.filter
def is_long(text: str) -> bool:
    """Whether a person's message is folded until somebody wants to see all of it."""
    return len(text) > LONG or text.count("\n") >= MANY


@register.filter
def is_cut(text: str) -> bool:
    """Whether only the beginning of a model's text is shown."""
    return shown.is_cut(text)


@register.filter
def size(number: int | None) -> str:
    """Bytes, as everywhere: `1_234_567` → `1.23 MB`."""
    return readable(number or 0)


@register.filter
def clock(seconds: float | None) -> str:
    """A place in a recording, or its length: `75.4` → `1:15`, `3675` → `1:01:15`; nothing for None."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
