"""The record of calls: who sees it, what happens to it when others go, its pages, and its end."""

import datetime
import io

from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.test import TestCase, override_settings
from django.utils import timezone

from connector.client.multipart import File
from connector.models import (
    Call,
    CallContent,
    ChatCompletionsSession,
    Configuration,
    GeneratedImage,
    Run,
    StoredFile,
    record,
    requesting,
    retention,
)
from connector.models.call import pack
from tests.builders import (
    a_call,
    a_comparison,
    a_configuration,
    a_drawing,
    a_run,
    a_session,
    a_speech,
    a_transcription,
    a_user,
    an_embedding,
)


class CallTests(TestCase):
    def test_a_call_is_written_with_its_content(self):
        call = Call(operation="chat_completions", model="m")
        content = CallContent(packed_request=pack({"text": "{}"}), packed_answers=pack([{"text": "a"}, {"text": "b"}]))
        (written,) = record.write([record.Draft(call, content)])
        found = Call.objects.get(pk=written.pk)
        assert found.content.request == {"text": "{}"}
        assert found.content.answer == {"text": "b"}

    def test_what_is_not_to_be_kept_is_not_written(self):
        assert record.write([record.Draft(Call(operation="speech"), is_kept=False)]) == []
        assert not Call.objects.exists()

    def test_each_sees_their_own(self):
        one, other = a_user(), a_user()
        call = a_call(one)
        a_call(other)
        a_call(None)
        assert list(Call.objects.for_user(one)) == [call]
        assert not Call.objects.for_user(AnonymousUser()).exists()

    def test_the_newest_comes_first_and_the_next_page_goes_on_where_the_last_ended(self):
        user, now = a_user(), timezone.now()
        calls = [a_call(user, started=now - datetime.timedelta(seconds=number // 2)) for number in range(6)]
        listed = list(Call.objects.for_user(user))
        assert listed == sorted(calls, key=lambda call: (call.started, call.pk), reverse=True)
        for number in range(1, 6):
            last = listed[number - 1]
            assert list(Call.objects.for_user(user).before(last.started, last.pk)) == listed[number:]

    def test_a_day_is_a_day_of_the_present_time_zone(self):
        user = a_user()
        late = a_call(user, started=datetime.datetime(2026, 11, 27, 23, 30, tzinfo=datetime.UTC))
        assert list(Call.objects.for_user(user).on(datetime.date(2026, 11, 27))) == [late]
        with timezone.override("Europe/Vienna"):
            assert list(Call.objects.for_user(user).on(datetime.date(2026, 11, 28))) == [late]

    def test_the_record_outlives_the_configuration_and_the_run_and_goes_with_its_user(self):
        user, configuration = a_user(), a_configuration()
        run = a_run(a_session(user))
        call = a_call(user, configuration=configuration, run=run)
        name = configuration.display_name
        configuration.delete()
        run.delete()
        call.refresh_from_db()
        assert (call.configuration, call.run, call.configuration_name) == (None, None, name)
        user.delete()
        assert not Call.objects.exists()
        assert not CallContent.objects.exists()


class RetentionTests(TestCase):
    def setUp(self):
        self.user = a_user()

    def old(self, days, configuration=None, **fields):
        started = timezone.now() - datetime.timedelta(days=days, minutes=1)
        return a_call(self.user, configuration=configuration, started=started, **fields)

    def left(self):
        return set(Call.objects.values_list("pk", flat=True))

    def test_each_configuration_says_how_long(self):
        week, usual = a_configuration(record_days=7), a_configuration()
        kept = [self.old(6, week), self.old(29, usual), self.old(29)]
        for days, configuration in ((7, week), (30, usual), (30, None)):
            self.old(days, configuration)
        assert retention.prune() == 3
        assert self.left() == {call.pk for call in kept}
        assert CallContent.objects.count() == 3

    def test_for_ever_is_for_ever(self):
        self.old(4000, a_configuration())
        self.old(4000)
        with override_settings(CONNECTOR_RECORD_DAYS=0):
            assert retention.prune() == 0

    def test_bodies_go_where_they_are_not_wanted_any_more(self):
        for kept in (Configuration.Record.METADATA, Configuration.Record.OFF):
            call = self.old(1, a_configuration(record_calls=kept))
            assert retention.prune() == 1
            assert not CallContent.objects.filter(call=call).exists()
            assert Call.objects.filter(pk=call.pk).exists()

    def test_requests_by_hand_go_with_their_files(self):
        configuration = a_configuration(record_days=7)
        old, new = (requesting.ask(self.user, configuration, "raw", {}) for _ in range(2))
        file = StoredFile.objects.keep(self.user, File("a.bin", b"abc"), StoredFile.Purpose.OUTPUT, output_of=old)
        Run.objects.update(created=timezone.now() - datetime.timedelta(days=6))
        Run.objects.filter(pk=old.pk).update(created=timezone.now() - datetime.timedelta(days=8))
        with self.captureOnCommitCallbacks(execute=True):
            retention.prune()
        assert list(Run.objects.values_list("pk", flat=True)) == [new.pk]
        assert not file.file.storage.exists(file.file.name)

    def test_it_goes_in_bounded_steps(self):
        configuration = a_configuration()
        for _ in range(5):
            self.old(31, configuration)
        assert retention.prune(2) == 2
        assert retention.prune(2) == 2
        assert retention.prune(2) == 1
        assert retention.prune(2) == 0

    def test_the_command(self):
        call = self.old(3)
        self.old(8)
        out = io.StringIO()
        call_command("prune_records", days=7, stdout=out)
        assert self.left() == {call.pk}
        assert out.getvalue() == "1 record deleted.\n"
        call_command("prune_records", stdout=out)
        assert self.left() == {call.pk}
        with self.assertRaises(CommandError):
            call_command("prune_records", days=0)

    def test_what_was_said_in_a_chat_goes_with_it(self):
        session = a_session(self.user)
        call, other = a_call(self.user, run=a_run(session)), a_call(self.user, run=a_run(a_session(self.user)))
        session.deleted = timezone.now() - datetime.timedelta(days=2)
        session.save()
        ChatCompletionsSession.objects.purge()
        assert list(CallContent.objects.values_list("pk", flat=True)) == [other.pk]
        assert Call.objects.filter(pk=call.pk).exists()

    def test_so_does_what_came_on_other_pages(self):
        long_ago = timezone.now() - datetime.timedelta(days=2)
        comparison, spoken, heard = a_comparison(self.user), a_speech(self.user), a_transcription(self.user)
        drawn, vectors = a_drawing(self.user), an_embedding(self.user)
        column = Run.objects.filter(session__comparison=comparison).first()
        runs = [column, spoken.run, heard.run, drawn, vectors]
        kept = {a_call(self.user, run=run).pk for run in [*runs, *runs]}
        for row in (comparison, spoken, heard):
            type(row).objects.filter(pk=row.pk).update(deleted=long_ago)
            type(row).objects.purge()
        GeneratedImage.objects.update(deleted=long_ago)
        GeneratedImage.objects.purge()
        requesting.forget(vectors)
        assert not CallContent.objects.exists()
        assert {call.pk for call in Call.objects.all()} == kept

    def test_it_stays_as_long_as_one_picture_of_a_run_does(self):
        run = a_drawing(self.user, "kept", "kept")
        a_call(self.user, run=run)
        GeneratedImage.objects.filter(place=0).update(deleted=timezone.now() - datetime.timedelta(days=2))
        GeneratedImage.objects.purge()
        assert CallContent.objects.count() == 1

    def test_a_copy_of_a_configuration_keeps_as_much(self):
        copy = a_configuration(record_calls=Configuration.Record.METADATA, record_days=3).duplicate()
        assert (copy.record_calls, copy.record_days) == ("metadata", 3)
