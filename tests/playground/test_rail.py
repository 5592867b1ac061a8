from django.test import TestCase
from django.urls import reverse

from playground import rail
from tests.builders import a_configuration, a_user


class RailTests(TestCase):
    def setUp(self):
        a_configuration()
        self.client.force_login(a_user())

    def marked(self, address):
        page = self.client.get(address).content.decode()
        nav = page[page.index('<nav class="rail"') : page.index("</nav>")]
        return [
            part.partition('"')[0] for part in nav.split('href="') if 'aria-current="page"' in part.partition(">")[0]
        ]

    def test_it_says_where_one_is(self):
        for place in rail.PLACES:
            with self.subTest(place.name):
                address = reverse(f"playground:{place.name}")
                self.assertEqual(set(self.marked(address)), {address})

    def test_the_chat_is_what_stands_at_the_root(self):
        self.assertEqual(self.marked(reverse("playground:home")), [reverse("playground:chat")])

    def test_what_has_no_room_on_a_phone_is_behind_more(self):
        for place in rail.PLACES:
            with self.subTest(place.name):
                address = reverse(f"playground:{place.name}")
                found = rail.at(address)
                self.assertEqual(found.is_in_more, place in rail.PLACES[rail.IN_THE_BAR :])

    def test_every_page_has_a_place_of_its_own(self):
        self.assertEqual(len({place.name for place in rail.PLACES}), len(rail.PLACES))
