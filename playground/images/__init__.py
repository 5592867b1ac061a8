"""Pictures: a studio to ask for them, and a gallery that keeps every one.

urls.py     the addresses
owned.py    what belongs to the user who asks, and what others share with them
views/      what the pages answer to
"""
