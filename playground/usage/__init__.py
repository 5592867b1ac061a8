"""The page Usage: what was called, used and paid, by day, person, configuration, operation and model.

filtering.py   which part of it is looked at, as it stands in the address
figures.py     rows of days → sums, by one thing after the other
charts.py      sums → where the bars and lines of a picture are
export.py      the same as CSV
views.py       the page and the file
"""
