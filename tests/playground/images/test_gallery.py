"""The gallery: which pictures it shows, in which order, a page at a time."""

import datetime

from django.contrib.auth.models import Group
from django.db import connection
from django.http import Http404, QueryDict
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from connector.models import Album, GeneratedImage
from playground.images import filtering, listing
from playground.images.filtering import Filters
from tests.builders import a_configuration, a_user, an_image, many_images

GALLERY = "/images/gallery/"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "section#results"}


def prompts(images):
    return [image.words for image in images]


class FilterTests(TestCase):
    def setUp(self):
        self.user, self.friend = a_user(), a_user()
        group = Group.objects.create(name="Friends")
        self.user.groups.add(group)
        self.friend.groups.add(group)
        self.shared = an_image(self.friend, prompt="shared fox")
        self.shared.groups.add(group)
        an_image(self.friend, prompt="hidden fox")

    def found(self, **filters):
        return sorted(prompts(listing.page(self.user, Filters(**filters)).images))

    def test_every_word_is_searched_in_the_prompt_and_its_revision(self):
        an_image(self.user, prompt="A red fox")
        an_image(self.user, prompt="A dog", revised_prompt="A dog looks at a FOX, which is red")
        an_image(self.user, prompt="A red dog")
        self.assertEqual(self.found(q=" fox   red "), ["A dog", "A red fox"])
        self.assertEqual(self.found(q="100%_"), [])

    def test_model_configuration_size_and_favourites(self):
        configuration = a_configuration()
        an_image(self.user, prompt="one", model="m1", favourite=True)
        two = an_image(self.user, prompt="two", model="m2", configuration=configuration)
        self.assertEqual(self.found(model="m1"), ["one"])
        self.assertEqual(self.found(configuration=configuration.pk), ["two"])
        self.assertEqual(self.found(favourite=True), ["one"])
        self.assertEqual(self.found(size=f"{two.width}x{two.height}"), ["one", "two"])
        self.assertEqual(self.found(size="1x1"), [])
        self.assertEqual(self.found(model="m2", favourite=True), [])

    def test_days_are_whole(self):
        day = datetime.date(2026, 3, 5)
        for hour, prompt in ((0, "first"), (23, "last")):
            moment = datetime.datetime(2026, 3, 5, hour, 59, 59, tzinfo=datetime.UTC)
            an_image(self.user, prompt=prompt, created=moment)
        one = datetime.timedelta(days=1)
        self.assertEqual(self.found(since=day, until=day), ["first", "last"])
        self.assertEqual(self.found(since=day + one), [])
        self.assertEqual(self.found(until=day - one), [])
        self.assertEqual(self.found(until=datetime.date.max, since=datetime.date.min), ["first", "last"])

    def test_whose(self):
        mine = an_image(self.user, prompt="mine")
        self.assertEqual(self.found(), ["mine"])
        self.assertEqual(self.found(whose="shared"), ["shared fox"])
        self.assertEqual(self.found(whose="all"), ["mine", "shared fox"])
        mine.discard()
        self.assertEqual((self.found(), self.found(whose="deleted")), ([], ["mine"]))

    def test_an_album_shows_those_of_others_as_long_as_they_are_shared(self):
        album = Album.objects.create(user=self.user, name="Foxes")
        album.add([self.shared, an_image(self.user, prompt="mine")])
        self.assertEqual(self.found(album=album.pk), ["mine", "shared fox"])
        self.shared.groups.clear()
        self.assertEqual(self.found(album=album.pk), ["mine"])

    def test_waiting_and_failed_ones_are_not_shown(self):
        GeneratedImage.objects.create(user=self.user)
        GeneratedImage.objects.create(user=self.user, state="failed")
        self.assertEqual(self.found(), [])


class AddressTests(TestCase):
    def test_only_what_was_chosen_is_in_it(self):
        filters = Filters(q="a fox", favourite=True, since=datetime.date(2026, 1, 2), sort="oldest")
        self.assertEqual(filters.query(), "q=a+fox&since=2026-01-02&favourite=1&sort=oldest")
        self.assertEqual(filtering.of(QueryDict(filters.query())), filters)
        self.assertEqual(filters.query(q="", favourite=False, since=None), "sort=oldest")
        self.assertEqual(Filters().query(), "")

    def test_nonsense_is_left_out(self):
        nonsense = (
            "whose=everybody&sort=up&size=1x&since=99999-01-01&until=yesterday&album=-1&configuration=1e9"
            "&q=a%00b&model=" + "m" * 999
        )
        self.assertEqual(filtering.of(QueryDict(nonsense)), Filters())


