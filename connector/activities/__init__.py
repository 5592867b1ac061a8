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
from connector.activities.completions import acall_completions, acomplete, call_completions, complete, stream_completion
from connector.activities.embeddings import acall_embeddings, aembed, call_embeddings, embed
from connector.activities.images import (
    acall_image_edits,
    acall_image_generations,
    acall_image_variations,
    aedit_image,
    agenerate_image,
    call_image_edits,
    call_image_generations,
    call_image_variations,
    edit_image,
    generate_image,
)
from connector.activities.listing import (
    aget_model,
    alist_models,
    arefresh_models,
    get_model,
    list_models,
    refresh_models,
)
from connector.activities.moderations import acall_moderations, amoderate, call_moderations, moderate
from connector.activities.raw import acall_raw, call_raw
from connector.activities.recording import on_behalf_of
from connector.activities.responses import acall_responses, arespond, call_responses, respond, stream_response
from connector.activities.sessions import aadd_message, acreate_session, add_message, create_session
from connector.activities.speech import acall_speech, aspeak, call_speech, speak, stream_speech
from connector.activities.transcriptions import (
    acall_transcriptions,
    acall_translations,
    atranscribe,
    atranslate,
    call_transcriptions,
    call_translations,
    stream_transcript,
    transcribe,
    translate,
)

__all__ = [
    "aadd_message",
    "acall_chat_completions",
    "acall_completions",
    "acall_embeddings",
    "acall_image_edits",
    "acall_image_generations",
    "acall_image_variations",
    "acall_moderations",
    "acall_raw",
    "acall_responses",
    "acall_speech",
    "acall_transcriptions",
    "acall_translations",
    "achat_with_history",
    "achat_without_history",
    "acomplete",
    "acreate_session",
    "add_message",
    "aedit_image",
    "aembed",
    "agenerate_image",
    "aget_model",
    "alist_models",
    "amoderate",
    "arefresh_models",
    "arespond",
    "aspeak",
    "atranscribe",
    "atranslate",
    "call_chat_completions",
    "call_completions",
    "call_embeddings",
    "call_image_edits",
    "call_image_generations",
    "call_image_variations",
    "call_moderations",
    "call_raw",
    "call_responses",
    "call_speech",
    "call_transcriptions",
    "call_translations",
    "chat_with_history",
    "chat_without_history",
    "complete",
    "create_session",
    "edit_image",
    "embed",
    "generate_image",
    "get_model",
    "list_models",
    "moderate",
    "on_behalf_of",
    "refresh_models",
    "respond",
    "speak",
    "stream_completion",
    "stream_response",
    "stream_speech",
    "stream_transcript",
    "stream_without_history",
    "transcribe",
    "translate",
]
