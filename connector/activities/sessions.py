"""Conversations with a memory: sessions and their messages."""

from typing import Any

from asgiref.sync import sync_to_async

from connector.models import ChatCompletionsMessage, ChatCompletionsSession, Configuration
from connector.models.text import cleaned, title_of


def create_session(
    user: Any = None,
    configuration: Configuration | None = None,
    *,
    title: str = "",
    model: str = "",
    system_prompt: str = "",
    parameters: dict[str, Any] | None = None,
) -> ChatCompletionsSession:
    """An empty session; that of a `user` appears in their list of chats.

    `parameters` have the API's names (`temperature`); without a `title` the first message of the user gives one.
    """
    return ChatCompletionsSession.objects.create(
        user=user,
        configuration=configuration,
        title=title_of(title),
        model=model,
        system_prompt=cleaned(system_prompt),
        parameters=parameters or {},
    )


def add_message(session: ChatCompletionsSession, role: str, content: str) -> ChatCompletionsMessage:
    """Append a message at the end of what is shown of `session`. The order of the messages is the caller's.

    `role`: developer, system, user, assistant, tool or function; raises `errors.InvalidParameter` for another one.
    """
    return session.add_message(role, content)


acreate_session = sync_to_async(create_session)
aadd_message = sync_to_async(add_message)
