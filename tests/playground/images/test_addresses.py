"""Every address of pictures, for somebody else and for an object that does not exist.

The table is compared with the URLconf: a route without a row fails.
"""

import uuid

from django.test import TestCase
from django.urls import URLPattern, reverse

from connector.models import Album
from playground.images import urls
from tests.builders import a_configuration, a_drawing, a_user, an_image, an_upload

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
FURTHER = {"image_code": ["curl"]}  # what else stands in the address
STREAMS = {"image_events"}  # strangers get 404: a reader of events would follow a redirect
MISSING = {
    "run": 987_654_321,
    "image": uuid.uuid4(),
    "deleted": uuid.uuid4(),
    "upload": uuid.uuid4(),
    "album": 987_654_321,
}
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": "http://testserver/images/"}


class AddressTests(TestCase):
    def setUp(self):
        self.owner, self.stranger = a_user(), a_user()
        a_configuration()
        deleted = an_image(self.owner)
        deleted.discard()
        self.own: dict[str, object] = {
            "run": a_drawing(self.owner).pk,
            "image": an_image(self.owner).public_id,
            "deleted": deleted.public_id,
            "upload": an_upload(self.owner).public_id,
            "album": Album.objects.create(user=self.owner, name="Sea").pk,
        }

    def routes(self, with_object=True):
        for name, (methods, kind) in ROUTES.items():
            if bool(kind) == with_object:
                for method in methods.split():
                    with self.subTest(name, method=method):
                        yield name, method.lower(), kind

    def ask(self, method, name, kind="", key=None, **headers):
        args = [key or self.own[kind], *FURTHER.get(name, [])] if kind else []
        return getattr(self.client, method)(reverse(f"playground:{name}", args=args), {}, headers=headers)

    def test_every_route_has_a_row(self):
        named = {pattern.name for pattern in urls.urlpatterns if isinstance(pattern, URLPattern)}
        self.assertEqual(named, set(ROUTES))

    def test_what_belongs_to_somebody_else_is_not_there(self):
        self.client.force_login(self.stranger)
        for headers in ({}, HTMX):
            for name, method, kind in self.routes():
                foreign = self.ask(method, name, kind, **headers)
                missing = self.ask(method, name, kind, MISSING[kind], **headers)
                self.assertEqual((foreign.status_code, missing.status_code), (404, 404))
                self.assertEqual(foreign.content, missing.content)

    def test_nobody_gets_in_without_signing_in(self):
        for with_object in (True, False):
            for name, method, kind in self.routes(with_object):
                answer = self.ask(method, name, kind)
                if name in STREAMS:
                    self.assertEqual((answer.status_code, answer.content), (404, b""))
                elif answer.status_code != 401:  # a page that keeps what was typed, with a link to sign in
                    self.assertEqual(answer.status_code, 302)
                    self.assertIn("/login/", answer["Location"])

    def test_other_methods_are_refused(self):
        self.client.force_login(self.owner)
        for name, (methods, kind) in ROUTES.items():
            for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - set(methods.split()):
                with self.subTest(name, method=method):
                    self.assertEqual(self.ask(method.lower(), name, kind).status_code, 405)
