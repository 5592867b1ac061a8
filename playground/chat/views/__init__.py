"""What the chat answers to. Each view finds its object among the user's own, checks the form, asks the domain, renders.

pages     reading: a new chat, a conversation, the list
talking   asking, editing, answering again, leafing
keeping   settings, title, pin, archive, deletion, export
running   the stream of a run, and stopping it
"""
