"""The pictures, attacked from inside: by somebody who is signed in, and by what a provider answers
(T10, T12, T18, T33, T39, T43, T44, T84, T98)."""

import contextlib
import time
import uuid

from django.contrib.auth.models import Group
from django.core.cache import caches
from django.db import connection
from django.test import SimpleTestCase, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from connector.client import errors
from connector.models import Album, GeneratedImage, Run, StoredFile, pictures
from tests.builders import (
    CANARY_KEY,
    a_configuration,
    a_drawing,
    a_run,
    a_session,
    a_user,
    an_image,
    an_openai,
    an_upload,
)
from tests.pictures import a_picture

FEW = 40  # queries
FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": "http://testserver/images/"}


class Case(TestCase):
    def setUp(self):
        for cache in ("default", "limits"):
            caches[cache].clear()
        self.ann, self.bob = a_user(), a_user()
        self.configuration = a_configuration(model_default_images="sandbox-image-fast")
        self.client.force_login(self.bob)

    def at(self, name, *args):
        return reverse(f"playground:{name}", args=args)

    def image(self, user=None, **fields):
        return an_image(user or self.ann, a_picture(64, 64), **{"configuration": self.configuration} | fields)

    def shared(self, **fields):
        """A picture of ann's that bob may look at."""
        image, group = self.image(**fields), Group.objects.create(name=f"Team {uuid.uuid4()}")
        image.groups.add(group)
        self.bob.groups.add(group)
        return image

    def wish(self, **fields):
        known = {"prompt": "x", "configuration": str(self.configuration.pk), "model": "sandbox-image-fast"}
        return known | fields


