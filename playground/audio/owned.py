"""What belongs to the user who asks. Every view of sounds finds its object here: what is not theirs is not there."""

import uuid

from django.shortcuts import get_object_or_404

from connector.models import Run, Speech, StoredFile, Take, Transcription
from playground.access import UserRequest


def speech(request: UserRequest, pk: int) -> Speech:
    return get_object_or_404(Speech.objects.for_user(request.user).select_related("run__configuration"), pk=pk)


def deleted_speech(request: UserRequest, pk: int) -> Speech:
    """One that can still be brought back."""
    return get_object_or_404(Speech.objects.deleted_of(request.user), pk=pk)


def take(request: UserRequest, pk: int) -> Take:
    return get_object_or_404(Take.objects.filter(speech__in=Speech.objects.for_user(request.user)), pk=pk)


def transcription(request: UserRequest, pk: int) -> Transcription:
    theirs = Transcription.objects.for_user(request.user)
    return get_object_or_404(theirs.select_related("run__configuration", "recording"), pk=pk)


def deleted_transcription(request: UserRequest, pk: int) -> Transcription:
    return get_object_or_404(Transcription.objects.deleted_of(request.user), pk=pk)


def run(request: UserRequest, pk: int) -> Run:
    """One whose text or recording is still there, perhaps only to be brought back."""
    theirs = Run.objects.for_user(request.user).exclude(speech=None, transcription=None)
    return get_object_or_404(theirs, pk=pk)


def sound(request: UserRequest, public_id: uuid.UUID) -> StoredFile:
    """A recording that was uploaded, or sound that was made here."""
    theirs = StoredFile.objects.for_user(request.user)
    sounds = (StoredFile.Purpose.AUDIO, StoredFile.Purpose.OUTPUT)
    return get_object_or_404(theirs.filter(purpose__in=sounds), public_id=public_id)
