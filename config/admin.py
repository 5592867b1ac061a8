"""Where Django looks for the pages of the admin. In a host project users belong to the host, so this is not there."""

from playground.accounts import users

__all__ = ["users"]
