"""What `pyproject.toml` cannot say: pages and styles live at the top of the repository, and go into `playground`.

There Django finds them in any project. `templates/admin` stays behind: it dresses the admin of this installation.
"""

from setuptools import find_packages, setup

setup(
    packages=[
        *find_packages(include=["connector*", "playground*"]),
        "playground.templates",
        "playground.static.playground",
    ],
    package_dir={"playground.templates": "templates", "playground.static.playground": "static"},
    package_data={
        "connector": ["templates/**/*.html", "static/**/*"],
        "connector.catalogue": ["data/*.toml"],
        "playground.templates": ["accounts/*.html", "errors/*.html", "playground/**/*.html"],
        "playground.static.playground": ["**/*"],
    },
)
