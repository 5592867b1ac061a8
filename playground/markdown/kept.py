"""Finished answers are rendered once: a page of history costs one look into the cache."""

import hashlib
from collections.abc import Iterable

from django.core.cache import cache
from django.utils.safestring import SafeString

from playground import markdown
from playground.markdown import shown

VERSION = 2  # raise it when the HTML of a text changes
A_WEEK = 7 * 24 * 60 * 60
LARGEST = 200_000  # characters of HTML that are kept; an answer may have 10 MB, and a few hundred of those no memory


def rendered(texts: Iterable[str]) -> dict[str, SafeString]:
    """Each text with the HTML of what is shown of it. What the cache holds was made here, and is as safe as when it
    was made."""
    keys = {text: _key(shown.beginning(text)) for text in texts}
    found = cache.get_many(set(keys.values()))
    fresh = {text: markdown.render(shown.beginning(text)) for text, key in keys.items() if key not in found}
    if fresh:
        cache.set_many({keys[text]: str(html) for text, html in fresh.items() if len(html) <= LARGEST}, A_WEEK)
    return {text: fresh[text] if text in fresh else SafeString(found[key]) for text, key in keys.items()}


def _key(text: str) -> str:
    digest = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=20).hexdigest()
    return f"markdown:{VERSION}:{digest}"
