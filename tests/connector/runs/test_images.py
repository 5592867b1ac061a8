import asyncio
import base64
import contextlib
import errno
import io
import os
import threading
import time
from collections import deque
from decimal import Decimal

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.files.storage import InMemoryStorage
from django.test import TransactionTestCase, override_settings
from django.utils import timezone
from PIL import Image as Pillow

from connector import runs, testing
from connector.client import wire
from connector.models import ApiType, GeneratedImage, Run
from connector.models.run import STALE_AFTER
from connector.operations.images.answer import Event, Image, Response, Usage, written
from connector.runs import engine, images, threads, unstored
from tests.builders import a_configuration, a_user, an_image, an_upload
from tests.pictures import NO_PICTURES, SVG, a_picture, opened

USAGE = Usage(input_tokens=10, output_tokens=100, total_tokens=110)


class FullStorage(InMemoryStorage):
    """A disk without room."""

    def _save(self, name, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class SlowStorage(InMemoryStorage):
    """A disk that has to be waited for."""

    begun = threading.Event()

    def _save(self, name, content):
        self.begun.set()
        time.sleep(0.2)
        return super()._save(name, content)


def b64(content):
    return base64.b64encode(content).decode()


def an_answer(*contents, **fields):
    """A whole answer with these files; a text is the address of one."""
    data = [Image(url=one) if isinstance(one, str) else Image(b64_json=b64(one)) for one in contents]
    return written(Response(created=1, data=data, usage=USAGE, **fields))


def a_stream(*pictures, **options):
    """Events of a stream: what is a tuple is an unfinished picture."""
    events = [
        Event(type="image_generation.partial_image", b64_json=b64(one[0]), partial_image_index=0)
        if isinstance(one, tuple)
        else Event(type="image_generation.completed", b64_json=b64(one), usage=USAGE)
        for one in pictures
    ]
    return testing.events([written(event) for event in events], **{"done": False} | options)


def noise(megabytes):
    """A PNG of about this size, as a photograph would have."""
    side = int((megabytes * 1_000_000 / 3) ** 0.5)
    picture = Pillow.frombytes("RGB", (side, side), os.urandom(3 * side * side))
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)
    return file.getvalue()


@override_settings(CONNECTOR_IMAGES_A_MINUTE=0, CONNECTOR_IMAGES_A_DAY=0)
class Case(TransactionTestCase):
    def setUp(self):
        self.user = a_user()
        self.configuration = a_configuration(model_default_images="sandbox-image-fast")

    def tearDown(self):
        asyncio.run(threads.close())

    def asked(self, operation="image_generations", prompt="A lighthouse", model="", configuration=None, **asked):
        return GeneratedImage.objects.ask(
            self.user, configuration or self.configuration, operation, prompt=prompt, model=model, **asked
        )

    def with_openai(self):
        """OpenAI, to be recorded."""
        return a_configuration(api_type=ApiType.OPENAI, endpoint="", model_default_images="gpt-image-2")

    async def finished(self, run, seconds=30):
        """The run and its pictures at the end, and what a reader saw."""
        seen = []
        async with asyncio.timeout(seconds), engine.running():
            runs.start(run)
            async for snapshot in runs.follow(run.pk):
                seen.append(snapshot)
        run = await Run.objects.aget(pk=run.pk)
        return run, [image async for image in run.images.order_by("place")], seen

    async def ask(self, model="", **asked):
        return await self.finished(await sync_to_async(self.asked)(model=model, **asked))

    async def recorded(self, *answers, **asked):
        """What comes of it when OpenAI gives these answers; and the requests that it got."""
        configuration = await sync_to_async(self.with_openai)()
        with testing.recorded(configuration, answers) as sent:
            return *(await self.ask(configuration=configuration, **asked)), sent

    def states(self, pictures):
        return [(image.state, image.error.get("code", "")) for image in pictures]


