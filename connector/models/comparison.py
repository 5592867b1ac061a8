"""A comparison: one prompt, and the columns that answer it side by side.

Each column is a session of one exchange with a configuration, a model and parameters of its own, so that an answer in
a column is written, watched, stopped and kept as any other.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import models

from connector.models import comparing, text
from connector.models.call import CallContent
from connector.models.run import Run
from connector.models.session import ChatCompletionsSession
from connector.models.undoable import Undoable, UndoableQuerySet

FEWEST, MOST = comparing.FEWEST, comparing.MOST  # columns


class ComparisonQuerySet(UndoableQuerySet["Comparison"]):
    def search(self, words: str) -> "ComparisonQuerySet":
        """Those with every one of `words` in their prompt; all when there is no word."""
        found = self
        for word in text.cleaned(words).split()[:10]:
            found = found.filter(prompt__icontains=word)
        return found

    def begin(
        self,
        user: Any,
        prompt: str,
        columns: Sequence[Mapping[str, Any]],
        *,
        system_prompt: str = "",
        blind: bool = False,
        token: str = "",
    ) -> "Comparison":
        """Ask `prompt` in two to six `columns` (each: configuration, model, parameters); `asked` are their runs.

        All rows are made together or not at all, and committed when this returns; nothing is sent: see `runs.start`.
        `blind`: the columns are shuffled, so that nobody knows them by their place. `token`: one per form; the same
        one again gives the comparison it made first. Raises errors of `errors.NotSent`: `InvalidParameter`,
        `NoConfiguration`, `NoModel`, `LimitReached`.
        """
        made = self.model(user=user, prompt=prompt, system_prompt=system_prompt, blind=blind)
        return comparing.begin(made, columns, token)

    def purge(self) -> int:
        """Delete for good what was deleted a day ago; how many rows went."""
        CallContent.objects.of(Run.objects.filter(session__comparison__in=self.expired())).delete()
        return self.expired().delete()[0]


class Comparison(Undoable):
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="comparisons"
    )
    prompt = models.TextField()
    system_prompt = models.TextField(blank=True)
    blind = models.BooleanField(default=False)  # nobody is told who answers until they have judged
    revealed = models.BooleanField(default=False)  # of a blind one: they have
    winner = models.ForeignKey(
        ChatCompletionsSession, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = ComparisonQuerySet.as_manager()

    # `columns`: its sessions, shown in the order of their `place`; asked for in the order of their pk

    asked: Sequence[Run] = ()  # not a column: the runs of one that was just made; `runs.start` takes them

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["user", "-id"], name="comparison_of_user")]

    def __str__(self) -> str:
        return f"Comparison {self.pk}"  # without its prompt, which others would read in lists and logs

    @property
    def is_hidden(self) -> bool:
        """Whether it has to stay unknown which column is which."""
        return self.blind and not self.revealed

    def settings_of_columns(self) -> list[dict[str, Any]]:
        """Configuration, model and parameters of each column, in the order they were asked for."""
        columns = self.columns.select_related("configuration").order_by("pk")
        return [
            {"configuration": column.configuration, "model": column.model, "parameters": column.parameters}
            for column in columns
        ]

    def again(self, token: str = "") -> "Comparison":
        """The same prompt to the same columns once more, as a new comparison. As `begin`."""
        return type(self).objects.begin(
            self.user,
            self.prompt,
            self.settings_of_columns(),
            system_prompt=self.system_prompt,
            blind=self.blind,
            token=token,
        )

    def choose(self, column: ChatCompletionsSession | None) -> None:
        """Say which column has won; None: no one has. Whoever has judged may know the names."""
        self.winner, self.revealed = column, True
        self.save(update_fields=["winner", "revealed"])

    def discard(self) -> None:
        """Delete it in a way that `restore` undoes; after a day it is gone for good (`purge`). Answers stop."""
        super().discard()
        Run.objects.going().filter(session__comparison=self).update(stop_requested=True)
