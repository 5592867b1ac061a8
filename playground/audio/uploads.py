"""The recording that a form brings: a file, or one that was kept before."""

import uuid
from dataclasses import dataclass

from django.http import Http404

from connector.client import errors
from connector.models import StoredFile
from playground.access import UserRequest
from playground.audio import owned
from playground.parameters.fields import sentence

FILE, KEPT = "file", "recording"  # fields of the form: a new one, and the id of one that was kept
LARGEST = 25_000_000  # bytes (OpenAI API reference, audio/transcriptions)


@dataclass(frozen=True, slots=True)
class Upload:
    recording: StoredFile | None = None
    problem: str = ""  # what is wrong with it, for its field
    error: errors.NotSent | errors.NotStored | None = None  # why it was not taken, whatever it is


def posted(request: UserRequest) -> Upload:
    """The file, kept; without one that which was kept before. Nothing of a file is kept that is not right."""
    file = request.FILES.get(FILE)
    if file is None:
        kept = of(request, request.POST.get(KEPT, ""))
        return Upload(kept) if kept else Upload(problem="Choose a recording, or record one here.")
    if file.size and file.size >= LARGEST:
        return Upload(problem=f"“{file.name}” has {file.size / 1_000_000:.0f} MB; up to 25 MB can be sent.")
    try:
        return Upload(StoredFile.objects.take_recording(request.user, file.name or "", file.read()))
    except errors.InvalidParameter as error:
        return Upload(problem=sentence(error))
    except (errors.NotSent, errors.NotStored) as error:
        return Upload(error=error)


def of(request: UserRequest, text: str) -> StoredFile | None:
    """The kept sound with this id; None without one. Raises Http404 for another's."""
    if not text:
        return None
    try:
        return owned.sound(request, uuid.UUID(text))
    except ValueError as error:
        raise Http404 from error
