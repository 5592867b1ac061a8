"""The form of a request: configuration, model, and the parameters which the chosen model takes today.

fields.py   a parameter of the catalogue as a form field, and as what a page draws
form.py     the form itself; each kind of page adds what is its own
"""
