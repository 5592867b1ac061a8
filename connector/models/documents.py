"""What a model is given to read: a PDF, or text in UTF-8, by its bytes; the name only says which kind of text it is."""

from pathlib import PurePath

TAKEN = "pictures (PNG, JPEG, WebP, GIF), PDF, and text in UTF-8"
PDF = "application/pdf"
TEXTS = {".csv": "text/csv", ".json": "application/json", ".md": "text/markdown", ".markdown": "text/markdown"}
HEADER_WITHIN = 1024  # bytes (PDF 1.7, implementation note 13)


def type_of(name: str, content: bytes) -> str:
    """The media type of a document; empty for what is none. Markup and scripts are plain text to us."""
    if b"%PDF-" in content[:HEADER_WITHIN]:
        return PDF
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return ""
    return "" if "\0" in text else TEXTS.get(PurePath(name).suffix.lower(), "text/plain")
