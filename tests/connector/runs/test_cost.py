"""What a run costs, as figures: run with `-s` to see them. The limits are loose; `make bench` has the sharp ones."""

import asyncio
import gc
import logging
import time
from pathlib import Path

from django.test import TransactionTestCase, override_settings

from connector import runs
from connector.operations import chat_completions
from connector.runs import engine, jobs, threads
from tests.builders import a_configuration, a_session, a_user

RUNS = 100
SECONDS = 3


def resident():
    """Bytes of memory in use."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@override_settings(CONNECTOR_ANSWERS_AT_ONCE=0, CONNECTOR_SENDS_A_MINUTE=0)
class CostTests(TransactionTestCase):
    """A hundred answers at once at 50 tokens a second, in process, each with a reader."""

    def setUp(self):
        logging.disable(logging.INFO)
        self.addCleanup(logging.disable, logging.NOTSET)
        user, configuration = a_user(), a_configuration()
        self.runs = [a_session(user, configuration=configuration).ask("long") for _ in range(RUNS)]

    def tearDown(self):
        asyncio.run(threads.close())

    async def direct(self, job):
        """Tokens and CPU seconds of the operation alone."""
        tokens = 0

        async def one():
            nonlocal tokens
            async with chat_completions.stream(job.client, job.fitted) as chunks:
                async for _ in chunks:
                    tokens += 1

        began = time.process_time()
        asked = [asyncio.create_task(one()) for _ in range(RUNS)]
        await asyncio.sleep(SECONDS)
        spent = time.process_time() - began
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        return tokens, spent

    async def ours(self):
        """Tokens, CPU seconds and bytes of runs with readers."""
        lengths = {}

        async def read(run):
            async for snapshot in runs.follow(run.pk):
                lengths[run.pk] = snapshot.revision

        async with engine.running() as running:
            gc.collect()
            memory, began = resident(), time.process_time()
            for run in self.runs:
                runs.start(run)
            readers = [asyncio.create_task(read(run)) for run in self.runs]
            await asyncio.sleep(SECONDS)
            spent, more, checkpoints = (
                time.process_time() - began,
                resident() - memory,
                running.checkpointer.checkpoints,
            )
            tokens = sum(live.revision for live in running.lives.values())
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)
        return tokens, spent, more, checkpoints

    async def test_a_hundred_runs_at_once(self):
        job = await threads.read(jobs.load, self.runs[0].pk)
        alone, spent_alone = await self.direct(job)
        tokens, spent, memory, checkpoints = await self.ours()
        each_alone, each = 1e6 * spent_alone / alone, 1e6 * spent / tokens
        print(
            f"\n{RUNS} runs: {tokens} tokens, {each:.0f} µs of CPU a token ({each_alone:.0f} µs of them the operation "
            f"and the sandbox), {memory / RUNS / 1000:.0f} kB a stream, {checkpoints / SECONDS:.1f} checkpoints a s"
        )
        self.assertLess(each - each_alone, 60)
        self.assertLess(memory / RUNS, 150_000)
        self.assertLessEqual(checkpoints, SECONDS / 0.25 + 1)
