"""What the pages of prompts answer to.

history   the page: the form, and the prompts so far
asking    asking, the results of tools, stopping, asking again
saved     prompts that are kept under a name, and their versions
"""
