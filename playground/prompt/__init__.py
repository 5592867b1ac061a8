"""Prompts: one system prompt, one question, one answer; by any operation that answers with text.

urls.py         the addresses
owned.py        what belongs to the user who asks
variables.py    `{{names}}` in a text, and what is put in their place
typed.py        schemas and tools as they are typed: what is wrong, in which line
attachments.py  pictures and files that go along
forms.py        the form: texts, variables, format, tools, and what the chosen model takes
asking.py       what the form opens with, and from it to a run
examples.py     what the page offers to try
cards.py        prompts and their answers as the page shows them
differing.py    two versions of a saved prompt, side by side
views/          what the pages answer to
"""
