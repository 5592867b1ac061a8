"""The package as a host project installs it: a wheel, built here and unpacked."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("connector", "playground", "templates", "static", "pyproject.toml", "setup.py", "README.md", "LICENSE")
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


def a_wheel(folder: Path) -> Path:
    """Built from a copy: what setuptools leaves behind would be found by the next build."""
    copy = folder / "source"
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            copy.mkdir(exist_ok=True)
            shutil.copy(source, copy / name)
    command = [sys.executable, "-c", BUILD, str(folder)]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    shutil.rmtree(copy)
    return next(folder.glob("*.whl"))


def installed(folder: Path) -> Path:
    """A folder for PYTHONPATH with the unpacked wheel and nothing else of ours."""
    site = folder / "site"
    with zipfile.ZipFile(a_wheel(folder)) as wheel:
        wheel.extractall(site)
    return site
