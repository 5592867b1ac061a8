"""The stream of one run, as its readers get it."""

import asyncio
import re
from collections.abc import AsyncIterator

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, TransactionTestCase

from connector.models import ChatCompletionsMessage, Run
from connector.runs import LiveRun, Snapshot, Text, Waiting
from playground import frames
from playground.frames import drawing, stream
from tests.builders import a_configuration, a_run, a_session, a_user


class Feed:
    """A run that is followed: what is put in is what every reader gets, the present state first."""

    def __init__(self, run: Run, answer: ChatCompletionsMessage, live: bool = True) -> None:
        self.live = LiveRun(run.pk, "chat") if live else None
        self.run, self.answer = run, answer
        self.changed = asyncio.Condition()
        self.snapshot = self._made("")

    def _made(self, content: str, revision: int = 0, **more) -> Snapshot:
        text = Text(content=content, **{name: more.pop(name) for name in ("reasoning", "refusal") if name in more})
        return Snapshot(self.run.pk, "streaming", revision, {self.answer.pk: text}, live=self.live, **more)

    async def put(self, content: str, **more) -> None:
        async with self.changed:
            self.snapshot = self._made(content, self.snapshot.revision + 1, **more)
            self.changed.notify_all()

    async def follow(self, run_id: int) -> AsyncIterator[Snapshot]:
        yield (snapshot := self.snapshot)
        while not snapshot.ended:
            async with self.changed:
                while self.snapshot is snapshot:
                    await self.changed.wait()
            yield (snapshot := self.snapshot)


