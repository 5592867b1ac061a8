"""What the operations on pictures share.

answer.py      what comes back: pictures, usage, events of a stream
together.py    which parameters contradict each other
calls.py       sending and reading
"""
