import asyncio
import itertools
import sqlite3
import time
from unittest import skipUnless
from unittest.mock import patch

from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone

from connector import runs
from connector.client import errors
from connector.models import ChatCompletionsMessage, Run
from connector.models.run import STALE_AFTER, this_process
from connector.runs import checkpointer, engine, kinds, threads
from connector.runs.live import Growing
from tests.builders import a_configuration, a_session, a_user, an_exchange

_numbers = itertools.count()


def a_kind(work):
    """A kind of run whose work is `work(live, answer)`: what it writes into `answer` is the run's text."""
    name = f"test-{next(_numbers)}"

    @kinds.register(name)
    async def begin(live):
        answers = await threads.read(
            lambda: [Growing(message.pk, message.content) for message in Run.objects.get(pk=live.run_id).messages.all()]
        )
        live.begin(answers)
        return await work(live, answers[0]) or Run.State.DONE

    return name


def write(live, answer, text):
    live.state = Run.State.STREAMING
    answer.write(text)
    live.changed(len(text))


async def say_hello(live, answer):
    for piece in ("Hel", "lo"):
        write(live, answer, piece)
        await asyncio.sleep(0)


async def write_for_ever(live, answer):
    for number in itertools.count():
        write(live, answer, f"{number} ")
        await asyncio.sleep(0.01)


def a_queued_run(work, user=None):
    """A run with an empty answer, and `work` to do."""
    session = a_session(user or a_user(), configuration=a_configuration())
    _, answer = an_exchange(session, "Why?", "", state=Run.State.QUEUED, kind=a_kind(work), usage={})
    return answer.run


async def collected(run):
    async with asyncio.timeout(10):
        return [snapshot async for snapshot in runs.follow(run.pk)]