def state():
    """All that a stranger could have changed."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (GeneratedImage, StoredFile, Album, Run, GeneratedImage.groups.through, Album.images.through)
    ]


class StrangerTests(Case):
    """Every parameter of every address takes an id; none takes somebody else's (T33, T39, T43, T44)."""

    def setUp(self):
        super().setUp()
        self.own = self.image(self.bob)
        self.album = Album.objects.create(user=self.bob, name="Own")
        deleted = self.image()
        deleted.discard()
        self.theirs = {
            "an image": self.image().public_id,
            "a deleted image": deleted.public_id,
            "an upload": an_upload(self.ann).public_id,
        }
        self.foreign = {
            "album": Album.objects.create(user=self.ann, name="Hers").pk,
            "group": Group.objects.create(name="Hers").pk,
            "run": a_drawing(self.ann).pk,
        }

    def test_ids_in_a_query(self):
        for what, key in self.theirs.items():
            for address in (
                f"{self.at('images')}?from={key}",
                f"{self.at('images')}?prompt_of={key}",
                f"{self.at('images_edit')}?from={key}",
                f"{self.at('images_edit')}?id={key}",
                f"{self.at('images_edit')}?id={self.own.public_id}&id={key}",
                f"{self.at('image_edit', self.own.public_id)}?id={key}",
                f"{self.at('images_compare')}?id={self.own.public_id}&id={key}",
                f"{self.at('gallery')}?after={key}",
            ):
                for headers in ({}, FRAGMENT):
                    with self.subTest(what, address=address):
                        self.assertEqual(self.client.get(address, headers=headers).status_code, 404)

    def test_ids_in_a_form(self):
        keys = {**self.theirs, "nothing": uuid.uuid4()}
        forms = [("images_edit", self.wish(**{name: key})) for key in keys.values() for name in ("id", "upload")]
        forms += [("images_edit", self.wish(id=self.own.public_id, mask=key)) for key in keys.values()]
        actions = (
            "favourite",
            "favourite:no",
            "delete",
            "restore",
            "share:nobody",
            f"album:{self.album.pk}",
            "album:new",
        )
        actions += (f"take-out:{self.album.pk}",)
        forms += [
            ("images_bulk", {"action": action, "image": key, "name": "New"})
            for action in actions
            for key in keys.values()
        ]
        forms += [
            ("images_bulk", {"action": action, "image": [self.own.public_id, key], "name": "New"})
            for action in actions
            for key in keys.values()
        ]
        forms += [("images_zip", {"image": [self.own.public_id, key]}) for key in keys.values()]
        forms += [
            ("images_bulk", {"action": f"{action}:{key}", "image": self.own.public_id})
            for action, key in (
                ("share", self.foreign["group"]),
                ("album", self.foreign["album"]),
                ("take-out", self.foreign["album"]),
            )
        ]
        before = state()
        for name, form in forms:
            with self.subTest(name, form=form):
                self.assertEqual(self.client.post(self.at(name), form).status_code, 404)
                self.assertEqual(self.client.post(self.at(name), form, headers=FRAGMENT).status_code, 404)
        self.assertEqual(state(), before)

    def test_groups_and_albums_of_others_are_no_choices(self):
        before = state()
        for name, args, form in (
            ("image_share", [self.own.public_id], {"groups": self.foreign["group"]}),
            ("image_albums", [self.own.public_id], {"albums": self.foreign["album"]}),
            ("album_share", [self.album.pk], {"groups": self.foreign["group"]}),
            ("album_share", [self.album.pk], {"groups": self.foreign["group"], "stop": "1"}),
        ):
            with self.subTest(name):
                self.assertEqual(self.client.post(self.at(name, *args), form).status_code, 422)
        self.assertEqual(state(), before)

    def test_a_picture_of_another_run_is_not_tried_again(self):
        run = a_drawing(self.bob)
        before = state()
        for key in (self.theirs["an image"], self.own.public_id, uuid.uuid4()):
            answer = self.client.post(self.at("image_run_again", run.pk), {"image": key})
            self.assertEqual(answer.status_code, 404)
        self.assertEqual(state(), before)

    def test_an_album_of_somebody_else_tells_nothing_by_its_number(self):
        shown = self.image(self.bob)
        hers = Album.objects.get(pk=self.foreign["album"])
        hers.images.add(shown)
        for name in ("gallery", "image"):
            args = [shown.public_id] if name == "image" else []
            self.assertEqual(self.client.get(f"{self.at(name, *args)}?album={hers.pk}").status_code, 404)
        form = {"action": "favourite", "image": shown.public_id, "back": f"album={hers.pk}"}
        told = self.client.post(self.at("images_bulk"), form, headers=FRAGMENT)
        self.assertEqual(told.context["total"], 0)
        refused = self.client.post(self.at("images_bulk"), {"action": "favourite", "back": f"album={hers.pk}"})
        self.assertEqual(refused.context["page"].total, 0)

    def test_what_is_shared_can_be_looked_at_and_not_changed(self):
        image = self.shared(run=a_drawing(self.ann))
        before = state()
        for name in ("image_favourite", "image_delete", "image_share", "image_restore"):
            self.assertEqual(self.client.post(self.at(name, image.public_id), {"favourite": "1"}).status_code, 404)
        for action in ("favourite", "delete", "share:nobody"):
            answer = self.client.post(self.at("images_bulk"), {"action": action, "image": image.public_id})
            self.assertEqual(answer.status_code, 422)
        self.assertEqual(self.client.post(self.at("image_run_again", image.run_id)).status_code, 404)
        self.assertEqual(state(), before)

    def test_what_is_shared_no_longer_is_gone_at_once(self):
        image = self.shared()
        album = Album.objects.create(user=self.bob, name="Kept")
        album.add([image])
        image.groups.clear()
        for name in ("image", "image_file", "image_thumb", "image_preview", "image_sidecar", "image_vary"):
            self.assertEqual(self.client.get(self.at(name, image.public_id)).status_code, 404)
        page = self.client.get(f"{self.at('gallery')}?album={album.pk}")
        self.assertEqual(page.context["page"].total, 0)
        for name in ("albums", "gallery"):
            self.assertNotContains(self.client.get(self.at(name)), str(image.public_id))

    def test_a_shared_picture_does_not_tell_what_went_along(self):
        upload = an_upload(self.ann, name="my-illness.png")
        hidden = self.image()
        with override_settings(CONNECTOR_IMAGES_A_MINUTE=0):
            run = GeneratedImage.objects.ask(
                self.ann, self.configuration, "image_edits", prompt="x", images=[upload, hidden]
            )
        image = run.images.get()
        image.write(a_picture(64, 64))
        image.save_written()
        image.groups.add(group := Group.objects.create(name="Team"))
        image.groups.add(Group.objects.create(name="The secret group"))
        self.bob.groups.add(group)
        addresses = [self.at("image", image.public_id), self.at("image_sidecar", image.public_id)]
        addresses += [self.at("image_code", image.public_id, kind) for kind in ("curl", "openai", "connector")]
        addresses += [f"{self.at('images_edit')}?from={image.public_id}", self.at("image_edit", image.public_id)]
        for address in addresses:
            answer = self.client.get(address)
            self.assertEqual(answer.status_code, 200)
            is_code = "/code/" in address  # names them by their ids, which open nothing for others
            ids = [] if is_code else [str(upload.public_id), str(hidden.public_id)]
            for secret in ("my-illness", "The secret group", *ids):
                with self.subTest(address, secret=secret):
                    self.assertNotIn(secret.encode(), answer.getvalue())


