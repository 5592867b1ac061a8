"""Embeddings: many texts in, a vector for each out, and how alike they are.

urls.py         the addresses
texts.py        lines or a CSV → the texts that are sent, or a sentence about what is wrong
forms.py        the page's form
asking.py       what the form opens with, and from it to a run
owned.py        what belongs to the user who asks
vectors.py      the numbers of a run, from its file
similar.py      how alike they are
pictures.py     the geometry of what is drawn of them
showing.py      a run as its page shows it
listing.py      the runs before, a page at a time
downloads.py    what can be saved: CSV and NumPy
npy.py          NumPy's file format
views/          what the pages answer to
"""