class StreamTests(TransactionTestCase):
    def setUp(self):
        self.user = a_user()
        self.session = a_session(self.user, configuration=a_configuration())
        self.run_ = a_run(self.session, state=Run.State.STREAMING)
        self.answer = ChatCompletionsMessage.objects.create(session=self.session, run=self.run_, role="assistant")

    def events(self, feed: Feed, **more) -> AsyncIterator[bytes]:
        return frames.events(self.run_.pk, self.user, follow=feed.follow, **more)

    async def test_first_frame_brings_everything_then_only_what_is_new(self):
        feed = Feed(self.run_, self.answer)
        await feed.put("One.\n\nTw")
        reader = self.events(feed)
        first = (await anext(reader)).decode()
        self.assertIn(f'hx-target="#answer-{self.answer.pk}-settled" hx-swap="innerHTML"><p>One.</p>', first)
        self.assertIn("<p>Tw</p>", first)
        await asyncio.sleep(0.05)
        await feed.put("One.\n\nTwo.")
        second = (await anext(reader)).decode()
        self.assertNotIn("One", second)
        self.assertIn("<p>Two.</p>", second)
        self.assertRegex(second, r"^id: 2\ndata: ")
        await reader.aclose()

    async def test_every_line_of_a_frame_is_data(self):
        feed = Feed(self.run_, self.answer)
        await feed.put("```\na\rb\n\nc\n```\n\n| a\n\n&#13;x")
        reader = self.events(feed)
        frame = (await anext(reader)).decode()
        self.assertTrue(frame.endswith("\n\n"))
        for line in re.split("\r\n|\r|\n", frame[:-2]):
            self.assertRegex(line, "^(id|data): ")
        await reader.aclose()

    async def test_the_end_replaces_the_run_and_closes(self):
        feed = Feed(self.run_, self.answer)
        reader = self.events(feed)
        await feed.put("All of it.")
        await anext(reader)
        self.answer.content, self.run_.state = "All of it.", Run.State.DONE
        await self.answer.asave()
        await self.run_.asave()
        await feed.put("All of it.", ended=True)
        rest = [frame.decode() async for frame in reader]
        self.assertIn(f'hx-target="#run-{self.run_.pk}" hx-swap="outerHTML"', rest[0])
        self.assertIn("All of it.", rest[0])
        self.assertEqual(rest[-1], "event: end\ndata: \n\n")

    async def test_readers_share_one_rendering(self):
        feed = Feed(self.run_, self.answer)
        await feed.put("a **b")
        readers = [self.events(feed) for _ in range(5)]
        first = [await anext(reader) for reader in readers]
        await asyncio.sleep(0.05)
        await feed.put("a **b** c")
        second = [await anext(reader) for reader in readers]
        self.assertEqual((len(set(first)), len(set(second))), (1, 1), second)
        self.assertEqual(drawing.of(feed.live).version, 2)
        for reader in readers:
            await reader.aclose()

    async def test_run_of_another_process_is_drawn_too(self):
        feed = Feed(self.run_, self.answer, live=False)
        await feed.put("One")
        reader = self.events(feed)
        self.assertIn(b"<p>One</p>", await anext(reader))
        await asyncio.sleep(0.05)
        await feed.put("One two")
        self.assertIn(b"<p>One two</p>", await anext(reader))
        await reader.aclose()

    async def test_what_came_too_fast_is_drawn_a_moment_later(self):
        feed = Feed(self.run_, self.answer)
        await feed.put("One")
        reader = self.events(feed)
        await anext(reader)
        await feed.put("One two")
        async with asyncio.timeout(2):
            self.assertIn(b"<p>One two</p>", await anext(reader))
        await reader.aclose()

    async def test_reasoning_refusal_and_waits(self):
        feed = Feed(self.run_, self.answer)
        reader = self.events(feed)
        await feed.put("", reasoning="Let me *see*")
        frame = (await anext(reader)).decode()
        self.assertIn("<summary>Reasoning</summary>", frame)
        self.assertIn("<em>see</em>", frame)
        await asyncio.sleep(0.05)
        await feed.put("", reasoning="Let me *see*", waiting=Waiting(2, 3, 1.4, "The provider is busy."))
        self.assertIn(
            'The provider is busy; again in <span data-seconds="2">2</span> s (try 2 of 3).',
            (await anext(reader)).decode(),
        )
        await asyncio.sleep(0.05)
        await feed.put("", reasoning="Let me *see*", refusal="I <b>cannot</b>.")
        frame = (await anext(reader)).decode()
        self.assertIn("I &lt;b&gt;cannot&lt;/b&gt;.", frame)
        self.assertIn(f'hx-target="#run-{self.run_.pk}-waiting" hx-swap="innerHTML"></hx-partial>', frame)
        await reader.aclose()

    async def test_silence_is_kept_alive(self):
        feed = Feed(self.run_, self.answer)
        await feed.put("a")
        reader = self.events(feed, pace=stream.Pace(heartbeat=0.1))
        await anext(reader)
        async with asyncio.timeout(2):
            self.assertRegex(await anext(reader), rb"^:")
        await reader.aclose()

    async def assertEndsWithNotice(self, change, session=None):
        feed = Feed(self.run_, self.answer)
        await feed.put("a part")
        reader = self.events(feed, session=session, pace=stream.Pace(check=0.1))
        await anext(reader)
        await change()
        async with asyncio.timeout(2):
            rest = [frame.decode() async for frame in reader]
        self.assertIn("You cannot watch this answer any more.", rest[-2])
        self.assertIn(f"/login/?next=%2Fchat%2F{self.session.pk}%2F", rest[-2])
        self.assertEqual(rest[-1], "event: end\ndata: \n\n")

    async def test_ends_when_the_user_is_deactivated(self):
        async def change():
            self.user.is_active = False
            await self.user.asave()

        await self.assertEndsWithNotice(change)

    async def test_ends_when_the_configuration_is_taken_away(self):
        async def change():
            self.session.configuration.open_to_everyone = False
            await self.session.configuration.asave()

        await self.assertEndsWithNotice(change)

    async def test_ends_when_the_session_ends_or_the_password_changes(self):
        for how in ("signed out", "new password"):
            with self.subTest(how):
                client = Client()
                await client.aforce_login(self.user)
                session = SessionStore(client.cookies[settings.SESSION_COOKIE_NAME].value)

                async def change(how=how, session=session):
                    if how == "signed out":
                        await SessionStore(session.session_key).aflush()
                    else:
                        self.user.set_password("another")
                        await self.user.asave()

                await self.assertEndsWithNotice(change, session)

    async def test_goes_on_while_all_is_well(self):
        client = Client()
        await client.aforce_login(self.user)
        feed = Feed(self.run_, self.answer)
        await feed.put("a")
        session = SessionStore(client.cookies[settings.SESSION_COOKIE_NAME].value)
        reader = self.events(feed, session=session, pace=stream.Pace(check=0.1))
        await anext(reader)
        coming = asyncio.ensure_future(anext(reader))
        await asyncio.sleep(0.5)
        await feed.put("a b")
        self.assertIn(b"a b", await coming)
        await reader.aclose()