class TakenAwayTests(Case):
    """A configuration that one may not use any more draws nothing, whatever the way to it (T33, T47)."""

    def setUp(self):
        super().setUp()
        self.other = a_configuration()
        self.own = self.image(self.bob, run=a_drawing(self.bob, configuration=self.configuration))
        self.hers = self.shared()

    def ways(self):
        yield self.at("images_ask"), self.wish()
        yield self.at("images_edit"), self.wish(id=self.own.public_id)
        yield self.at("image_edit", self.own.public_id), self.wish(id=self.own.public_id)
        yield self.at("image_again", self.own.public_id), {}
        yield self.at("image_again", self.hers.public_id), {}
        yield self.at("image_run_again", self.own.run_id), {}
        yield self.at("image_run_again", self.own.run_id), {"image": self.own.public_id}

    def test_nothing_is_asked(self):
        for change in ({"open_to_everyone": False}, {"enabled": False}):
            type(self.configuration).objects.filter(pk=self.configuration.pk).update(
                **{"open_to_everyone": True, "enabled": True} | change
            )
            before = state()
            for address, form in self.ways():
                for headers in ({}, FRAGMENT):
                    with self.subTest(address, change=change):
                        self.assertEqual(self.client.post(address, form, headers=headers).status_code, 422)
            self.assertEqual(state(), before)

    def test_its_name_is_not_offered(self):
        type(self.configuration).objects.filter(pk=self.configuration.pk).update(open_to_everyone=False)
        for address in (
            self.at("images"),
            f"{self.at('images')}?from={self.own.public_id}",
            f"{self.at('images_edit')}?from={self.own.public_id}",
            self.at("image_edit", self.own.public_id),
        ):
            offered = self.client.get(address).context["form"].configurations
            self.assertNotIn(self.configuration, offered)


