import re
from pathlib import Path

import pytest

from config.serving.static_storage import CannotFlatten, flatten


def write(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.css").write_text(text)
    return folder / "entry.css"


def test_imports_become_layers_in_place(tmp_path):
    entry = write(
        tmp_path,
        entry='@layer base, pages;\n@import url("base.css") layer(base);\n@import url("chat.css") layer(pages);\n',
        base="p { margin: 0 }",
        chat=".message { color: var(--ink) }",
    )
    whole = flatten(entry)
    assert "@import" not in whole
    assert whole.index("@layer base, pages;") < whole.index("@layer base {\np { margin: 0 }\n}")
    assert "@layer pages {\n.message { color: var(--ink) }\n}" in whole


def test_imports_in_imports_are_followed(tmp_path):
    entry = write(tmp_path, entry='@import "a.css"; @import url(a.css);', a='@import url("b.css");', b="b {}")
    assert "b {}" in flatten(entry)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        flatten(write(tmp_path, entry='@import url("nothing.css");'))


def test_a_file_elsewhere_is_refused_because_its_addresses_would_change(tmp_path):
    with pytest.raises(CannotFlatten, match="which does not stand beside it"):
        flatten(write(tmp_path, entry='@import url("other/a.css");'))


def test_our_entry_leaves_nothing_to_import():
    from django.conf import settings
    from django.contrib.staticfiles import finders

    for name in settings.FLATTENED_STYLESHEETS:
        assert not re.search(r"@import\b", flatten(Path(finders.find(name))))
