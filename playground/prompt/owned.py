"""What belongs to the user who asks. Every view of prompts finds its object here: what is not theirs is not there."""

import uuid

from django.http import Http404
from django.shortcuts import get_object_or_404

from connector.models import (
    ChatCompletionsMessage,
    ChatCompletionsSession,
    Run,
    SavedPrompt,
    SavedPromptVersion,
    StoredFile,
)
from playground.access import UserRequest


def session(request: UserRequest, pk: int) -> ChatCompletionsSession:
    theirs = ChatCompletionsSession.objects.for_user(request.user).prompts()
    return get_object_or_404(theirs.select_related("configuration"), pk=pk)


def deleted_session(request: UserRequest, pk: int) -> ChatCompletionsSession:
    """One that can still be brought back."""
    return get_object_or_404(ChatCompletionsSession.objects.deleted_of(request.user).prompts(), pk=pk)


def answer(request: UserRequest, pk: int) -> ChatCompletionsMessage:
    kind = ChatCompletionsSession.Kind.PROMPT
    theirs = ChatCompletionsMessage.objects.for_user(request.user).filter(session__kind=kind, role="assistant")
    found = get_object_or_404(
        theirs.select_related("session__configuration", "run__configuration", "run__session"), pk=pk
    )
    found.session.user = request.user  # known already
    return found


def run(request: UserRequest, pk: int) -> Run:
    theirs = Run.objects.for_user(request.user).filter(kind=Run.Kind.PROMPT, session__deleted=None)
    found = get_object_or_404(theirs.select_related("configuration", "session"), pk=pk)
    found.user = request.user
    return found


def upload(request: UserRequest, text: str) -> StoredFile:
    try:
        public_id = uuid.UUID(text)
    except ValueError as error:
        raise Http404 from error
    return get_object_or_404(StoredFile.objects.for_user(request.user), public_id=public_id)


def saved(request: UserRequest, pk: int) -> SavedPrompt:
    found = get_object_or_404(SavedPrompt.objects.for_user(request.user), pk=pk)
    found.user = request.user
    return found


def version(request: UserRequest, pk: int) -> SavedPromptVersion:
    theirs = SavedPromptVersion.objects.filter(prompt__in=SavedPrompt.objects.for_user(request.user))
    return get_object_or_404(theirs.select_related("prompt", "configuration"), pk=pk)
