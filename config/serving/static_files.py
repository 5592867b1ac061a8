"""Serves the collected static files from this process; a proxy in front need not know about them."""

from pathlib import Path
from typing import cast

from servestatic import ServeStaticASGI

from config.serving.asgi_types import App


def static_files(app: App, root: Path, url: str) -> App:
    """`app` with the files of `root` under `url`. Those with a hash in their name are kept by browsers for good."""
    root.mkdir(parents=True, exist_ok=True)  # a process that has not collected serves none
    # "unsafe" links: there are none in a folder that we fill ourselves, and looking for them takes half a second
    files = ServeStaticASGI(app, root=root, prefix=url, allow_all_origins=False, allow_unsafe_symlinks=True)
    return cast(App, files)
