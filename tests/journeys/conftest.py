"""What all journeys begin with: people who are signed in, and a provider that does as it is told."""

import itertools
from collections.abc import Iterator

import pytest

from tests.journeys import steps
from tests.journeys.people import Person, make_configuration, make_people
from tests.server import Server, a_server
from tests.upstream import Upstream, an_upstream

PEOPLE = 40  # for a file
SLOW = "paced-40-200"  # five seconds of words
MODELS = [
    "words-20",
    SLOW,
    "paced-40-2000",
    "paced-20-60",
    "paced-40-360",
    "fault:echo",
    "fault:hang",
    "fault:slow-2",
    "fault:500",
]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server for all tests of a file."""
    with a_server() as running:
        yield running


@pytest.fixture(scope="module")
def people(server: Server) -> Iterator[Person]:
    """Each test takes one for itself: nobody may ask too often."""
    return iter(make_people(server, *(f"lea{number}" for number in range(PEOPLE))))


@pytest.fixture
def person(people: Iterator[Person]) -> Person:
    return next(people)


@pytest.fixture(scope="module")
def administrator(server: Server) -> Person:
    return make_people(server, "admin")[0]


@pytest.fixture(scope="module")
def upstream(server: Server) -> Iterator[Upstream]:
    """A provider on loopback, and the configuration *Upstream* that leads to it; see `tests/upstream.py`."""
    with an_upstream() as running:
        make_configuration(
            server,
            "Upstream",
            api_type="openai_compatible",
            endpoint=f"{running.url}/v1",
            model_default_chat="words-20",
            models=MODELS,
        )
        yield running


@pytest.fixture
def enter(open_page, server, person):
    """`enter(path)`: a page of somebody who has signed in; each call is another browser, `who` another person."""

    def enter_page(path="/chat/", who=person, **options):
        page = open_page(server, **options)
        page.context.add_cookies([who.cookie(server)])
        page.goto(path)
        return page

    return enter_page


@pytest.fixture
def chat(enter):
    """`chat(model, configuration)`: a new chat, ready to ask."""

    def begin(model="sandbox-fast", configuration="", **options):
        page = enter("/chat/", **options)
        steps.choose(page, model, configuration)
        return page

    return begin


@pytest.fixture
def talk(chat, upstream):
    """`talk(model)`: a new chat with the provider of the test."""

    def begin(model="words-20", **options):
        return chat(model, "Upstream", **options)

    return begin


number = itertools.count(1)


@pytest.fixture
def word():
    """A word that is in no other test's chat."""
    return f"word{next(number)}"
