"""Whatever Django looks for in the two apps is in the wheel, and nothing that belongs to this installation."""

import zipfile
from pathlib import Path

import pytest

from tests.package import ROOT, a_wheel

PLACES = {"templates": "playground/templates", "static": "playground/static/playground"}
STAYS = ("templates/admin/",)
APPS = ("connector", "playground")


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    with zipfile.ZipFile(a_wheel(tmp_path_factory.mktemp("wheel"))) as wheel:
        return set(wheel.namelist())


def files(folder):
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(ROOT).as_posix() for path in found}


@pytest.mark.parametrize("app", APPS)
def test_every_file_of_an_app_is_in_it(names, app):
    """Code, migrations, commands, the catalogue's data, templates and static files."""
    assert files(app) - names == set()


@pytest.mark.parametrize("folder", PLACES)
def test_pages_and_styles_go_into_the_app_that_shows_them(names, folder):
    wanted = {PLACES[folder] + name.removeprefix(folder) for name in files(folder) if not name.startswith(STAYS)}
    assert wanted
    assert wanted - names == set()


def test_nothing_of_this_installation_is_in_it(names):
    tops = {Path(name).parts[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(APPS)
    assert not [name for name in names if name.startswith("playground/templates/admin/")]
    assert not [name for name in names if name.endswith(".pyc")]
