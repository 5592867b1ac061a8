"""Pictures: a studio to ask for them, and a gallery that keeps every one.

urls.py         the addresses
owned.py        what belongs to the user who asks, and what others share with them
forms.py        the studio's form: a prompt, and what the chosen model takes
asking.py       what the studio opens with, and from its form to a run
tiles.py        runs and their pictures as the studio shows them
files.py        bytes on their way to a browser
views/          what the pages answer to
"""
