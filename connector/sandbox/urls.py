"""Included by an installation under `sandbox/`; what lies below is for the replies to know."""

from django.urls import re_path

from connector.sandbox.views import door

urlpatterns = [re_path(r"^(?P<path>(?:v1|openai)/.*)$", door)]