class SandboxTests(Case):
    async def test_pictures_are_kept_with_all_that_is_known(self):
        run, pictures, seen = await self.ask(parameters={"n": 2, "size": "256x384", "quality": "low"})
        self.assertEqual((run.state, run.error), ("done", {}))
        self.assertTrue(run.request_id and run.duration_ms is not None and run.first_token_ms is not None)
        self.assertEqual(run.usage["total_tokens"], run.usage["input_tokens"] + run.usage["output_tokens"])
        self.assertEqual(run.cost, 0)
        for image in pictures:
            self.assertEqual(
                (image.state, image.width, image.height, image.media_type), ("kept", 256, 384, "image/png")
            )
            self.assertEqual(opened(image.image.read()).size, (256, 384))
            self.assertEqual(opened(image.thumbnail.read()).format, "WEBP")
        self.assertEqual({tile.state for tile in seen[-1].pictures.values()}, {"kept"})
        self.assertEqual(list(seen[-1].pictures), [image.pk for image in pictures])

    async def test_every_format(self):
        for kind, media_type in (("jpeg", "image/jpeg"), ("webp", "image/webp"), ("gif", "image/gif")):
            _, (image,), _ = await self.ask(parameters={"output_format": kind, "size": "256x256"})
            self.assertEqual((image.state, image.media_type), ("kept", media_type))

    async def test_unfinished_pictures_are_shown_from_memory(self):
        run = await sync_to_async(self.asked)(
            model="sandbox-image", parameters={"partial_images": 2, "size": "256x256"}
        )
        shown = []
        async with asyncio.timeout(30), engine.running():
            runs.start(run)
            async for snapshot in runs.follow(run.pk):
                shown += [
                    opened(snapshot.live.partial(pk)).size for pk, tile in snapshot.pictures.items() if tile.has_partial
                ]
                last = snapshot
        self.assertIn((256, 256), shown)
        (tile,) = last.pictures.values()
        self.assertEqual((tile.state, tile.has_partial), ("kept", False))

    async def test_an_address_is_fetched_and_the_revised_prompt_kept(self):
        _, (image,), _ = await self.ask("sandbox-image-url", parameters={"response_format": "url"})
        self.assertEqual((image.state, image.revised_prompt), ("kept", "A lighthouse (as the sandbox understood it)"))

    async def test_a_model_that_draws_one_at_a_time_is_asked_several_times(self):
        run, pictures, _ = await self.ask("sandbox-image-url", parameters={"n": 3})
        self.assertEqual((run.state, self.states(pictures)), ("done", [("kept", "")] * 3))
        self.assertTrue(run.request_id)  # without a stream, too

    async def test_an_edit_and_a_variation(self):
        def inputs():
            mask = an_upload(self.user, a_picture(400, 300, colour=(0, 0, 0, 255)), "m.png", "mask")
            return [an_image(self.user, a_picture(400, 300, colour="red"))], mask

        pictures, mask = await sync_to_async(inputs)()
        _, (image,), _ = await self.ask(
            operation="image_edits", images=pictures, mask=mask, parameters={"size": "256x256"}
        )
        self.assertEqual(opened(image.image.read()).convert("RGB").getpixel((128, 10)), (255, 0, 0))
        self.assertEqual([source async for source in image.derived_from.all()], pictures)
        square = await sync_to_async(an_upload)(self.user)
        run, (image,), _ = await self.ask(operation="image_variations", prompt="", images=[square])
        self.assertEqual((run.state, image.state), ("done", "kept"))

    async def test_again_draws_the_same(self):
        run, (first,), _ = await self.ask(parameters={"size": "256x256"})
        again = await sync_to_async(GeneratedImage.objects.ask_again)(
            await Run.objects.select_related("configuration", "user").aget(pk=run.pk)
        )
        _, (second,), _ = await self.finished(again)
        self.assertEqual(second.sha256, first.sha256)

    async def test_what_goes_wrong(self):
        for model, state, code in (
            ("sandbox-image-500", "failed", "provider_trouble"),
            ("sandbox-image-filter", "filtered", "content_filter"),
            ("sandbox-image-broken", "failed", "not_a_picture"),
            ("sandbox-image-cut", "interrupted", "cut"),
        ):
            with self.subTest(model):
                run, pictures, seen = await self.ask(model, parameters={"n": 2, "size": "256x256", "partial_images": 1})
                self.assertEqual((run.state, run.error["code"]), (state, code))
                self.assertEqual(self.states(pictures), [("failed", code)] * 2)
                self.assertEqual({tile.state for tile in seen[-1].pictures.values()}, {"failed"})


