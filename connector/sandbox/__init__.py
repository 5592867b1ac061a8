"""A stand-in provider, for use without a key: there is no model behind it, and it says so.

    replies/       what it answers: one set of replies, which know neither Django nor a network
    transport.py   the door inside the process: an httpx transport that truly streams
    urls.py        the door over HTTP (`views.py` behind it), for curl, other clients and tests

It covers what the operations can ask, answers usefully, and misbehaves on request by the model's name, so that
every error can be seen by hand: `replies.models` lists them all.
"""

ENDPOINT = "https://sandbox.invalid/v1"  # of the configuration inside the process; `.invalid` is never resolved
