"""Pictures and files that go along with a prompt: kept when they come, so that nothing has to be chosen again."""

from dataclasses import dataclass, field

from connector.client import errors
from connector.models import StoredFile, prompting
from playground.access import UserRequest
from playground.prompt import owned

UPLOADS, FILES = "upload", "files"  # fields of the form: what is kept already, and what comes new
TYPES = "image/png,image/jpeg,image/webp,image/gif,application/pdf,text/*,.md,.csv,.json,.py,.txt"


@dataclass
class Attachments:
    """In the order in which they are sent. `problems`: what is wrong with some of them."""

    files: list[StoredFile] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def posted(request: UserRequest) -> Attachments:
    """Raises Http404 for another's."""
    ids = list(dict.fromkeys(request.POST.getlist(UPLOADS)))[: prompting.MOST_FILES + 1]
    found = Attachments([owned.upload(request, one) for one in ids])
    new = request.FILES.getlist(FILES)
    if (count := len(found.files) + len(new)) > prompting.MOST_FILES:
        found.problems.append(f"These are {count} files; {prompting.MOST_FILES} at most can go along.")
        return found
    for file in new:
        try:
            found.files.append(StoredFile.objects.take_document(request.user, file.name or "", file.read()))
        except errors.InvalidParameter as error:
            found.problems.append(f"“{file.name}”: {error.facts['reason']}.")
        except (errors.StorageFull, errors.NotStored) as error:
            found.problems.append(f"{error.what} {error.todo}")
            break
    return found
