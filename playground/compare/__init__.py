"""Comparing: one prompt to several columns, each with a configuration, a model and parameters of its own.

forms.py    the prompt, and a column
setup.py    all columns of the form: read from what was posted, added, copied, removed
showing.py  a comparison as its page shows it: columns, figures, the table below them
frames.py   what a stream puts on that page
listing.py  the comparisons before
exporting.py a comparison to take away
owned.py    what belongs to the user who asks
views/      the addresses of `urls.py`
"""