async def until(condition, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen")
        await asyncio.sleep(0.005)
    return value


def only_text(snapshot):
    (text,) = snapshot.answers.values()
    return text.content


class Case(TransactionTestCase):
    def tearDown(self):
        asyncio.run(threads.close())

    async def row(self, run):
        return await Run.objects.aget(pk=run.pk)

    async def text(self, run):
        return (await ChatCompletionsMessage.objects.aget(run=run)).content

    async def make(self, work):
        return await threads.read(a_queued_run, work)

    async def saved(self, run):
        """The row, as soon as it is not going any more."""
        deadline = time.monotonic() + 5
        while (row := await self.row(run)).is_going:
            self.assertLess(time.monotonic(), deadline, f"{row} is still going")
            await asyncio.sleep(0.01)
        return row


class EngineTests(Case):
    async def test_an_answer_is_written_without_a_reader(self):
        run = await self.make(say_hello)
        async with engine.running():
            runs.start(run)
            row = await self.saved(run)
        self.assertEqual((row.state, await self.text(run)), ("done", "Hello"))
        self.assertIsNotNone(row.ended)

    async def test_a_reader_gets_the_present_state_at_once_and_then_each_change(self):
        run = await self.make(say_hello)
        async with engine.running():
            runs.start(run)
            snapshots = await collected(run)
        self.assertEqual(snapshots[0].revision, 0)
        self.assertEqual([snapshot.ended for snapshot in snapshots[-2:]], [False, True])
        self.assertEqual((snapshots[-1].state, only_text(snapshots[-1])), ("done", "Hello"))
        revisions = [snapshot.revision for snapshot in snapshots]
        self.assertEqual(revisions, sorted(set(revisions)))

    async def test_the_row_says_the_end_before_a_reader_does(self):
        run = await self.make(say_hello)
        async with engine.running():
            runs.start(run)
            async for snapshot in runs.follow(run.pk):
                if snapshot.ended:
                    self.assertEqual((await self.row(run)).state, "done")
                    self.assertEqual((await self.row(run)).revision, snapshot.revision)

    async def test_a_late_reader_gets_everything(self):
        run = await self.make(write_for_ever)
        async with engine.running():
            runs.start(run)
            await until(lambda: engine.live(run.pk).revision > 50)
            async for snapshot in runs.follow(run.pk):
                self.assertTrue(only_text(snapshot).startswith("0 1 2 3 "))
                break

    async def test_a_reader_after_the_end_gets_the_rows(self):
        run = await self.make(say_hello)
        async with engine.running():
            runs.start(run)
            await self.saved(run)
            await until(lambda: engine.live(run.pk) is None)
            (snapshot,) = await collected(run)
        self.assertEqual((only_text(snapshot), snapshot.ended, snapshot.live), ("Hello", True, None))

    async def test_two_readers_share_one_run(self):
        run = await self.make(say_hello)
        async with engine.running():
            runs.start(run)
            first, second = await asyncio.gather(collected(run), collected(run))
        self.assertEqual(first[-1], second[-1])
        self.assertIs(first[-1].live, second[-1].live)

    async def test_a_reader_who_leaves_leaves_nothing_behind(self):
        run = await self.make(write_for_ever)
        async with engine.running():
            runs.start(run)
            for _ in range(3):
                reader = asyncio.create_task(collected(run))
                await asyncio.sleep(0.05)
                reader.cancel()
                await asyncio.gather(reader, return_exceptions=True)
            live = engine.live(run.pk)
            self.assertEqual(len(live._watching) + len(live._resting), 0)
            self.assertEqual((await self.row(run)).is_going, True)

    async def test_nobody_gets_anything_of_a_run_that_does_not_exist(self):
        self.assertEqual([snapshot async for snapshot in runs.follow(4711)], [])

    async def test_a_reader_gets_twenty_frames_a_second_at_most(self):
        run = await self.make(write_for_ever)
        async with engine.running():
            runs.start(run)
            began, frames = time.monotonic(), 0
            async for _ in runs.follow(run.pk):
                frames += 1
                if (passed := time.monotonic() - began) > 1:
                    break
        self.assertLessEqual(frames, 4 + 20 * passed)  # queued, sending, streaming and the first text are told at once
        self.assertGreaterEqual(frames, 3)

    async def test_starting_twice_is_starting_once(self):
        begun = []

        async def count(live, answer):
            begun.append(live)
            await say_hello(live, answer)

        run = await self.make(count)
        async with engine.running():
            runs.start(run)
            runs.start(run)
            await self.saved(run)
            runs.start(run)
            await asyncio.sleep(0.1)
        self.assertEqual(len(begun), 1)

    async def test_a_run_of_another_process_is_left_to_it(self):
        run = await self.make(say_hello)
        await Run.objects.filter(pk=run.pk).aupdate(owner="elsewhere", state=Run.State.SENDING)
        async with engine.running():
            runs.start(run)
            await until(lambda: engine.live(run.pk) is None)
            self.assertEqual((await self.row(run)).state, "sending")

    async def test_it_can_be_started_from_the_thread_of_a_view(self):
        run = await self.make(say_hello)
        async with engine.running():
            await threads.read(runs.start, run)
            self.assertEqual((await self.saved(run)).state, "done")

    async def test_inside_a_transaction_it_starts_after_the_commit(self):
        def view():
            from django.db import transaction

            with transaction.atomic():
                run = a_queued_run(say_hello)
                runs.start(run)
                self.assertIsNone(engine.live(run.pk))
            return run

        async with engine.running():
            run = await threads.write(view)
            self.assertEqual((await self.saved(run)).state, "done")

    async def test_without_an_engine_a_run_fails_with_a_reason(self):
        run = await self.make(say_hello)
        runs.start(run)
        row = await self.saved(run)
        self.assertEqual((row.state, row.error["code"]), ("failed", "not_serving"))


class EndTests(Case):
    """However a run ends, its row says so."""

    async def ended(self, work):
        run = await self.make(work)
        async with engine.running():
            runs.start(run)
            *_, last = await collected(run)
        row = await self.row(run)
        self.assertEqual((last.state, last.error), (row.state, row.error))
        return row

    async def test_a_mistake_of_ours_is_an_internal_error_and_in_the_log(self):
        async def stumble(live, answer):
            raise ZeroDivisionError("secret detail")

        with self.assertLogs("connector.runs.engine", "ERROR") as logged:
            row = await self.ended(stumble)
        self.assertEqual((row.state, row.error["code"]), ("failed", "internal"))
        self.assertNotIn("secret detail", str(row.error))
        self.assertIn("ZeroDivisionError", logged.output[0])

    async def test_a_kind_that_nobody_knows_is_a_mistake_of_ours(self):
        run = await self.make(say_hello)
        await Run.objects.filter(pk=run.pk).aupdate(kind="unknown")
        run.kind = "unknown"
        with self.assertLogs("connector.runs.engine", "ERROR"):
            async with engine.running():
                runs.start(run)
                row = await self.saved(run)
        self.assertEqual(row.error["code"], "internal")

    async def test_an_error_before_any_text_is_failed(self):
        async def refuse(live, answer):
            raise errors.NotFound(status=404, model="m", request_id="req-1")

        row = await self.ended(refuse)
        self.assertEqual((row.state, row.error["code"]), ("failed", "not_found"))
        self.assertEqual(row.error["details"]["request_id"], "req-1")

    async def test_an_error_after_text_is_interrupted_and_the_text_kept(self):
        async def break_off(live, answer):
            write(live, answer, "Half an ans")
            raise errors.TooLarge(limit="10 MB")

        row = await self.ended(break_off)
        self.assertEqual((row.state, await self.text(row)), ("interrupted", "Half an ans"))

    async def test_a_filter_is_filtered(self):
        async def block(live, answer):
            raise errors.Filtered(status=400, categories="violence")

        self.assertEqual((await self.ended(block)).state, "filtered")

    async def test_text_that_the_database_refuses_does_not_leave_a_run_going(self):
        async def unsavable(live, answer):
            live.fields["retries"] = "not a number"
            write(live, answer, "x")

        with self.assertLogs("connector.runs", "ERROR"):
            row = await self.ended_somehow(unsavable)
        self.assertEqual((row.state, row.error["code"]), ("failed", "internal"))

    async def ended_somehow(self, work):
        run = await self.make(work)
        other = await self.make(say_hello)
        async with engine.running():
            runs.start(run)
            runs.start(other)
            row = await self.saved(run)
            self.assertEqual((await self.saved(other)).state, "done")
        return row

    async def test_nul_and_lone_surrogates_are_stored_as_far_as_they_can_be(self):
        async def odd(live, answer):
            write(live, answer, "a\x00b\ud800")

        row = await self.ended(odd)
        self.assertEqual(await self.text(row), "ab\ufffd")


class StopTests(Case):
    async def test_keeps_the_part_and_is_quick(self):
        closed = []

        async def stream(live, answer):
            try:
                await write_for_ever(live, answer)
            finally:
                closed.append(time.monotonic())

        run = await self.make(stream)
        async with engine.running():
            runs.start(run)
            await until(lambda: engine.live(run.pk).revision > 10)
            began = time.monotonic()
            await engine.astop(run)
            *_, last = await collected(run)
            took = time.monotonic() - began
        self.assertLess(took, 5)
        self.assertLess(closed[0] - began, 5)
        self.assertEqual((last.state, last.error), ("stopped", {}))
        self.assertTrue((await self.text(run)).startswith("0 1 2 "))

    async def test_before_anything_came(self):
        async def wait(live, answer):
            await asyncio.sleep(60)

        run = await self.make(wait)
        async with engine.running():
            runs.start(run)
            await until(lambda: engine.live(run.pk).work)
            await engine.astop(run)
            self.assertEqual((await self.saved(run)).state, "stopped")

    async def test_before_it_was_started(self):
        run = await self.make(say_hello)
        await engine.astop(run)
        async with engine.running():
            runs.start(run)
            self.assertEqual((await self.saved(run)).state, "stopped")

    async def test_in_the_moment_of_its_start(self):
        run = await self.make(write_for_ever)
        async with engine.running():
            runs.start(run)
            engine.live(run.pk).stop()
            self.assertEqual((await self.saved(run)).state, "stopped")

    async def test_twice_and_after_the_end_changes_nothing(self):
        run = await self.make(write_for_ever)
        done = await self.make(say_hello)
        async with engine.running():
            for one in (run, done):
                runs.start(one)
            await self.saved(done)
            for one in (run, run, done):
                await engine.astop(one)
            await self.saved(run)
            await engine.astop(run)
        self.assertEqual([(await self.row(one)).state for one in (run, done)], ["stopped", "done"])

    async def test_from_another_process_by_the_row(self):
        run = await self.make(write_for_ever)
        async with engine.running():
            runs.start(run)
            await until(lambda: engine.live(run.pk).revision > 10)
            await Run.objects.filter(pk=run.pk).aupdate(stop_requested=True)
            began = time.monotonic()
            await self.saved(run)
        self.assertLess(time.monotonic() - began, 5)


class ProcessTests(Case):
    """What happens when a process ends, its own or another one."""

    async def test_shutdown_lets_answers_come_to_their_end(self):
        async def slow(live, answer):
            write(live, answer, "Slow")
            await asyncio.sleep(0.3)

        run = await self.make(slow)
        async with engine.running(grace=5):
            runs.start(run)
            await until(lambda: engine.live(run.pk).revision > 2)
        self.assertEqual((await self.row(run)).state, "done")

    async def test_shutdown_keeps_what_came_when_the_time_is_up(self):
        run = await self.make(write_for_ever)
        began = time.monotonic()
        async with engine.running(grace=0.3):
            runs.start(run)
            await until(lambda: engine.live(run.pk).revision > 5)
        row = await self.row(run)
        self.assertEqual((row.state, row.error["code"]), ("interrupted", "interrupted"))
        self.assertTrue((await self.text(run)).startswith("0 1 2 "))
        self.assertLess(time.monotonic() - began, 10)

    async def test_what_comes_while_the_process_ends_is_not_started(self):
        run, late = await self.make(write_for_ever), await self.make(say_hello)
        async with engine.running(grace=0.3) as running:
            runs.start(run)
            running.leaving = True
            runs.start(late)
            self.assertEqual((await self.saved(late)).state, "interrupted")

    async def test_a_reader_marks_the_run_of_a_dead_process(self):
        run = await self.make(say_hello)
        long_ago = timezone.now() - 2 * STALE_AFTER
        await Run.objects.filter(pk=run.pk).aupdate(owner="elsewhere", state="streaming", heartbeat=long_ago)
        await ChatCompletionsMessage.objects.filter(run=run).aupdate(content="Half")
        (snapshot,) = await collected(run)
        self.assertEqual((snapshot.state, snapshot.ended, only_text(snapshot)), ("interrupted", True, "Half"))
        self.assertEqual((await self.row(run)).state, "interrupted")

    async def test_startup_marks_runs_of_dead_processes(self):
        stale, orphan, gone, alive = [await self.make(say_hello) for _ in range(4)]
        long_ago = timezone.now() - 2 * STALE_AFTER
        machine, pid, _ = this_process().split("-")
        going = Run.objects.filter(state="queued")
        await going.filter(pk=stale.pk).aupdate(owner="elsewhere", state="streaming", heartbeat=long_ago)
        await going.filter(pk=orphan.pk).aupdate(heartbeat=long_ago)
        await going.filter(pk=gone.pk).aupdate(owner=f"{machine}-{pid}-before", state="streaming")
        await going.filter(pk=alive.pk).aupdate(owner="elsewhere", state="streaming")
        with self.assertLogs("connector.runs.saving", "WARNING"):
            async with engine.running():
                for run in (stale, orphan, gone):
                    self.assertEqual((await self.saved(run)).state, "interrupted")
        self.assertEqual((await self.row(alive)).state, "streaming")

    async def test_a_reader_elsewhere_follows_the_row(self):
        run = await self.make(say_hello)
        theirs = Run.objects.filter(pk=run.pk)
        await theirs.aupdate(owner="elsewhere", state="streaming", revision=1)
        seen = asyncio.Queue()

        async def read():
            async for snapshot in runs.follow(run.pk):
                seen.put_nowait(snapshot)

        reader = asyncio.create_task(read())
        self.assertEqual((await seen.get()).state, "streaming")
        await ChatCompletionsMessage.objects.filter(run=run).aupdate(content="Hello")
        await theirs.aupdate(revision=2)
        self.assertEqual(only_text(await asyncio.wait_for(seen.get(), 1)), "Hello")
        await theirs.aupdate(revision=3, state="done")
        self.assertTrue((await asyncio.wait_for(seen.get(), 1)).ended)
        await reader

    async def test_a_run_taken_for_dead_keeps_its_text_and_stays_interrupted(self):
        run = await self.make(write_for_ever)
        async with engine.running():
            runs.start(run)
            await until(lambda: engine.live(run.pk).revision > 10)
            await threads.read(Run.objects.filter(pk=run.pk).interrupt)
            await until(lambda: engine.live(run.pk) is None)
        self.assertEqual((await self.row(run)).state, "interrupted")
        self.assertTrue((await self.text(run)).startswith("0 1 2 "))

    async def test_a_run_whose_user_was_deleted_ends(self):
        run = await self.make(write_for_ever)
        async with engine.running():
            runs.start(run)
            await until(lambda: engine.live(run.pk).revision > 10)
            await threads.write(lambda: Run.objects.get(pk=run.pk).user.delete())
            await until(lambda: engine.live(run.pk) is None)


class CheckpointTests(Case):
    async def test_text_is_in_the_row_after_a_second(self):
        run = await self.make(write_for_ever)
        async with engine.running():
            runs.start(run)
            while not await self.text(run):  # noqa: ASYNC110  # a row wakes nobody
                await asyncio.sleep(0.05)
            self.assertTrue((await self.text(run)).startswith("0 1 2 "))
            row = await self.row(run)
            self.assertEqual((row.state, row.owner), ("streaming", this_process()))

    async def test_many_runs_share_one_transaction_a_second(self):
        all_runs = [await self.make(write_for_ever) for _ in range(10)]
        async with engine.running() as running:
            for run in all_runs:
                runs.start(run)
            await asyncio.sleep(0.2)
            before, began = running.checkpointer.checkpoints, time.monotonic()
            await asyncio.sleep(2.5)
            made, passed = running.checkpointer.checkpoints - before, time.monotonic() - began
            self.assertTrue(1 <= made <= 1 + passed, (made, passed))

    async def test_much_text_is_saved_sooner(self):
        async def burst(live, answer):
            write(live, answer, "x" * 3000)
            await asyncio.sleep(60)

        run = await self.make(burst)
        async with engine.running():
            with patch.object(checkpointer, "CHECKPOINT_EVERY", 60.0):
                runs.start(run)
                began = time.monotonic()
                while not await self.text(run):  # noqa: ASYNC110  # a row wakes nobody
                    await asyncio.sleep(0.01)
            self.assertLess(time.monotonic() - began, 20)

    async def test_a_run_that_waits_has_a_heartbeat(self):
        async def wait(live, answer):
            await asyncio.sleep(60)

        run = await self.make(wait)
        async with engine.running():
            runs.start(run)
            await until(lambda: engine.live(run.pk).work)
            first = (await self.row(run)).heartbeat
            deadline = time.monotonic() + 20
            while (await self.row(run)).heartbeat == first:
                self.assertLess(time.monotonic(), deadline)
                await asyncio.sleep(0.05)

    @skipUnless(connection.vendor == "sqlite", "locks a file")
    async def test_a_locked_database_stops_neither_the_text_nor_its_readers(self):
        run = await self.make(write_for_ever)
        locker = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
        async with engine.running():
            runs.start(run)
            await until(lambda: engine.live(run.pk).revision > 5)
            locker.execute("BEGIN EXCLUSIVE")
            try:
                began, slowest, seen = time.monotonic(), 0.0, []
                async for snapshot in runs.follow(run.pk):
                    seen.append(len(only_text(snapshot)))
                    before = time.monotonic()
                    await asyncio.sleep(0)
                    slowest = max(slowest, time.monotonic() - before)
                    if before - began > 2.5:
                        break
            finally:
                locker.execute("ROLLBACK")
                locker.close()
            self.assertGreater(len(seen), 5)
            self.assertLess(slowest, 1)  # the lock is held for 2.5 s
            length = seen[-1]
            deadline = time.monotonic() + 20
            while len(await self.text(run)) < length:
                self.assertLess(time.monotonic(), deadline)
                await asyncio.sleep(0.05)


@skipUnless(connection.vendor == "sqlite", "locks a file")
class AwayTests(Case):
    """The database fails instead of making us wait: its busy timeout is short here."""

    async def test_text_is_buffered_and_saved_when_it_is_back(self):
        run = await self.make(write_for_ever)
        done = await self.make(say_hello)
        locker = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
        async with engine.running() as running:
            await threads.write(lambda: connection.cursor().execute("PRAGMA busy_timeout = 50"))
            runs.start(run)
            await until(lambda: engine.live(run.pk).revision > 5)
            locker.execute("BEGIN EXCLUSIVE")
            with self.assertLogs("connector.runs.checkpointer", "ERROR") as logged:
                await asyncio.sleep(2.5)
            locker.execute("ROLLBACK")
            locker.close()
            self.assertEqual(len(logged.output), 1)
            self.assertTrue((await self.row(run)).is_going)
            runs.start(done)
            self.assertEqual((await self.saved(done)).state, "done")
            await engine.astop(run)
            await self.saved(run)
        self.assertGreater(len(await self.text(run)), 400)
        self.assertEqual(running.lives, {})