class OddTests(Case):
    """What no form of ours sends (T98)."""

    def test_moments_and_days_at_the_ends_of_time(self):
        self.image(self.bob).discard()
        times = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01", "9999-12-31", "10000-01-01")
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"):
            with override_settings(TIME_ZONE=zone), timezone.override(zone):
                for moment in times:
                    with self.subTest(zone, moment=moment):
                        for name in ("undo", "since", "until"):
                            address = self.at("gallery")
                            self.assertEqual(self.client.get(address, {name: moment}).status_code, 200)
                        form = {"action": "restore", "moment": moment}
                        self.assertEqual(self.client.post(self.at("images_bulk"), form).status_code, 404)

    def test_a_token_of_something_else_asks_for_nothing(self):
        session = a_session(self.bob)
        a_run(session, token="used")
        for name, form in (
            ("images_ask", self.wish(token="used")),
            ("images_edit", self.wish(token="used", id=self.image(self.bob).public_id)),
        ):
            for headers in ({}, FRAGMENT):
                answer = self.client.post(self.at(name), form, headers=headers)
                self.assertLess(answer.status_code, 500)
        image = self.image(self.bob)
        for token in ("used", "a\0b", "x" * 5000, "\ud83d"):
            answer = self.client.post(
                self.at("image_again", image.public_id), {"token": token.encode("utf-8", "replace")}
            )
            self.assertLess(answer.status_code, 500)
        self.assertFalse([token for token in Run.objects.values_list("token", flat=True) if "\0" in (token or "")])

    def test_a_thousand_ids_are_not_a_thousand_queries(self):
        keys = [image.public_id for image in [self.image(self.bob) for _ in range(40)]]
        with CaptureQueriesContext(connection) as asked:
            self.assertEqual(self.client.get(self.at("images_edit"), {"id": keys}).status_code, 200)
        self.assertLess(len(asked), FEW)

    def test_a_mask_that_was_uploaded_as_something_else(self):
        own = self.image(self.bob)
        for mask in (an_upload(self.bob, a_picture(32, 32)), an_upload(self.bob, a_picture(64, 64, "JPEG"))):
            answer = self.client.post(self.at("images_edit"), self.wish(id=own.public_id, mask=mask.public_id))
            self.assertEqual(answer.status_code, 422)
        self.assertFalse(self.bob.runs.exists())

    def test_what_is_not_drawn_yet_goes_nowhere(self):
        waiting = GeneratedImage.objects.create(user=self.bob, configuration=self.configuration, prompt="x")
        drawn = b'<svg xmlns="http://www.w3.org/2000/svg"></svg>'
        svg = an_image(self.bob, drawn, parameters={"output_format": "svg"}, configuration=self.configuration)
        for image in (waiting, svg):
            answer = self.client.post(self.at("images_edit"), self.wish(id=image.public_id))
            self.assertEqual(answer.status_code, 422)
        self.assertEqual(self.client.post(self.at("images_zip"), {"image": waiting.public_id}).status_code, 404)
        for name in ("image_file", "image_thumb", "image_preview", "image_partial"):
            self.assertEqual(self.client.get(self.at(name, waiting.public_id)).status_code, 404)
        self.assertEqual(self.client.get(self.at("image_sidecar", waiting.public_id)).status_code, 200)

    def test_numbers_that_no_row_can_have(self):
        image = self.image(self.bob)
        album = Album.objects.create(user=self.bob, name="Own")
        for name, key, field in (
            ("image_share", image.public_id, "groups"),
            ("image_albums", image.public_id, "albums"),
            ("album_share", album.pk, "groups"),
        ):
            for number in ("9" * 400, str(2**63), "-1", "x", "1\0"):
                with self.subTest(name, number=number[:20]):
                    self.assertEqual(self.client.post(self.at(name, key), {field: number}).status_code, 422)


class SvgTests(SimpleTestCase):
    """A drawing that does something once it is opened from somebody's disk (T10, T12, T18)."""

    def test_however_it_is_written(self):
        for inner in (
            b'<s:script xmlns:s="http://www.w3.org/2000/svg">alert(1)</s:script>',
            b'<h:iframe xmlns:h="http://www.w3.org/1999/xhtml"/>',
            b'<img xmlns="http://www.w3.org/1999/xhtml" src="https://e.example/x"/>',
            b'<video xmlns="http://www.w3.org/1999/xhtml" poster="https://e.example/x"/>',
            b'<p xmlns="http://www.w3.org/1999/x&#104;tml"/>',
            b'<a><set attributeName="href" to="java&#115;cript:alert(1)"/></a>',
            b'<a><set attributeName="&#104;ref" to="&#106;avascript:alert(1)"/></a>',
            b'<a><animate attributeName="xlink:href" values="https://e.example/"/></a>',
            b'<rect fill="&#117;rl(https://e.example/x)"/>',
            b"<style>rect { fill: u\\72l(https://e.example/x) }</style>",
            b"<style>@\\69mport 'https://e.example/x'</style>",
            b"<style>rect { mask: image-set('https://e.example/x' 1x) }</style>",
            b"<scr\x1b(Bipt>alert(1)</scr\x1b(Bipt>",
        ):
            with self.subTest(inner), self.assertRaises(errors.NotAPicture):
                pictures.examined_svg(b'<svg xmlns="http://www.w3.org/2000/svg">' + inner + b"</svg>")
        for content in (
            b'<?xml version="1.0" encoding="ISO-2022-JP"?><svg xmlns="http://www.w3.org/2000/svg"/>',
            b'<svg xmlns="http://www.w3.org/2000/svg"><title>\xff</title></svg>',
        ):
            with self.subTest(content), self.assertRaises(errors.NotAPicture):
                pictures.examined_svg(content)

    def test_spaces_are_passed_at_once(self):
        for inner in (b"<a href=", b"<set attributeName=", b"<", b'<a href="', b"<a on", b"<a href", b"url("):
            content = b"<svg>" + inner + b" " * 1_000_000 + b"#</svg>"
            began = time.monotonic()
            with contextlib.suppress(errors.NotAPicture):
                pictures.examined_svg(content)
            self.assertLess(time.monotonic() - began, 10)  # looked at again for each space, it is minutes

    def test_a_drawing_is_still_one(self):
        for content in (
            b'<?xml version="1.0" encoding="UTF-8"?><svg xmlns="x"><title>caf\xc3\xa9 &#8217;</title></svg>',
            b"<?xml version='1.0' encoding='utf-8' standalone='no'?>\n<svg xmlns='x'><use href='#a'/>\n\t</svg>",
            b'<svg xmlns="x" xmlns:l="http://www.w3.org/1999/xlink"><use l:href="#a"/><a l:href="#b"/></svg>',
        ):
            self.assertEqual(pictures.examined_svg(content).media_type, "image/svg+xml")


