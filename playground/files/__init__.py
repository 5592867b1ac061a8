"""Stored files, handed out to who may have them.

answering.py  a file as an answer: whole, in part, or not at all because the browser has it
sending.py    the proxy or the bucket that sends it in our place
views.py      uploads and answers that are files, for their owner
"""
