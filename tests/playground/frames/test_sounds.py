from django.test import TransactionTestCase

from connector.runs import Snapshot, Text, Tile, Waiting
from playground.frames.sounds import Heard, Spoken
from tests.builders import a_configuration, a_speech, a_user


class HeardTests(TransactionTestCase):
    async def news(self, view, text, revision=1, **more):
        given = {"kind": "transcription"} | more
        return (await view.news(Snapshot(7, "streaming", revision, {5: Text(content=text)}, **given))).decode()

    async def test_first_all_of_it_then_what_is_new(self):
        view = Heard(None)
        self.assertIn('hx-target="#run-7-text" hx-swap="innerHTML">Hello &lt;b&gt;', await self.news(view, "Hello <b>"))
        added = await self.news(view, "Hello <b> there")
        self.assertIn('hx-target="#run-7-text" hx-swap="beforeend"> there<', added)
        self.assertEqual(await self.news(view, "Hello <b> there"), "")

    async def test_a_text_that_is_another_one_takes_its_place(self):
        view = Heard(None)
        await self.news(view, "Hallo")
        self.assertIn('hx-swap="innerHTML">Hello<', await self.news(view, "Hello"))

    async def test_says_why_nothing_comes(self):
        view = Heard(None)
        waiting = Waiting(attempt=2, of=3, seconds=4, reason="busy")
        self.assertIn("again in <span", await self.news(view, "", waiting=waiting))


class SpokenTests(TransactionTestCase):
    def setUp(self):
        a_configuration()
        self.speech = a_speech(a_user(), voices=("alloy", "nova"))
        self.takes = list(self.speech.takes.all())

    async def test_only_what_has_changed_is_drawn(self):
        view, [one, other] = Spoken(None), self.takes
        tiles = {one.pk: Tile(), other.pk: Tile()}
        run = self.speech.run_id
        first = (await view.news(Snapshot(run, "streaming", 1, {}, pictures=tiles, kind="speech"))).decode()
        self.assertTrue(all(f'hx-target="#take-{take.pk}"' in first for take in self.takes))
        later = tiles | {other.pk: Tile("kept", 1)}
        second = (await view.news(Snapshot(run, "streaming", 2, {}, pictures=later, kind="speech"))).decode()
        self.assertNotIn(f"#take-{one.pk}", second)
        self.assertIn(f'hx-target="#take-{other.pk}" hx-swap="outerMorph"', second)
        self.assertEqual(await view.news(Snapshot(run, "streaming", 3, {}, pictures=later, kind="speech")), b"")
