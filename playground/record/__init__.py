"""The record of calls, for people: who asked what, how it went, and what was sent and came, word by word.

scope.py       whose calls somebody sees, and how much of them
filtering.py   what is meant, as it stands in the address
listing.py     the list, a page at a time, within what a page may look through
showing.py     one call: what was sent, what came, as a page draws it
waterfall.py   where the time went, as a picture
views/         pages and exports
"""
