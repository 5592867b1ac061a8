"""The page of models: what all configurations offer, and what is known of one model.

urls.py       the addresses
filtering.py  which models are shown, in which order
rows.py       a model as a row of the list
details.py    everything that is known of one model
live.py       what its provider says of it, remembered for a while
owned.py      the configurations that the user who asks may use
views.py      what the pages answer to
"""
