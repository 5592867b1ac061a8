"""Every address of pictures, for somebody else and for an object that does not exist."""

from django.test import TestCase

from connector.models import Album
from playground.images import urls
from tests.builders import a_drawing, an_image, an_upload
from tests.playground.addresses import Addresses

# name: (methods it answers, whose key it takes)
ROUTES = {
    "images": ("GET", ""),
    "images_ask": ("POST", ""),
    "images_form": ("POST", ""),
    "image_events": ("GET", "run"),
    "image_stop": ("POST", "run"),
    "image_run_again": ("POST", "run"),
    "image_rescue": ("POST", "image"),
    "gallery": ("GET", ""),
    "images_bulk": ("POST", ""),
    "images_compare_chosen": ("POST", ""),
    "images_zip": ("POST", ""),
    "image_file": ("GET", "image"),
    "image_thumb": ("GET", "image"),
    "image_preview": ("GET", "image"),
    "image_partial": ("GET", "image"),
    "image_deleted_thumb": ("GET", "deleted"),
    "image_input": ("GET", "upload"),
    "image": ("GET", "image"),
    "image_again": ("POST", "image"),
    "image_vary": ("GET", "image"),
    "image_code": ("GET", "image"),
    "image_sidecar": ("GET", "image"),
    "image_favourite": ("POST", "image"),
    "image_share": ("POST", "image"),
    "image_albums": ("POST", "image"),
    "image_edit": ("GET POST", "image"),
    "image_delete": ("POST", "image"),
    "image_restore": ("POST", "deleted"),
    "images_edit": ("GET POST", ""),
    "images_edit_form": ("POST", ""),
    "images_compare": ("GET", ""),
    "albums": ("GET POST", ""),
    "album": ("GET", "album"),
    "album_rename": ("POST", "album"),
    "album_delete": ("POST", "album"),
    "album_share": ("POST", "album"),
}


class AddressTests(Addresses, TestCase):
    urls = urls
    routes = ROUTES
    further = {"image_code": ["curl"]}
    streams = {"image_events"}

    def setUp(self):
        super().setUp()
        deleted = an_image(self.owner)
        deleted.discard()
        self.own = {
            "run": a_drawing(self.owner).pk,
            "image": an_image(self.owner).public_id,
            "deleted": deleted.public_id,
            "upload": an_upload(self.owner).public_id,
            "album": Album.objects.create(user=self.owner, name="Sea").pk,
        }
