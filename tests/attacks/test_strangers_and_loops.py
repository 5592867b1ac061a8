"""What was taken away, what was never given, and what somebody could do in a loop (T33, T46, T100)."""

from django.apps import apps
from django.test import TestCase, override_settings
from django.urls import reverse

from connector.client import errors
from connector.models import (
    ChatCompletionsMessage,
    Configuration,
    Run,
    SavedPrompt,
    SavedRequest,
    StoredFile,
    UsageDay,
    UserLimits,
    files,
    requesting,
)
from connector.models.usage import Used, count
from tests.builders import (
    a_call,
    a_comparison,
    a_configuration,
    a_drawing,
    a_prompt,
    a_request,
    a_speech,
    a_transcription,
    a_user,
    a_viewer,
    an_embedding,
    an_image,
    an_upload,
)
from tests.pictures import a_picture

CALLS = [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]


class Case(TestCase):
    def setUp(self):
        Configuration.objects.all().delete()  # the first one of an empty database
        self.user = a_user()
        self.configuration = a_configuration()
        self.client.force_login(self.user)

    def take_away(self):
        self.configuration.open_to_everyone = False
        self.configuration.save()


class TakenAwayTests(Case):
    def test_results_of_tools_do_not_go_to_a_configuration_that_was_taken_away(self):
        answer = a_prompt(self.user, tool_calls=CALLS, configuration=self.configuration).leaf
        self.take_away()
        before = Run.objects.count()
        address = reverse("playground:prompt_results", args=[answer.pk])
        response = self.client.post(address, {"result_0": "12 degrees", "token": "t"})
        self.assertEqual(response.status_code, 422)
        self.assertEqual(Run.objects.count(), before)
        answer = ChatCompletionsMessage.objects.get(pk=answer.pk)
        with self.assertRaises(errors.NoConfiguration):
            answer.session.give_results(answer, {"c1": "12 degrees"})


class NameTests(Case):
    def test_names_of_configurations_that_one_may_not_use_are_not_told(self):
        secret = a_configuration(display_name="Project Nightingale", open_to_everyone=False)
        for name in ("requests", "usage"):
            for headers in ({}, {"HX-Request": "true", "HX-Request-Type": "partial"}):
                address = f"{reverse(f'playground:{name}')}?configuration={secret.pk}"
                self.assertFalse(b"Nightingale" in self.client.get(address, headers=headers).content)

    def test_what_one_used_before_keeps_its_name(self):
        a_call(self.user, configuration=self.configuration)
        self.take_away()
        address = f"{reverse('playground:requests')}?configuration={self.configuration.pk}"
        self.assertContains(self.client.get(address), f"{self.configuration.display_name}</option>")


class StaffTests(Case):
    """Staff is not yet who may see what others do."""

    def test_only_who_may_view_calls_sees_what_others_used(self):
        bob = a_user(username="bob-the-other")
        call = a_call(bob, model="bobs-model", configuration=self.configuration)
        count([Used(call)])
        porter, viewer = a_user(is_staff=True), a_viewer()
        for path in ("usage", "usage_csv", "requests"):
            for query in ("", f"?user={bob.pk}", "?whose=everyone", f"?whose=everyone&user={bob.pk}"):
                with self.subTest(path, query=query):
                    self.client.force_login(porter)
                    page = self.client.get(reverse(f"playground:{path}") + query).content
                    self.assertFalse(b"bobs-model" in page or b"bob-the-other" in page)
            self.client.force_login(viewer)
            page = self.client.get(f"{reverse(f'playground:{path}')}?whose=everyone").content
            self.assertTrue(b"bobs-model" in page)
        self.client.force_login(porter)
        self.assertEqual(self.client.get(reverse("playground:request", args=[call.pk])).status_code, 404)


class LoopTests(Case):
    @override_settings(CONNECTOR_BYTES_STORED=1_000)
    def test_answers_do_not_fill_the_disk(self):
        an_upload(self.user, a_picture())
        StoredFile.objects.update(bytes=2_000)
        for operation, model, parameters in (
            ("raw", "", {"path": "/v1/models", "method": "GET"}),
            ("embeddings", "sandbox-embedding", {"input": ["a"]}),
            ("speech", "sandbox-speech", {"input": "a", "voice": "alloy"}),
        ):
            with self.subTest(operation), self.assertRaises(errors.StorageFull):
                requesting.ask(self.user, self.configuration, operation, parameters, model=model)


class GoneTests(Case):
    def test_nothing_stays_of_somebody_who_goes(self):
        """Neither a row nor a file, but for the sums of everybody."""
        before = {model: model._default_manager.count() for model in apps.get_app_config("connector").get_models()}
        present = self.present()
        user = a_user()
        a_prompt(user), a_comparison(user), a_speech(user), a_transcription(user), an_image(user), a_drawing(user)
        an_upload(user), an_embedding(user), a_request(user), count([Used(a_call(user))])
        SavedPrompt.objects.keep(user, "Mine", question="Why?")
        SavedRequest.objects.create(user=user, name="Mine").files.add(an_upload(user))
        UserLimits.objects.create(user=user)
        with self.captureOnCommitCallbacks(execute=True):
            user.delete()
        for model, count_ in before.items():
            rows = model._default_manager.all()
            if model is UsageDay:
                rows = rows.filter(is_total=False)
            with self.subTest(model.__name__):
                self.assertEqual(rows.count(), count_)
        self.assertEqual(self.present(), present)

    def present(self):
        """The names of all files of ours."""
        return {name for storage in files._known() for name in files._present(storage)}

    def test_a_configuration_goes_and_leaves_what_people_asked(self):
        call, prompt = a_call(self.user, configuration=self.configuration), a_prompt(self.user)
        count([Used(call)])
        self.configuration.delete()
        for path in ("usage", "usage_csv", "requests", "request_new", "prompt", "compare", "models", "embeddings"):
            self.assertEqual(self.client.get(reverse(f"playground:{path}")).status_code, 200, path)
        for path in (f"?call={call.pk}", f"?run={a_request(self.user).pk}"):
            self.assertEqual(self.client.get(reverse("playground:request_new") + path).status_code, 200)
        self.assertEqual(self.client.get(reverse("playground:request", args=[call.pk])).status_code, 200)
        again = self.client.post(reverse("playground:prompt_again", args=[prompt.leaf.run_id]))
        self.assertEqual(again.status_code, 422)


class HeardTests(Case):
    def test_times_without_measure_are_still_subtitles(self):
        for start, end in ((1e306, 1e308), (-1e308, -1.0), (5e-324, 1e300)):
            heard = a_transcription(self.user, "x", segments=[{"start": start, "end": end, "text": "x"}], seconds=end)
            for kind in ("txt", "srt", "vtt", "json"):
                address = reverse("playground:transcription_export", args=[heard.pk, kind])
                self.assertEqual(self.client.get(address).status_code, 200, kind)
            self.assertEqual(self.client.get(reverse("playground:transcription", args=[heard.pk])).status_code, 200)
