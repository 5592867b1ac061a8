"""Where Django looks for the pages of the admin. In a host project users belong to the host, so this is not there."""

from django.contrib import admin

from playground.accounts import users

__all__ = ["users"]

admin.site.index_title = "Administration"
admin.site.site_header = admin.site.site_title = "Promptyard"
