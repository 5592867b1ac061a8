"""A conversation: its messages form a tree, `leaf` says which branch is shown."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from connector.models import asking, prompting, text, transcript, tree
from connector.models.call import CallContent
from connector.models.configuration import Configuration
from connector.models.run import Run
from connector.models.undoable import Undoable, UndoableQuerySet

if TYPE_CHECKING:
    from connector.models.message import ChatCompletionsMessage


class SessionQuerySet(UndoableQuerySet["ChatCompletionsSession"]):
    def chats(self) -> "SessionQuerySet":
        """Conversations, as the chat lists them."""
        return self.filter(kind=self.model.Kind.CHAT)

    def prompts(self) -> "SessionQuerySet":
        """Prompts, as their page lists them."""
        return self.filter(kind=self.model.Kind.PROMPT)

    def current(self) -> "SessionQuerySet":
        return self.filter(archived=False)

    def archived(self) -> "SessionQuerySet":
        return self.filter(archived=True)

    def search(self, words: str) -> "SessionQuerySet":
        """Those with every one of `words` in their title or in a message; all when there is no word."""
        messages = self.model._meta.get_field("messages").related_model._default_manager
        found = self
        for word in text.cleaned(words).split()[:10]:
            said = messages.filter(session=models.OuterRef("pk"), content__icontains=word).order_by()
            found = found.filter(models.Q(title__icontains=word) | models.Exists(said))
        return found

    def begin(self, user: Any, question: str, token: str = "", **fields: Any) -> Run:
        """A new session of `user` (`fields`: configuration, model, system_prompt, parameters) with its first question.

        Session, messages and run are made together or not at all; what `ask` raises, this raises.
        """
        return asking.begin(self.model(user=user, **fields), question, token)

    def prompt(self, user: Any, wish: prompting.Wish, token: str = "") -> Run:
        """A prompt of `user`: a session of its own, its question and its run. As `begin` otherwise."""
        return prompting.begin(user, wish, token)

    def prompt_again(self, run: Run, token: str = "") -> Run:
        """The same request as that of `run`, a prompt's, once more, beside it. As `begin` otherwise."""
        return prompting.again(run, token)

    def purge(self) -> int:
        """Delete for good what was deleted a day ago; how many rows went."""
        CallContent.objects.of(Run.objects.filter(session__in=self.expired())).delete()
        return self.expired().delete()[0]


