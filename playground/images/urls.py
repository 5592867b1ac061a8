"""The addresses of pictures, below `images/`. A picture has its `public_id` in them and nothing that can be guessed."""

from django.urls import path

from playground.chat.views import running
from playground.images.views import bulk, files, gallery, studio

urlpatterns = [
    path("", studio.studio, name="images"),
    path("ask/", studio.ask, name="images_ask"),
    path("form/", studio.form, name="images_form"),
    path("runs/<int:pk>/events/", running.events, name="image_events"),
    path("runs/<int:pk>/stop/", studio.stop, name="image_stop"),
    path("runs/<int:pk>/again/", studio.again, name="image_run_again"),
    path("gallery/", gallery.gallery, name="gallery"),
    path("bulk/", bulk.act, name="images_bulk"),
    path("zip/", bulk.as_zip, name="images_zip"),
    path("<uuid:public_id>/file/", files.original, name="image_file"),
    path("<uuid:public_id>/thumb/", files.thumbnail, name="image_thumb"),
    path("<uuid:public_id>/preview/", files.preview, name="image_preview"),
    path("<uuid:public_id>/partial/", files.partial, name="image_partial"),
    path("deleted/<uuid:public_id>/thumb/", files.deleted_thumbnail, name="image_deleted_thumb"),
    path("inputs/<uuid:public_id>/file/", files.upload, name="image_input"),
]
