"""The record of calls: who sees it, what happens to it when others go, and its pages."""

import datetime

from django.contrib.auth.models import AnonymousUser
from django.test import TestCase
from django.utils import timezone

from connector.models import Call, CallContent, record
from connector.models.call import pack
from tests.builders import a_call, a_configuration, a_run, a_session, a_user


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
