"""Files that somebody else sends, once it is clear that they may be had: the proxy in front, or the bucket they are in.

The setting `FILES_SENT_BY` says who: "app" (we do, which needs nothing else), "proxy" (nginx and others that know
`X-Accel-Redirect`; for files on this disk), "link" (a signed address of the storage that lives for minutes).
"""

from urllib.parse import quote

from django.conf import settings
from django.db.models.fields.files import FieldFile
from django.http import HttpResponse

LINK_KEPT = 120  # seconds that a browser may use the same signed address; it lives for 300


def by_another(file: FieldFile, media_type: str, headers: dict[str, str]) -> HttpResponse | None:
    """The answer that lets another send `file` with these `headers`; None when it is for us to send it."""
    chosen, name = getattr(settings, "FILES_SENT_BY", "app"), str(file.name)
    if chosen == "proxy":
        leads_to = quote(f"{settings.FILES_PROXY_PREFIX}{name}")
        return HttpResponse(content_type=media_type, headers=headers | {"X-Accel-Redirect": leads_to})
    if chosen == "link":
        said = {"ResponseContentType": media_type, "ResponseContentDisposition": headers["Content-Disposition"]}
        address = file.storage.url(name, parameters=said)  # type: ignore[call-arg]  # storages that sign take it
        kept = {"Cache-Control": f"private, max-age={LINK_KEPT}"}
        return HttpResponse(status=302, headers={"Location": address} | kept)
    return None
