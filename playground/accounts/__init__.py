"""Who is there: signing in and out, the first administrator, one's own account, and the pages for what went wrong.

    signing_in.py  the sign-in page, and signing out
    guesses.py     how many wrong passwords a minute
    welcome.py     the one-time link with which the first administrator is made
    account.py     one's own password and theme
    users.py       users and groups in the admin: who may change whom
    errors.py      400, 403, 404, 413, 429, 500 and 503, as pages and as fragments
    forms.py       their forms

There is no public sign-up: other users are made in the admin.
"""
