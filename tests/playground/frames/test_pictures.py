"""The stream of a run of pictures, as its readers get it."""

import asyncio
from collections.abc import AsyncIterator

from django.test import TransactionTestCase
from django.urls import reverse

from connector.models import GeneratedImage, Run
from connector.runs import LiveRun, Snapshot, Waiting
from connector.runs.live import Tile
from playground import frames
from playground.frames import stream
from tests.builders import a_configuration, a_drawing, a_user, an_image

END = "event: end\ndata: \n\n"


class Feed:
    """A run that is followed: what is put in is what every reader gets, the present state first."""

    def __init__(self, run: Run, live: bool = True) -> None:
        self.run, self.live = run, LiveRun(run.pk, Run.Kind.IMAGE) if live else None
        self.changed = asyncio.Condition()
        self.snapshot = Snapshot(run.pk, "sending", 0, {}, kind=run.kind, live=self.live)

    async def put(self, pictures: dict[int, Tile], **more) -> None:
        async with self.changed:
            revision = self.snapshot.revision + 1
            given = {"pictures": pictures, "kind": self.run.kind, "live": self.live} | more
            self.snapshot = Snapshot(self.run.pk, "streaming", revision, {}, **given)
            self.changed.notify_all()

    async def follow(self, run_id: int) -> AsyncIterator[Snapshot]:
        yield (snapshot := self.snapshot)
        while not snapshot.ended:
            async with self.changed:
                while self.snapshot is snapshot:
                    await self.changed.wait()
            yield (snapshot := self.snapshot)


