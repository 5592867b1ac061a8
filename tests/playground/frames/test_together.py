"""The stream of several runs, as a reader gets it: all in one."""

import asyncio
import contextlib

from asgiref.sync import sync_to_async
from django.test import TransactionTestCase

from connector.models import ChatCompletionsMessage, Run
from playground.frames import stream, together
from tests.builders import a_comparison, a_configuration, a_user
from tests.playground.frames.test_stream import Feed

PATIENCE = 30  # seconds; the machine may be busy


class TogetherTests(TransactionTestCase):
    def setUp(self):
        self.user = a_user()
        a_configuration()
        self.comparison = a_comparison(self.user, "", "", "")
        self.runs = list(Run.objects.order_by("pk"))
        Run.objects.update(state=Run.State.STREAMING)
        self.answers = [ChatCompletionsMessage.objects.get(run=run) for run in self.runs]
        self.feeds = {run.pk: Feed(run, answer) for run, answer in zip(self.runs, self.answers, strict=True)}
        self.place = together.Place(
            address="/compare/7/",
            ended=lambda run_id: f"<ended {run_id}>",
            last=lambda: "<all ended>",
            beside=lambda snapshot: f"<beside {snapshot.run_id}>",
        )

    def events(self, **more):
        return together.events(
            list(self.feeds), self.user, self.place, follow=lambda pk: self.feeds[pk].follow(pk), **more
        )

    async def until(self, reader, *texts):
        """Reads until all of the texts have come; what came."""
        came = ""
        async with asyncio.timeout(PATIENCE):
            while not all(text in came for text in texts):
                came += (await anext(reader)).decode()
        return came

    async def test_what_any_of_them_writes_comes(self):
        reader = self.events()
        first, second, third = self.feeds.values()
        await first.put("One")
        await third.put("Three")
        await self.until(reader, "<p>One</p>", "<p>Three</p>", f"<beside {first.run.pk}>")
        await second.put("Two")
        await self.until(reader, f"#answer-{second.answer.pk}-settled", "<p>Two</p>")
        await reader.aclose()

    async def test_the_end_of_one_disturbs_no_other(self):
        reader = self.events()
        first, second, third = self.feeds.values()
        await first.put("", ended=True)
        came = await self.until(reader, f"<ended {first.run.pk}>")
        self.assertNotIn("event: end", came)
        await second.put("Two")
        await self.until(reader, "<p>Two</p>")
        await second.put("Two", ended=True)
        await third.put("", ended=True)
        rest = [frame.decode() async for frame in reader]
        self.assertEqual(rest[-2:], ["id: 0\ndata: <all ended>\n\n", "event: end\ndata: \n\n"])

    async def test_runs_that_are_over_already_end_at_once(self):
        for feed in self.feeds.values():
            await feed.put("Done", ended=True)
        async with asyncio.timeout(PATIENCE):
            came = "".join([frame.decode() async for frame in self.events()])
        for run in self.runs:
            self.assertEqual(came.count(f"<ended {run.pk}>"), 1)

    async def test_silence_is_kept_alive(self):
        reader = self.events(pace=stream.Pace(heartbeat=0.1))
        await self.until(reader, ": still here")
        await reader.aclose()

    async def test_who_is_not_active_any_more_sees_no_more(self):
        reader = self.events(pace=stream.Pace(check=0.1))
        self.user.is_active = False
        await self.user.asave()
        async with asyncio.timeout(PATIENCE):
            came = "".join([frame.decode() async for frame in reader])
        for run in self.runs:
            self.assertIn(f"#run-{run.pk}-waiting", came)
        self.assertIn("/login/?next=%2Fcompare%2F7%2F", came)
        self.assertTrue(came.endswith("event: end\ndata: \n\n"))

    async def test_a_configuration_that_is_taken_away_ends_its_columns_alone(self):
        closed = await sync_to_async(a_configuration)(open_to_everyone=False)
        first, second, _ = self.runs
        await Run.objects.filter(pk=first.pk).aupdate(configuration=closed)
        reader = self.events(pace=stream.Pace(check=0.1))
        await self.until(reader, f"#run-{first.pk}-waiting", "You cannot watch")
        await self.feeds[second.pk].put("Two")
        await self.until(reader, "<p>Two</p>")
        await reader.aclose()

    async def test_a_reader_who_leaves_leaves_nothing_behind(self):
        before = len(asyncio.all_tasks())
        reader = self.events()
        await self.feeds[self.runs[0].pk].put("One")
        await self.until(reader, "<p>One</p>")
        await reader.aclose()
        self.assertEqual(len(asyncio.all_tasks()), before)

    async def test_a_reader_who_is_cancelled_leaves_nothing_behind(self):
        before = len(asyncio.all_tasks())

        async def read():
            async for _ in self.events():
                pass

        task = asyncio.get_running_loop().create_task(read())
        await asyncio.sleep(0.1)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        self.assertEqual(len(asyncio.all_tasks()), before)
