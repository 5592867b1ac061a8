"""The addresses of pictures, below `images/`. A picture has its `public_id` in them and nothing that can be guessed."""

from django.urls import path

from playground.chat.views import running
from playground.images.views import albums, bulk, comparing, detail, editing, files, gallery, keeping, studio

urlpatterns = [
    path("", studio.studio, name="images"),
    path("ask/", studio.ask, name="images_ask"),
    path("form/", studio.form, name="images_form"),
    path("runs/<int:pk>/events/", running.events, name="image_events"),
    path("runs/<int:pk>/stop/", studio.stop, name="image_stop"),
    path("runs/<int:pk>/again/", studio.again, name="image_run_again"),
    path("gallery/", gallery.gallery, name="gallery"),
    path("bulk/", bulk.act, name="images_bulk"),
    path("bulk/compare/", bulk.compare, name="images_compare_chosen"),
    path("zip/", bulk.as_zip, name="images_zip"),
    path("<uuid:public_id>/rescue/", studio.rescue, name="image_rescue"),
    path("<uuid:public_id>/file/", files.original, name="image_file"),
    path("<uuid:public_id>/thumb/", files.thumbnail, name="image_thumb"),
    path("<uuid:public_id>/preview/", files.preview, name="image_preview"),
    path("<uuid:public_id>/partial/", files.partial, name="image_partial"),
    path("deleted/<uuid:public_id>/thumb/", files.deleted_thumbnail, name="image_deleted_thumb"),
    path("inputs/<uuid:public_id>/file/", files.upload, name="image_input"),
    path("<uuid:public_id>/", detail.detail, name="image"),
    path("<uuid:public_id>/again/", detail.again, name="image_again"),
    path("<uuid:public_id>/vary/", detail.vary, name="image_vary"),
    path("<uuid:public_id>/code/<slug:kind>/", detail.as_code, name="image_code"),
    path("<uuid:public_id>/sidecar/", detail.sidecar, name="image_sidecar"),
    path("<uuid:public_id>/favourite/", keeping.favourite, name="image_favourite"),
    path("<uuid:public_id>/delete/", keeping.delete, name="image_delete"),
    path("<uuid:public_id>/restore/", keeping.restore, name="image_restore"),
    path("<uuid:public_id>/share/", keeping.share, name="image_share"),
    path("<uuid:public_id>/albums/", keeping.put, name="image_albums"),
    path("<uuid:public_id>/edit/", editing.edit, name="image_edit"),
    path("edit/", editing.edit, name="images_edit"),
    path("edit/form/", editing.form, name="images_edit_form"),
    path("compare/", comparing.compare, name="images_compare"),
    path("albums/", albums.albums, name="albums"),
    path("albums/<int:pk>/", albums.album, name="album"),
    path("albums/<int:pk>/rename/", albums.rename, name="album_rename"),
    path("albums/<int:pk>/delete/", albums.delete, name="album_delete"),
    path("albums/<int:pk>/share/", albums.share, name="album_share"),
]