class KeepingTests(Case):
    """The four kinds of failure, and what comes of the others."""

    async def test_one_broken_of_four(self):
        good = a_picture(300, 200)
        for broken in (SVG, NO_PICTURES["html"], good[:100], b""):
            run, pictures, _, _ = await self.recorded(
                an_answer(good, good, broken, good),
                model="dall-e-2",
                parameters={"n": 4},
            )
            self.assertEqual(run.state, "done")
            self.assertEqual([image.state for image in pictures], ["kept", "kept", "failed", "kept"])
            self.assertIn(pictures[2].error["code"], ("not_a_picture", "bad_json"))
            self.assertEqual((pictures[2].image.name, pictures[2].thumbnail.name), ("", ""))

    async def test_a_full_disk_keeps_the_bytes_in_memory_to_be_taken_once(self):
        content = a_picture(300, 200)
        full = {"BACKEND": f"{__name__}.FullStorage"}
        with (
            override_settings(STORAGES=settings.STORAGES | {"default": full}),
            self.assertLogs("connector.models.storing", "ERROR"),
        ):
            run, (image,), _, _ = await self.recorded(an_answer(content), model="dall-e-2")
        self.assertEqual(
            (run.state, run.error["code"], self.states([image])), ("failed", "storage", [("failed", "storage")])
        )
        self.assertIn("no space", image.error["what"].lower())
        self.assertEqual(run.usage["total_tokens"], 110)
        self.assertTrue(unstored.has(image.pk))
        self.assertEqual((unstored.take(image.pk), unstored.take(image.pk)), (content, None))

    async def test_an_address_that_expired(self):
        gone = testing.Answer(403, b"<Error/>")
        run, (image,), _, sent = await self.recorded(
            an_answer("https://pictures.example/x.png"), gone, model="dall-e-2"
        )
        self.assertEqual((run.state, self.states([image])), ("failed", [("failed", "fetch")]))
        self.assertIn("expired", image.error["what"])
        self.assertEqual([one.method for one in sent], ["POST", "GET"])

    async def test_addresses_that_are_not_to_be_called(self):
        for address in ("http://pictures.example/x.png", "https://169.254.169.254/x", "file:///etc/passwd"):
            _, (image,), _, sent = await self.recorded(an_answer(address), model="dall-e-2")
            self.assertEqual((image.state, len(sent)), ("failed", 1))

    async def test_fewer_pictures_than_asked_for(self):
        run, pictures, _, _ = await self.recorded(an_answer(a_picture()), model="dall-e-2", parameters={"n": 2})
        self.assertEqual((run.state, self.states(pictures)), ("done", [("kept", ""), ("failed", "bad_json")]))

    async def test_a_stream_that_breaks_off_keeps_what_came(self):
        run, pictures, _, _ = await self.recorded(a_stream(a_picture()), parameters={"n": 2})
        self.assertEqual((run.state, run.error["code"]), ("interrupted", "cut"))
        self.assertEqual(self.states(pictures), [("kept", ""), ("failed", "cut")])

    async def test_an_unfinished_picture_that_is_none_is_not_shown(self):
        run, (image,), seen, _ = await self.recorded(a_stream((SVG,), (b"x",), a_picture()))
        self.assertEqual((run.state, image.state), ("done", "kept"))
        self.assertFalse(any(tile.has_partial for snapshot in seen for tile in snapshot.pictures.values()))

    async def test_a_server_that_knows_no_streams_is_asked_without(self):
        no = testing.Answer(400, {"error": {"message": "Unknown parameter: 'stream'.", "param": "stream"}})
        run, (image,), _, sent = await self.recorded(no, an_answer(a_picture()))
        self.assertEqual((run.state, image.state), ("done", "kept"))
        self.assertEqual([one.json.get("stream") for one in sent], [True, None])

    async def test_one_of_several_requests_fails(self):
        trouble = testing.Answer(500, {"error": {"message": "no"}})
        run, pictures, _, _ = await self.recorded(
            an_answer(a_picture()), trouble, an_answer(a_picture()), model="dall-e-3", parameters={"n": 3}
        )
        self.assertEqual(run.state, "done")
        self.assertEqual(sorted(self.states(pictures)), [("failed", "provider_trouble"), ("kept", ""), ("kept", "")])

    async def test_usages_of_a_stream_are_added_up(self):
        run, _, _, _ = await self.recorded(a_stream(a_picture(), a_picture()), parameters={"n": 2})
        self.assertEqual((run.usage["input_tokens"], run.usage["total_tokens"]), (20, 220))


