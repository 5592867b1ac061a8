"""Static files as they are served: hashed names, compressed beforehand, and one stylesheet instead of ten."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from servestatic.storage import CompressedManifestStaticFilesStorage

IMPORT = re.compile(r"""@import\s+(?:url\()?["']?([\w./-]+)["']?\)?\s*(?:layer\(([\w.-]+)\))?\s*;""")


class CannotFlatten(ValueError):
    pass


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # the library has no types
    """The entry files of our own CSS are flattened before they get their hash.

    The source keeps one file per idea; the page needs one request, and no chain of them.
    """

    keep_only_hashed_files = True

    def post_process(self, paths: dict[str, Any], *args: Any, **kwargs: Any) -> Iterator[tuple[str, str | None, Any]]:
        if not kwargs.get("dry_run"):
            for name in settings.FLATTENED_STYLESHEETS:
                if name in paths:
                    whole = flatten(Path(self.path(name)))
                    Path(self.path(name)).write_text(whole, encoding="utf-8")
                    paths[name] = (self, name)  # from where Django reads it again
        yield from super().post_process(paths, *args, **kwargs)


def flatten(file: Path) -> str:
    """The stylesheet with each `@import url("x.css") layer(y);` replaced by `@layer y { … }`.

    Imported files stand beside the entry, so that a `url()` in them means the same from there.
    """

    def content(found: re.Match[str]) -> str:
        name, layer = found.groups()
        if PurePosixPath(name).parent != PurePosixPath("."):
            raise CannotFlatten(f"{file.name} imports {name}, which does not stand beside it.")
        text = flatten(file.with_name(name)).strip()
        return f"@layer {layer} {{\n{text}\n}}" if layer else text

    return IMPORT.sub(content, file.read_text(encoding="utf-8"))
