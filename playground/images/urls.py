"""The addresses of pictures, below `images/`. A picture has its `public_id` in them and nothing that can be guessed."""

from django.urls import path

from playground.images.views import studio

urlpatterns = [
    path("", studio.studio, name="images"),
]