class EndTests(Case):
    async def test_stop_keeps_what_came(self):
        run = await sync_to_async(self.asked)(model="sandbox-image", parameters={"n": 4, "size": "256x256"})
        async with asyncio.timeout(30), engine.running():
            runs.start(run)
            async for snapshot in runs.follow(run.pk):
                if any(tile.state == "kept" for tile in snapshot.pictures.values()):
                    await engine.astop(run)
                last = snapshot
        run = await Run.objects.aget(pk=run.pk)
        states = self.states([image async for image in run.images.order_by("place")])
        self.assertEqual((run.state, states[0], states[-1]), ("stopped", ("kept", ""), ("failed", "stopped")))
        self.assertNotIn("waiting", {tile.state for tile in last.pictures.values()})

    async def test_stop_while_a_picture_is_being_stored_keeps_it(self):
        slow = {"BACKEND": f"{__name__}.SlowStorage"}
        SlowStorage.begun.clear()
        run = await sync_to_async(self.asked)(parameters={"size": "256x256"})
        with override_settings(STORAGES=settings.STORAGES | {"default": slow}):
            async with asyncio.timeout(30), engine.running():
                runs.start(run)
                await asyncio.to_thread(SlowStorage.begun.wait, 20)
                await engine.astop(run)
                *_, last = [snapshot async for snapshot in runs.follow(run.pk)]
                image = await run.images.aget()
        self.assertEqual((last.state, image.state, bool(image.preview)), ("stopped", "kept", True))

    async def test_stop_before_it_was_started(self):
        run = await sync_to_async(self.asked)()
        await Run.objects.filter(pk=run.pk).aupdate(owner="")
        await engine.astop(run)
        self.assertEqual((await run.images.aget()).error["code"], "stopped")

    async def test_a_dead_process_leaves_nothing_waiting(self):
        run = await sync_to_async(self.asked)(parameters={"n": 2})
        await sync_to_async(an_image)(self.user, run=run, place=2)
        await Run.objects.filter(pk=run.pk).aupdate(
            owner="another-1-x", state="streaming", heartbeat=timezone.now() - 2 * STALE_AFTER
        )
        *_, last = [snapshot async for snapshot in runs.follow(run.pk)]
        self.assertEqual((last.state, last.error["code"], last.ended), ("interrupted", "interrupted", True))
        self.assertEqual([tile.state for tile in last.pictures.values()], ["failed", "failed", "kept"])
        self.assertEqual(
            {image.error.get("code") async for image in run.images.filter(state="failed")}, {"interrupted"}
        )

    async def test_without_an_engine_they_fail_with_a_reason(self):
        run = await sync_to_async(self.asked)()
        await sync_to_async(runs.start)(run)
        self.assertEqual((await run.images.aget()).error["code"], "not_serving")

    async def test_a_shutdown_interrupts(self):
        run = await sync_to_async(self.asked)(model="sandbox-image", parameters={"n": 3})
        async with engine.running():
            runs.start(run)
            async for snapshot in runs.follow(run.pk):
                if snapshot.state == "sending" and snapshot.pictures:
                    break
        run = await Run.objects.aget(pk=run.pk)
        self.assertEqual((run.state, {image.state async for image in run.images.all()}), ("interrupted", {"failed"}))

    async def test_a_configuration_that_was_switched_off_meanwhile(self):
        run = await sync_to_async(self.asked)()
        self.configuration.enabled = False
        await self.configuration.asave()
        run, (image,), _ = await self.finished(run)
        self.assertEqual((run.state, self.states([image])), ("failed", [("failed", "no_configuration")]))

    async def test_after_the_end_the_rows_say_everything(self):
        run, (image,), _ = await self.ask()
        *_, last = [snapshot async for snapshot in runs.follow(run.pk)]
        self.assertEqual((last.pictures[image.pk].state, last.live), ("kept", None))

    async def test_a_picture_whose_user_is_gone_leaves_no_file(self):
        run = await sync_to_async(self.asked)(model="sandbox-image")
        async with asyncio.timeout(30), engine.running():
            runs.start(run)
            async for snapshot in runs.follow(run.pk):
                if snapshot.pictures:
                    await GeneratedImage.objects.all().adelete()
        self.assertFalse(await GeneratedImage.objects.aexists())


