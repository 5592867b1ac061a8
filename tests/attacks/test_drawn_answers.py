"""What a provider answers to a wish for pictures, when it means no good; and what is done to a picture meanwhile
(T10, T31, T34, T100)."""

import asyncio
from datetime import timedelta

from asgiref.sync import sync_to_async
from django.db.models import F
from django.test import RequestFactory
from django.utils import timezone

from connector import runs, testing
from connector.client import errors, fetching
from connector.models import GeneratedImage, Run
from connector.operations.images.answer import Image, Response, Usage, written
from connector.runs import engine
from playground.files import answering
from tests.builders import an_image
from tests.connector.runs.test_images import Case as DrawingCase
from tests.connector.runs.test_images import an_answer, b64
from tests.pictures import a_picture

NOT_TO_BE_CALLED = (
    "http://pictures.example/x.png",
    "https://[::ffff:169.254.169.254]/x",
    "https://168.63.129.16/x",
    "https://user:word@pictures.example/x",
    "file:///etc/passwd",
    "ftp://pictures.example/x",
    "data:image/png;base64,iVBORw0KGgo=",
    "//pictures.example/x",
    "https:",
    "https://pictures.example\r\nHost: e.example/",
    "https://pictures.example/" + "x" * 5000,
)


NAMES_OF_US = ("localhost", "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0", "[::ffff:127.0.0.1]")


class AddressTests(DrawingCase):
    async def test_nobody_on_this_machine_is_called(self):
        called = []
        listening = await asyncio.start_server(lambda *_: called.append(1), "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        async with listening:
            for name in NAMES_OF_US:
                with self.subTest(name), self.assertRaises(errors.NotFetched):
                    await fetching.fetch(f"https://{name}:{port}/x")
        self.assertEqual(called, [])

    async def test_addresses_that_are_not_to_be_called(self):
        for address in NOT_TO_BE_CALLED:
            with self.subTest(address[:60]):
                _, (image,), _, sent = await self.recorded(an_answer(address), model="dall-e-2")
                self.assertEqual((image.state, image.error["code"], len(sent)), ("failed", "fetch", 1))

    async def test_what_is_behind_one(self):
        for answer in (
            testing.Answer(302, b"", headers={"location": "https://e.example/"}),
            testing.Answer(200, a_picture() + bytes(21_000_000)),
            testing.Answer(200, b"<svg xmlns='http://www.w3.org/2000/svg'/>", headers={"content-type": "image/png"}),
        ):
            _, (image,), _, sent = await self.recorded(
                an_answer("https://pictures.example/x.svg"), answer, model="dall-e-2"
            )
            self.assertEqual((image.state, image.image.name, len(sent)), ("failed", "", 2))
            self.assertFalse({"authorization", "api-key", "cookie"} & {name.lower() for name in sent[1].headers})


class AnswerTests(DrawingCase):
    async def test_far_more_pictures_than_asked_for_are_one_line_in_the_log(self):
        with self.assertLogs("connector.runs.images", "WARNING") as logged:
            run, pictures, _, _ = await self.recorded(an_answer(*[a_picture(8, 8)] * 3000), model="dall-e-2")
        self.assertEqual((run.state, [image.state for image in pictures]), ("done", ["kept"]))
        self.assertEqual(len(logged.records), 1)

    async def test_words_and_numbers_without_measure(self):
        image = Image(b64_json=b64(a_picture()), revised_prompt="a\0" * 1_000_000)
        answer = Response(
            created=2**62,
            data=[image],
            size="\0x" * 100_000,
            quality="<script>",
            usage=Usage(input_tokens=2**62, output_tokens=-1, total_tokens=2**62),
        )
        run, (image,), _, _ = await self.recorded(written(answer), model="gpt-image-1-mini", parameters={})
        self.assertEqual((run.state, image.state), ("done", "kept"))
        self.assertLess(len(image.revised_prompt) + len(str(run.answer)), 40_000)
        self.assertNotIn("\0", image.revised_prompt + "".join(map(str, run.answer.values())))


class MeanwhileTests(DrawingCase):
    async def test_what_is_deleted_while_it_is_drawn_stays_deleted(self):
        run = await sync_to_async(self.asked)(model="sandbox-image")
        async with asyncio.timeout(30), engine.running():
            runs.start(run)
            async for snapshot in runs.follow(run.pk):
                if snapshot.pictures:
                    await GeneratedImage.objects.filter(deleted=None).aupdate(deleted=timezone.now())
        image = await GeneratedImage.objects.aget(run=run)
        self.assertEqual((image.state, image.deleted is None), ("kept", False))
        await GeneratedImage.objects.aupdate(deleted=F("deleted") - timedelta(days=2))
        self.assertEqual(await sync_to_async(GeneratedImage.objects.purge)(), 1)
        self.assertFalse(image.image.storage.exists(image.image.name))

    async def test_stopped_many_times_it_ends_once(self):
        run = await sync_to_async(self.asked)(model="sandbox-image", parameters={"n": 2})
        async with asyncio.timeout(30), engine.running():
            runs.start(run)
            await asyncio.gather(*(engine.astop(run) for _ in range(5)))
            *_, last = [snapshot async for snapshot in runs.follow(run.pk)]
            await engine.astop(run)
        self.assertEqual((last.state, (await Run.objects.aget(pk=run.pk)).state), ("stopped", "stopped"))

    def test_what_is_purged_while_it_is_sent_arrives_whole(self):
        content = a_picture(64, 64) + bytes(1_000_000)
        image = an_image(self.user, content)
        request = RequestFactory().get("/")
        answer = answering.answer(request, image.image, image.media_type, "a.png", image.sha256)
        pieces = iter(answer.streaming_content)
        came = next(pieces)
        GeneratedImage.objects.update(deleted=timezone.now() - timedelta(days=2))
        self.assertEqual(GeneratedImage.objects.purge(), 1)
        self.assertEqual(came + b"".join(pieces), content)
