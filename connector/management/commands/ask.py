"""`manage.py ask "Why is the sky blue?"`: the smallest example of the connector, and a way to try a configuration."""

import sys
from typing import Any

from asgiref.sync import async_to_sync
from django.core.management.base import BaseCommand, CommandError, CommandParser

from connector import activities
from connector.client import errors
from connector.models import ApiType, Call, Configuration


class Command(BaseCommand):
    help = "Ask a model something; the answer is written as it comes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prompt", nargs="?", default="", help="what to ask; - reads it from the standard input")
        parser.add_argument("--configuration", default="", help="its display name; needed when there are several")
        parser.add_argument("--model", default="", help="instead of the configuration's default")
        parser.add_argument("--system", default="", help="a system prompt; may stand alone")

    def handle(self, *args: Any, **options: Any) -> None:
        prompt = sys.stdin.read() if options["prompt"] == "-" else options["prompt"]
        configuration = the_configuration(options["configuration"])
        try:
            # not `asyncio.run`: the database is asked in this thread, where a transaction may be open
            async_to_sync(self.answer)(configuration, prompt, options["system"], options["model"])
        except errors.ConnectorError as error:
            raise CommandError(f"{error.what} {error.todo}") from error

    async def answer(self, configuration: Configuration, prompt: str, system: str, model: str) -> None:
        with activities.on_behalf_of(None, source=Call.Source.COMMAND):
            async for piece in activities.stream_without_history(configuration, prompt, system, model):
                self.stdout.write(piece, ending="")
                self.stdout.flush()
        self.stdout.write()


def the_configuration(name: str) -> Configuration:
    """The one with that name; without a name the only one there is, the sandbox aside."""
    enabled = Configuration.objects.filter(enabled=True)
    if name:
        found = list(enabled.filter(display_name=name))
    else:
        found = list(enabled.exclude(api_type=ApiType.SANDBOX)) or list(enabled)
    if len(found) == 1:
        return found[0]
    names = ", ".join(enabled.values_list("display_name", flat=True)) or "none yet; add one in the admin"
    problem = f"There is no configuration {name!r}." if name else "Which configuration? Say --configuration NAME."
    raise CommandError(f"{problem} There are: {names}.")