class PictureTests(TransactionTestCase):
    def setUp(self):
        self.user = a_user()
        self.configuration = a_configuration()
        self.run_ = a_drawing(self.user, "waiting", "waiting", state=Run.State.STREAMING, ended=None)
        self.one, self.two = self.run_.images.order_by("place")

    def events(self, feed: Feed, **more) -> AsyncIterator[bytes]:
        return frames.events(self.run_.pk, self.user, follow=feed.follow, **more)

    def target(self, image: GeneratedImage) -> str:
        return f'hx-target="#image-{image.public_id}" hx-swap="outerMorph"'

    async def keep(self, image: GeneratedImage) -> None:
        drawn = await asyncio.to_thread(an_image, None)  # its file will do
        await GeneratedImage.objects.filter(pk=image.pk).aupdate(
            state="kept", image=drawn.image.name, thumbnail=drawn.thumbnail.name, width=400, height=300
        )

    async def news(self, reader) -> str:
        async with asyncio.timeout(10):
            return (await anext(reader)).decode()

    async def test_first_frame_brings_every_tile_then_only_those_that_changed(self):
        feed = Feed(self.run_)
        waiting = {self.one.pk: Tile(), self.two.pk: Tile()}
        await feed.put(waiting)
        reader = self.events(feed)
        first = await self.news(reader)
        self.assertIn(self.target(self.one), first)
        self.assertIn(self.target(self.two), first)
        self.assertIn("0 of 2 ready", first)
        await self.keep(self.two)
        await feed.put(waiting | {self.two.pk: Tile("kept", 1)})
        second = await self.news(reader)
        self.assertNotIn(self.target(self.one), second)
        self.assertIn(reverse("playground:image_preview", args=[self.two.public_id]), second)
        self.assertIn(f'hx-target="#run-{self.run_.pk}-progress" hx-swap="innerHTML">1 of 2 ready', second)
        self.assertRegex(second, r"^id: 2\n")
        await reader.aclose()

    async def test_unfinished_pictures_are_shown_each_once(self):
        feed = Feed(self.run_)
        address = reverse("playground:image_partial", args=[self.one.public_id])
        reader = self.events(feed)
        for revision in (1, 2):
            await feed.put({self.one.pk: Tile("waiting", revision, has_partial=True)})
            self.assertIn(f'src="{address}?{revision}"', await self.news(reader))
        coming = asyncio.ensure_future(anext(reader))
        await feed.put({self.one.pk: Tile("waiting", 2, has_partial=True)})  # nothing new
        await asyncio.sleep(0.1)
        self.assertFalse(coming.done())
        await GeneratedImage.objects.filter(pk=self.one.pk).aupdate(state="failed", error={"what": "No picture came."})
        await feed.put({self.one.pk: Tile("failed", 3)})
        self.assertIn("No picture came.", (await coming).decode())
        await reader.aclose()

    async def test_a_failed_one_comes_with_its_reason(self):
        feed = Feed(self.run_)
        await GeneratedImage.objects.filter(pk=self.one.pk).aupdate(
            state="failed", error={"code": "x", "what": "A <reason>.", "todo": "Try.", "details": {}}
        )
        await feed.put({self.one.pk: Tile("failed", 1)})
        reader = self.events(feed)
        frame = await self.news(reader)
        self.assertIn("A &lt;reason&gt;.", frame)
        self.assertIn("Try again", frame)
        await reader.aclose()

    async def test_one_that_was_deleted_meanwhile_is_left_out(self):
        feed = Feed(self.run_)
        await self.one.adelete()
        await feed.put({self.one.pk: Tile(), self.two.pk: Tile()})
        reader = self.events(feed)
        self.assertIn(self.target(self.two), await self.news(reader))
        await reader.aclose()

    async def test_waits_are_told(self):
        feed = Feed(self.run_)
        reader = self.events(feed)
        await feed.put({}, waiting=Waiting(2, 3, 1.4, "The provider is busy."))
        self.assertIn("The provider is busy; again in", await self.news(reader))
        await feed.put({})
        self.assertIn(f'#run-{self.run_.pk}-waiting" hx-swap="innerHTML"></hx-partial>', await self.news(reader))
        await reader.aclose()

    async def test_run_of_another_process_is_drawn_too(self):
        feed = Feed(self.run_, live=False)
        await feed.put({self.one.pk: Tile(revision=4), self.two.pk: Tile(revision=4)})
        reader = self.events(feed)
        self.assertIn(self.target(self.one), await self.news(reader))
        await self.keep(self.one)
        await feed.put({self.one.pk: Tile("kept", 5), self.two.pk: Tile(revision=5)})
        second = await self.news(reader)
        self.assertIn(self.target(self.one), second)
        self.assertNotIn(self.target(self.two), second)
        await reader.aclose()

    async def test_the_end_replaces_the_run_and_closes(self):
        feed = Feed(self.run_)
        await feed.put({self.one.pk: Tile(), self.two.pk: Tile()})
        reader = self.events(feed)
        await self.news(reader)
        await self.keep(self.one)
        await GeneratedImage.objects.filter(pk=self.two.pk).aupdate(state="failed", error={"what": "Too late."})
        self.run_.state = Run.State.DONE
        await self.run_.asave()
        await feed.put({}, ended=True)
        rest = [frame.decode() async for frame in reader]
        self.assertIn(f'hx-target="#run-{self.run_.pk}" hx-swap="outerHTML"', rest[0])
        self.assertIn("Too late.", rest[0])
        self.assertIn('data-said="1 of 2 pictures ready.', rest[0])
        self.assertNotIn("data-going", rest[0])
        self.assertEqual(rest[-1], END)

    async def test_silence_is_kept_alive(self):
        feed = Feed(self.run_)
        await feed.put({self.one.pk: Tile()})
        reader = self.events(feed, pace=stream.Pace(heartbeat=0.1))
        await self.news(reader)
        self.assertRegex(await self.news(reader), "^:")
        await reader.aclose()

    async def test_ends_when_access_is_taken_away(self):
        feed = Feed(self.run_)
        await feed.put({self.one.pk: Tile()})
        reader = self.events(feed, pace=stream.Pace(check=0.1))
        await self.news(reader)
        await type(self.configuration).objects.filter(pk=self.run_.configuration_id).aupdate(open_to_everyone=False)
        async with asyncio.timeout(10):
            rest = [frame.decode() async for frame in reader]
        self.assertIn("You cannot watch this answer any more.", rest[-2])
        self.assertIn("/login/?next=%2Fimages%2F", rest[-2])
        self.assertEqual(rest[-1], END)