class LoopTests(Case):
    async def test_a_picture_of_four_megabytes_does_not_hold_the_loop_up(self):
        content = noise(4)
        held = []
        for _ in range(40):  # the machine has other things to do, too: one quiet moment is looked for
            run = await sync_to_async(self.asked)()
            job = await threads.read(images.load, run.pk)
            live = runs.LiveRun(run.pk, run.kind)
            live.draw(job.images[0].pk)
            drawer, waiting = images.Drawer(live, job), deque(job.images)
            answer = wire.encode(an_answer(content))
            async with longest_gap(held):
                (image,) = wire.read(answer, Response).data
                drawer._take(image, waiting)
                await drawer.settle()
            self.assertEqual((await run.images.aget()).bytes, len(content))
            if held[-1] < 0.02:
                return
        self.fail(f"the loop was held up each time, by {min(held)} seconds at least")


@contextlib.asynccontextmanager
async def longest_gap(into):
    """Puts the longest time, in seconds, that the loop was away into `into`."""
    longest = 0.0

    async def tick():
        nonlocal longest
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            longest, last = max(longest, now - last - 0.001), now

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0.01)
    yield
    ticking.cancel()
    into.append(longest)


class UnstoredTests(TransactionTestCase):
    def test_the_oldest_go_first(self):
        for pk in range(1, 4):
            unstored.keep(-pk, bytes(40_000_000))
        self.assertEqual([unstored.has(-pk) for pk in range(1, 4)], [False, True, True])
        for pk in range(1, 4):
            unstored.take(-pk)


class CostTests(Case):
    async def test_a_price_that_is_known_makes_a_cost(self):
        def priced():
            configuration = self.with_openai()
            prices = {"price": {"text_input": 5, "image_output": 40, "input": 5, "output": 40}}
            configuration.deployed_models.create(name="gpt-image-2", overrides=prices)
            return configuration

        configuration = await sync_to_async(priced)()
        with testing.recorded(configuration, [a_stream(a_picture())]):
            run, _, _ = await self.ask(configuration=configuration)
        self.assertEqual(run.cost, Decimal("0.00405"))  # 10 x 5 + 100 x 40 dollars per million
