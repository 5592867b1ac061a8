"""Speech and transcription: a text becomes sound, a recording becomes text.

forms.py     what is asked: a text and who says it; a recording and how it is written down
cards.py     a run as its page shows it, and how its stream ends
history.py   what was asked before, a page at a time
aligning.py  the words of a transcript, each at its time
exports.py   a transcript as text, SRT, WebVTT and JSON
owned.py     what belongs to the user who asks
uploads.py   the recording that a form brings
"""
