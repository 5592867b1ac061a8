"""Requests: the console that sends anything to a configuration, and the record of every call.

typed.py     a request as it stands in the console's form
forms.py     the form: what is wrong with it, and what the connector is asked
jsontext.py  JSON that somebody types: line-exact problems, laid out
paths.py     the API's paths, and examples
answers.py   what came back: as a tree, text, a picture, a sound, a file
tree.py      JSON that can be folded
headers.py   which headers matter
owned.py     whose it is
views/       pages and what their buttons do
"""
