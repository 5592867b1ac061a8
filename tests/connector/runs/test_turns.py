"""The columns of a person's comparisons, where more wait than may be answered at once."""

import asyncio

from django.test import TransactionTestCase, override_settings

from connector import runs
from connector.models import Comparison, Run
from connector.runs import engine, threads, turns
from tests.builders import a_configuration, a_user

PATIENCE = 30  # seconds; the machine may be busy


class TurnTests(TransactionTestCase):
    def setUp(self):
        self.user, self.configuration = a_user(), a_configuration()

    def tearDown(self):
        asyncio.run(threads.close())

    def begin(self, *models, user=None):
        columns = [{"configuration": self.configuration, "model": model} for model in models]
        return Comparison.objects.begin(user or self.user, "Why?", columns)

    async def started(self, *models, **more):
        made = await threads.read(lambda: self.begin(*models, **more))
        for run in made.asked:
            runs.start(run)
        return made.asked

    async def until(self, condition):
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110  # what is waited for is in the engine's memory
                await asyncio.sleep(0.01)

    def waits(self, run):
        live = engine.live(run.pk)
        waiting = live and live.snapshot().waiting
        return waiting is not None and waiting.reason == turns.TURN

    async def ended(self, run):
        async with asyncio.timeout(PATIENCE):
            async for _ in runs.follow(run.pk):
                pass
        return await Run.objects.aget(pk=run.pk)

    @override_settings(CONNECTOR_COLUMNS_AT_ONCE=2)
    async def test_the_third_waits_until_one_has_ended(self):
        async with engine.running():
            first, second, third = await self.started("sandbox-hang", "sandbox-hang", "sandbox-fast")
            await self.until(lambda: self.waits(third))
            self.assertFalse(self.waits(first) or self.waits(second))
            await runs.engine.astop(first)
            row = await self.ended(third)
            self.assertEqual(row.state, "done")
            self.assertLess(row.first_token_ms, row.duration_ms + 1)
            self.assertGreaterEqual(row.sent, (await self.ended(first)).sent)
            await runs.engine.astop(second)

    @override_settings(CONNECTOR_COLUMNS_AT_ONCE=1)
    async def test_one_that_waits_can_be_stopped(self):
        async with engine.running():
            first, second = await self.started("sandbox-hang", "sandbox-fast")
            await self.until(lambda: self.waits(second))
            await runs.engine.astop(second)
            self.assertEqual((await self.ended(second)).state, "stopped")
            await runs.engine.astop(first)

    @override_settings(CONNECTOR_COLUMNS_AT_ONCE=1)
    async def test_nobody_waits_for_somebody_else(self):
        other = await threads.read(a_user)
        async with engine.running():
            going = await self.started("sandbox-hang", "sandbox-hang")
            theirs = await self.started("sandbox-fast", "sandbox-fast", user=other)
            self.assertEqual([(await self.ended(run)).state for run in theirs], ["done"] * 2)
            for run in going:
                await runs.engine.astop(run)

    @override_settings(CONNECTOR_COLUMNS_AT_ONCE=0)
    async def test_zero_means_that_none_waits(self):
        async with engine.running():
            *hanging, fast = await self.started(*["sandbox-hang"] * 5, "sandbox-fast")
            self.assertEqual((await self.ended(fast)).state, "done")
            for run in hanging:
                await runs.engine.astop(run)