class ChatCompletionsSession(Undoable):
    class Kind(models.TextChoices):
        CHAT = "chat", "Chat"
        PROMPT = "prompt", "Prompt"  # one question and its answer, asked on a page of its own
        COMPARISON = "comparison", "Comparison"  # one column of several that answer the same question

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="chat_sessions"
    )
    configuration = models.ForeignKey(Configuration, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.CHAT)
    comparison = models.ForeignKey(
        "connector.Comparison", on_delete=models.CASCADE, null=True, blank=True, related_name="columns"
    )
    place = models.PositiveSmallIntegerField(default=0)  # among the columns of its comparison
    title = models.CharField(max_length=200, blank=True)
    model = models.CharField(max_length=200, blank=True)
    system_prompt = models.TextField(blank=True)
    parameters = models.JSONField(default=dict, blank=True)  # only those that were set, by the API's names
    template = models.JSONField(
        default=dict, blank=True
    )  # of a prompt: its texts as written, what filled their variables
    leaf = models.ForeignKey(
        "ChatCompletionsMessage", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    pinned = models.BooleanField(default=False)
    archived = models.BooleanField(default=False)
    touched = models.DateTimeField(db_default=Now())  # the last message; what the list is sorted by

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ["-pinned", "-touched", "-pk"]
        indexes = [
            models.Index(fields=["user", "kind", "archived", "-pinned", "-touched", "-id"], name="session_list"),
            models.Index(fields=["user", "kind", "-id"], name="session_of_kind"),
        ]

    def __str__(self) -> str:
        return f"Session {self.pk}"  # without its title, which others would read in lists and logs

    # Reading it.

    def path(self) -> "list[ChatCompletionsMessage]":
        """The messages shown, first to last, each with its run and its `siblings`. One query, whatever the length.

        A run of a dead process is marked as interrupted on the way.
        """
        messages = list(self.messages.select_related("run"))
        self._interrupt_dead(messages)
        return self.path_of(messages)

    def path_of(self, messages: "list[ChatCompletionsMessage]") -> "list[ChatCompletionsMessage]":
        """The path among `messages` that were fetched already."""
        return tree.path(messages, self.leaf_id)

    async def apath(self) -> "list[ChatCompletionsMessage]":
        return await sync_to_async(self.path)()

    def branches(self, message: "ChatCompletionsMessage") -> "list[ChatCompletionsMessage]":
        """The siblings of `message`, itself included, oldest first: what can be leafed through at its place."""
        return list(self.messages.filter(parent=message.parent_id).select_related("run"))

    def export(self) -> dict[str, Any]:
        """Everything of it as plain data, for JSON: the messages of all branches, and the path shown."""
        return transcript.as_data(self)

    def export_markdown(self) -> str:
        """The path shown as a Markdown document."""
        return transcript.as_markdown(self)

    # Talking.

    def ask(self, text: str, token: str = "") -> Run:
        """Put a question at the end of the path shown; the answers' rows and the run are there when this returns.

        `token`: one per form; the same one again gives the run it made first. Everything is committed, nothing is
        sent: see `runs.start`. Raises errors of `errors.NotSent`: `InvalidParameter` (empty or too long, or a
        parameter that the model refuses), `NoConfiguration`, `NoModel`, `StillAnswering`, `LimitReached`.
        """
        return asking.ask(self, text, token)

    def edit(self, message: "ChatCompletionsMessage", text: str, token: str = "") -> Run:
        """Ask again with `text` instead of the user's `message`, which stays as a sibling. As `ask` otherwise."""
        return asking.edit(self, message, text, token)

    def regenerate(self, message: "ChatCompletionsMessage", token: str = "") -> Run:
        """Another answer beside `message`, or one to it when it is the user's. As `ask` otherwise."""
        return asking.regenerate(self, message, token)

    def continue_(self, message: "ChatCompletionsMessage", token: str = "") -> Run:
        """A sibling of the answer `message` that begins with its text and goes on. As `ask` otherwise."""
        return asking.continue_(self, message, token)

    def give_results(self, answer: "ChatCompletionsMessage", results: Mapping[str, str], token: str = "") -> Run:
        """Of a prompt: what the tools returned that `answer` asks for, by the ids of the calls. As `ask` otherwise."""
        return prompting.give_results(answer, results, token)

    def add_message(self, role: str, content: str) -> "ChatCompletionsMessage":
        """Append a message at the end of the path shown, without asking anything."""
        return asking.add_message(self, role, content)

    def show(self, message: "ChatCompletionsMessage") -> None:
        """Show the branch through `message`, down to where it was talked with last."""
        messages = self.messages.only("pk", "parent_id", "choice", "run_id", "session_id")
        self.leaf_id = tree.newest_leaf(messages, message.pk)
        self.save(update_fields=["leaf"])

    # Keeping it.

    def pin(self, pinned: bool = True) -> None:
        self.pinned = pinned
        self.save(update_fields=["pinned"])

    def rename(self, title: str) -> None:
        """Give it a title of one line; after an empty one the next question names it."""
        self.title = text.title_of(title)
        self.save(update_fields=["title"])

    def archive(self, archived: bool = True) -> None:
        self.archived = archived
        self.save(update_fields=["archived"])

    def discard(self) -> None:
        """Delete it in a way that `restore` undoes; after a day it is gone for good (`purge`). Answers stop."""
        super().discard()
        Run.objects.going().filter(session=self).update(stop_requested=True)

    def _interrupt_dead(self, messages: "list[ChatCompletionsMessage]") -> None:
        going = {message.run.pk for message in messages if message.run and message.run.is_going}
        if going and Run.objects.filter(pk__in=going).interrupt_dead():
            now = Run.objects.in_bulk(going)
            for message in messages:
                if message.run:
                    message.run = now.get(message.run.pk, message.run)
