"""`POST /images/generations`, `/images/edits` and `/images/variations`: real pictures, drawn here.

checks.py      is the request right, in the API's words
drawing.py     a prompt → pixels; the same prompt gives the same picture
answering.py   pixels → an answer, whole or as a stream
links.py       pictures behind an address, for the model that answers with one
"""

from connector.sandbox.replies.pictures.answering import edits, generations, variations
from connector.sandbox.replies.pictures.links import serve

__all__ = ["edits", "generations", "serve", "variations"]