class OrderTests(TestCase):
    def setUp(self):
        self.user = a_user()
        self.images = many_images(self.user, 2 * listing.AT_ONCE + 5)

    def walk(self, filters):
        """All pages, one after the other."""
        seen, after = [], ""
        while True:
            page = listing.page(self.user, filters, after)
            self.assertEqual(page.total, len(self.images))
            seen += [image.pk for image in page.images]
            if not (after := page.after):
                return seen

    def test_pages_follow_one_another_without_gaps(self):
        pks = [image.pk for image in self.images]
        self.assertEqual(self.walk(Filters()), pks[::-1])
        self.assertEqual(self.walk(Filters(sort="oldest")), pks)
        by_bytes = sorted(self.images, key=lambda image: (image.bytes, image.pk), reverse=True)
        self.assertEqual(self.walk(Filters(sort="largest")), [image.pk for image in by_bytes])

    def test_a_deletion_in_between_skips_nothing(self):
        page = listing.page(self.user, Filters())
        GeneratedImage.objects.get(public_id=page.after).discard()
        following = listing.page(self.user, Filters(), page.after).images
        self.assertEqual(following[0].pk, page.images[-1].pk - 1)

    def test_the_way_back_shows_as_many_as_before(self):
        for sort in ("", "oldest", "largest"):
            filters = Filters(sort=sort)
            first = listing.page(self.user, filters)
            second = listing.page(self.user, filters, first.after)
            for image in (second.images[0], second.images[-1]):
                together = listing.page(self.user, filters, until=str(image.public_id))
                self.assertEqual(prompts(together.images), prompts(first.images + second.images))
                self.assertEqual(together.after, second.after)
        for unknown in (an_image(a_user()).public_id, "nonsense"):
            page = listing.page(self.user, Filters(), until=str(unknown))
            self.assertEqual(len(page.images), listing.AT_ONCE)

    def test_a_key_of_somebody_else_is_none(self):
        for key in (an_image(a_user()).public_id, "nonsense", "7"):
            with self.assertRaises(Http404):
                listing.page(self.user, Filters(), str(key))

    def test_the_pictures_beside_one_are_those_of_the_list(self):
        for sort in ("", "oldest", "largest"):
            order = self.walk(Filters(sort=sort))
            for place in (0, 1, 60, len(order) - 1):
                image = GeneratedImage.objects.get(pk=order[place])
                beside = listing.beside(self.user, Filters(sort=sort), image)
                self.assertEqual(beside.previous and beside.previous.pk, order[place - 1] if place else None)
                self.assertEqual(beside.next and beside.next.pk, order[place + 1] if place + 1 < len(order) else None)


class PageTests(TestCase):
    def setUp(self):
        self.user = a_user()
        self.client.force_login(self.user)

    def test_nothing_yet_teaches(self):
        self.assertContains(self.client.get(GALLERY), "Your pictures will be here")
        self.assertContains(self.client.get(GALLERY, {"whose": "shared"}), "Nobody has shared a picture with you yet")
        self.assertContains(self.client.get(GALLERY, {"whose": "deleted"}), "Nothing was deleted lately")
        self.assertContains(self.client.get(GALLERY, {"q": "fox"}), "No picture is like that")

    def test_a_filter_that_is_set_can_be_taken_away(self):
        an_image(self.user, model="m1", prompt="fox")
        page = self.client.get(GALLERY, {"q": "fox", "model": "m1", "favourite": "1", "sort": "oldest"})
        self.assertContains(page, f'href="{GALLERY}?model=m1&amp;favourite=1&amp;sort=oldest"')
        self.assertContains(page, f'href="{GALLERY}?q=fox&amp;favourite=1&amp;sort=oldest"')
        self.assertContains(page, f'href="{GALLERY}?q=fox&amp;model=m1&amp;sort=oldest"')

    def test_what_is_wrong_is_said_beside_its_field(self):
        self.assertContains(self.client.get(GALLERY, {"since": "99999-01-01"}), "Enter a valid date")

    def test_pages_have_links(self):
        many_images(self.user, listing.AT_ONCE + 1)
        page = self.client.get(GALLERY, {"sort": "oldest"})
        last = page.context["page"].after
        self.assertContains(page, f'href="{GALLERY}?sort=oldest&amp;after={last}"')
        page = self.client.get(GALLERY, {"sort": "oldest", "after": last})
        self.assertEqual(len(page.context["page"].images), 1)
        self.assertContains(page, "To the beginning")

    def test_a_script_gets_the_part_it_asked_for(self):
        an_image(self.user)
        results = self.client.get(GALLERY, {"q": "light", "whose": ""}, headers=HTMX)
        self.assertNotContains(results, "<html")
        self.assertContains(results, 'id="results"')
        self.assertEqual(results["HX-Push-Url"], f"{GALLERY}?q=light")
        whole = self.client.get(GALLERY, headers=HTMX | {"HX-Target": "div#gallery"})
        self.assertContains(whole, 'id="filters"')

    def test_prompts_are_text(self):
        an_image(self.user, prompt='"><script>alert(1)</script>')
        self.assertNotContains(self.client.get(GALLERY), "<script>alert")

    def test_an_album_of_somebody_else_is_not_there(self):
        album = Album.objects.create(user=a_user(), name="Secret")
        self.assertEqual(self.client.get(GALLERY, {"album": album.pk}).status_code, 404)
        self.assertEqual(self.client.get(GALLERY, {"album": album.pk + 1}).status_code, 404)

    def test_choices_are_what_the_user_s_pictures_have(self):
        other = a_configuration(display_name="Foreign one")
        an_image(a_user(), model="secret-model", configuration=other)
        page = self.client.get(GALLERY)
        self.assertNotContains(page, "secret-model")
        self.assertNotContains(page, "Foreign one")

    def test_questions_to_the_database_do_not_grow_with_the_pictures(self):
        group = Group.objects.create(name="Friends")
        self.user.groups.add(group)
        Album.objects.create(user=self.user, name="Foxes")
        counts = []
        for more in (3, 200):
            images = many_images(self.user, more)
            images[0].groups.add(group)
            asked = {"q": "picture", "whose": "all", "until": str(images[1].public_id)}
            with CaptureQueriesContext(connection) as queries:
                self.assertEqual(self.client.get(GALLERY, asked).status_code, 200)
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[1], 12)
