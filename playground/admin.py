"""Where Django looks for the pages of the admin."""

from playground.accounts import users

__all__ = ["users"]