class HeaderTests(Case):
    """Of a file, whatever is answered (T12, T39)."""

    def test_every_kind_of_answer(self):
        image, upload = self.image(self.bob), an_upload(self.bob)
        gone = self.image(self.bob)
        gone.discard()
        addresses = [self.at(name, image.public_id) for name in ("image_file", "image_thumb", "image_preview")]
        addresses += [self.at("image_input", upload.public_id), self.at("image_deleted_thumb", gone.public_id)]
        for address in addresses:
            etag = self.client.get(address)["ETag"]
            for status, headers in (
                (200, {}),
                (206, {"Range": "bytes=0-9"}),
                (304, {"If-None-Match": etag}),
                (412, {"If-Match": '"other"'}),
                (416, {"Range": "bytes=999999999-"}),
            ):
                with self.subTest(address, status=status):
                    answer = self.client.get(address, headers=headers)
                    self.assertEqual(answer.status_code, status)
                    self.assertEqual(answer["Content-Security-Policy"], "default-src 'none'; sandbox")
                    self.assertEqual(answer["X-Content-Type-Options"], "nosniff")
                    self.assertTrue(answer["Cache-Control"].startswith("private"))
                    self.assertIn("Cookie", answer.get("Vary", ""))
                    self.assertTrue(answer["Content-Disposition"].startswith("inline; filename="))
                    head = self.client.head(address, headers={} if status in (206, 416) else headers)
                    self.assertEqual(head.content, b"")

    def test_ranges_that_cost(self):
        address = self.at("image_file", self.image(self.bob).public_id)
        whole = self.client.get(address).getvalue()
        for text in ("bytes=0-0," * 5000, "bytes=-", "bytes=5-1", f"bytes={'9' * 400}-", "bytes=٣-", "lines=0-1"):
            answer = self.client.get(address, headers={"Range": text.encode().decode("latin-1")})
            self.assertIn(answer.status_code, (200, 416))
            if answer.status_code == 200:
                self.assertEqual(answer.getvalue(), whole)


class CanaryTests(Case):
    """The key of a configuration is in nothing that leaves (T20, T74, T77)."""

    def test_no_page_and_no_file_has_it(self):
        openai = an_openai(key=CANARY_KEY, open_to_everyone=True, model_default_images="gpt-image-2", endpoint="")
        run = a_drawing(self.bob, "kept", "failed", configuration=openai)
        group = Group.objects.create(name="Team")
        self.bob.groups.add(group)
        image = self.image(self.bob, configuration=openai, run=run, model="gpt-image-2")
        addresses = [self.at(name) for name in ("images", "gallery", "images_edit", "images_compare", "albums")]
        addresses += [self.at(name, image.public_id) for name in ("image", "image_sidecar", "image_edit")]
        addresses += [self.at("image_code", image.public_id, kind) for kind in ("curl", "openai", "connector")]
        addresses += [f"{self.at('images')}?from={image.public_id}", f"{self.at('image', image.public_id)}?{'q=x'}"]
        answers = [self.client.get(address) for address in addresses]
        answers.append(self.client.post(self.at("images_zip"), {"image": [image.public_id]}))
        answers.append(
            self.client.post(self.at("images_form"), self.wish(configuration=openai.pk, model="gpt-image-2"))
        )
        for answer in answers:
            content = answer.getvalue()
            with self.subTest(answer.request["PATH_INFO"]):
                self.assertEqual(answer.status_code, 200)
                for piece in (CANARY_KEY[n : n + 12] for n in range(len(CANARY_KEY) - 11)):
                    self.assertNotIn(piece.encode(), content)
                self.assertNotIn(b"gAAAA", content)
