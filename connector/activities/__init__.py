"""What a Django developer calls. Each verb has an async twin with an `a` before its name.

    from connector import activities

    text = activities.chat_without_history(configuration, "Why is the sky blue?", temperature=0.2)

    session = activities.create_session(configuration=configuration, system_prompt="Answer briefly.")
    activities.add_message(session, "user", "Why is the sky blue?")
    text = activities.chat_with_history(session)

They need no server process, and they raise `connector.client.errors` only.
"""

from connector.activities.chat import (
    acall_chat_completions,
    achat_with_history,
    achat_without_history,
    call_chat_completions,
    chat_with_history,
    chat_without_history,
    stream_without_history,
)
from connector.activities.sessions import aadd_message, acreate_session, add_message, create_session

__all__ = [
    "aadd_message",
    "acall_chat_completions",
    "achat_with_history",
    "achat_without_history",
    "acreate_session",
    "add_message",
    "call_chat_completions",
    "chat_with_history",
    "chat_without_history",
    "create_session",
    "stream_without_history",
]
