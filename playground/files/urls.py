"""The addresses of stored files, below `files/`. A file has its `public_id` in them and nothing that can be guessed."""

from django.urls import path

from playground.files import views

urlpatterns = [path("<uuid:public_id>/", views.stored, name="file")]
