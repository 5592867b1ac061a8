"""Speech: what its form offers, what is asked, and what is shown of it."""

from django.test import TestCase, override_settings
from django.urls import reverse

from connector.client.multipart import File
from connector.models import Configuration, Run, Speech, StoredFile, Take, sounds
from connector.runs import unstored
from playground.audio import cards, history
from tests.builders import a_configuration, a_user
from tests.sounds import a_wav

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
PAGE, ASK, FORM = (reverse(f"playground:{name}") for name in ("audio", "speech_ask", "speech_form"))
LONG = "This sentence is said again and again, so that there is much to say. " * 100


class Case(TestCase):
    def setUp(self):
        Configuration.objects.all().delete()  # the first one of an empty database
        self.user = a_user()
        self.configuration = a_configuration(model_default_speech="sandbox-speech-fast")
        self.client.force_login(self.user)

    def posted(self, **fields):
        fixed = {"configuration": self.configuration.pk, "model": "sandbox-speech-fast"}
        fixed |= {"text": "Hello.", "p_voice": "alloy"}
        return {name: value for name, value in (fixed | fields).items() if value is not None}

    def ask(self, headers=HTMX, **fields):
        return self.client.post(ASK, self.posted(**fields), headers=headers)

    def choose(self, headers=HTMX, **fields):
        return self.client.post(FORM, self.posted(**fields), headers=headers)

    def spoken(self, text="Hello.", voices=("alloy",), user=None, seconds=0.5, **fields):
        """A text that was spoken, with a file for each voice."""
        run = Speech.objects.ask(user or self.user, self.configuration, text, voices=voices, parameters=fields)
        for take in run.speech.takes.all():
            content = a_wav(seconds)
            take.keep_part(run, 0, File("speech", content))
            take.join(run, [content], "speech.wav")
            take.state = Take.State.KEPT
            take.save_end()
        Run.objects.filter(pk=run.pk).update(state=Run.State.DONE, duration_ms=1200)
        return Speech.objects.select_related("run__configuration").get(run=run)


class FormTests(Case):
    def test_offers_what_the_model_takes(self):
        page = self.client.get(PAGE)
        for name in ("p_voice", "second", "p_instructions", "p_response_format", "p_speed"):
            self.assertContains(page, f'name="{name}"')
        self.assertNotContains(page, "stream_format")
        self.assertContains(page, 'value="pcm"')
        self.assertNotContains(page, 'value="mp3"')  # the sandbox has no encoder
        self.assertContains(page, '<option value="alloy" selected>')

    def test_another_model_has_other_parameters(self):
        self.configuration.api_type, self.configuration.endpoint = "openai", ""
        self.configuration.save()
        answer = self.choose(model="tts-1")
        self.assertNotContains(answer, 'name="p_instructions"')
        self.assertContains(answer, 'value="opus"')
        self.assertContains(self.choose(model="gpt-4o-mini-tts"), 'name="p_instructions"')

    def test_a_server_has_voices_of_its_own(self):
        self.configuration.api_type, self.configuration.endpoint = "openai_compatible", "http://127.0.0.1:9/v1"
        self.configuration.save()
        named = {"model": "other:", "other_model": "kokoro", "p_voice": None}
        answer = self.choose(**named, p_voice_own="af_sky")
        self.assertContains(answer, 'name="p_voice_own" value="af_sky"')
        self.assertNotContains(answer, '<option value="alloy"')
        self.ask(**named, p_voice_own="af_sky")
        self.assertEqual(Take.objects.get().voice, "af_sky")
        refused = self.ask(**named, p_voice_own="")
        self.assertContains(refused, "voices of its own", status_code=422)

    def test_says_how_many_requests_a_long_text_takes(self):
        self.assertContains(self.choose(text=LONG), "<strong>2 requests</strong>, one file")
        self.assertNotContains(self.choose(), "requests")
        self.configuration.api_type, self.configuration.endpoint = "openai", ""
        self.configuration.save()
        answer = self.choose(model="tts-1", text=LONG, p_response_format="opus")
        self.assertContains(answer, "2 files: opus cannot be joined")

    def test_a_price_is_told_where_it_is_known_before(self):
        self.configuration.api_type, self.configuration.endpoint = "openai", ""
        self.configuration.save()
        self.assertContains(self.choose(model="tts-1", text="x" * 1000), "$0.015")
        self.assertContains(self.choose(model="tts-1", text="x" * 1000, second="nova"), "$0.03")
        self.assertContains(self.choose(model="gpt-4o-mini-tts"), "Price not known before")

    def test_opens_as_it_was_asked_for_last_without_its_text(self):
        self.spoken("The one before.", voices=("nova", {"id": "voice_1"}), speed=2, response_format="pcm")
        page = self.client.get(PAGE)
        self.assertContains(page, '<option value="nova" selected>')
        self.assertContains(page, 'value="voice_1"')
        self.assertContains(page, 'name="p_speed" value="2"')
        self.assertNotContains(page, "The one before.</textarea>")

    def test_from_fills_everything_in(self):
        spoken = self.spoken("A <b>text</b>.")
        page = self.client.get(PAGE, {"from": spoken.pk})
        self.assertContains(page, "A &lt;b&gt;text&lt;/b&gt;.</textarea>")
        theirs = self.spoken(user=a_user())
        self.assertEqual(self.client.get(PAGE, {"from": theirs.pk}).status_code, 404)

    def test_no_configuration_is_explained(self):
        self.configuration.delete()
        page = self.client.get(PAGE)
        self.assertContains(page, "No configuration yet")


class AskTests(Case):
    def test_a_text_becomes_a_run_with_a_take_for_each_voice(self):
        answer = self.ask(second="other:", second_own="voice_7", p_instructions="Softly.", p_speed="1.5")
        run = Run.objects.get()
        self.assertEqual((run.kind, run.request["instructions"], run.request["speed"]), ("speech", "Softly.", 1.5))
        self.assertEqual([take.voice for take in run.speech.takes.all()], ["alloy", {"id": "voice_7"}])
        self.assertContains(answer, f'hx-sse:connect="{reverse("playground:audio_events", args=[run.pk])}"')
        self.assertContains(answer, 'class="take waiting"', count=2)

    def test_without_a_script_the_run_has_its_own_page(self):
        answer = self.ask(headers={})
        spoken = Speech.objects.get()
        self.assertRedirects(answer, reverse("playground:speech", args=[spoken.pk]))

    def test_an_example_is_asked_by_its_button(self):
        self.ask(text="", example="Once upon a time.")
        self.assertEqual(Speech.objects.get().text, "Once upon a time.")

    def test_what_is_wrong_is_said_where_it_was_typed(self):
        for words, fields in (
            ("Write what is to be said first.", {"text": " "}),
            ("20,000 can be spoken at once", {"text": "x" * 20_001}),
            ("too high", {"p_speed": "9"}),
            ("is not a voice", {"p_voice": "nobody"}),
            ("4097 characters", {"p_instructions": "x" * 4097}),
        ):
            with self.subTest(words):
                self.assertContains(self.ask(**fields), words, status_code=422)
                whole = self.ask(headers={}, **fields)
                self.assertContains(whole, words, status_code=422)
                self.assertContains(whole, "<title>", status_code=422)
        self.assertFalse(Run.objects.exists())

    @override_settings(CONNECTOR_CALLS_A_MINUTE=1, CONNECTOR_ANSWERS_AT_ONCE=0)
    def test_a_limit_is_told_with_the_time_that_is_left(self):
        self.ask()
        for headers in (HTMX, {}):
            answer = self.ask(headers=headers)
            self.assertContains(answer, "limit of 1 request a minute", status_code=429)
            self.assertGreater(int(answer["Retry-After"]), 0)

    def test_sent_twice_is_spoken_once(self):
        for _ in range(2):
            self.ask(token="once")  # of a form
        self.assertEqual(Speech.objects.count(), 1)

    def test_a_configuration_that_may_not_be_used(self):
        self.configuration.open_to_everyone = False
        self.configuration.save()
        self.assertEqual(self.ask().status_code, 422)
        self.assertFalse(Run.objects.exists())


class ShownTests(Case):
    def test_each_voice_has_a_player_its_picture_and_a_download(self):
        spoken = self.spoken(voices=("alloy", "nova"))
        page = self.client.get(reverse("playground:speech", args=[spoken.pk]))
        for file in StoredFile.objects.all():
            address = reverse("playground:file", args=[file.public_id])
            self.assertContains(page, f'src="{address}"')
            self.assertContains(page, f'href="{address}?download"')
            heard = self.client.get(address, headers={"Range": "bytes=0-43"})
            self.assertEqual((heard.status_code, heard["Content-Type"]), (206, "audio/wav"))
            self.assertIn("sandbox", heard["Content-Security-Policy"])
        self.assertContains(page, '<path class="all" d="M0.5 ', count=2)
        self.assertContains(page, "count-2")

    def test_parts_that_are_no_one_file_are_a_list(self):
        spoken = self.spoken()
        take = spoken.takes.get()
        take.keep_part(spoken.run, 1, File("more", a_wav(0.25)))
        page = self.client.get(PAGE)
        self.assertContains(page, "<audio", count=2)
        self.assertContains(page, "Part 2")

    def test_while_it_goes_its_progress_is_shown_and_the_page_comes_again(self):
        run = Speech.objects.ask(self.user, self.configuration, LONG, voices=("alloy",))
        Run.objects.filter(pk=run.pk).update(state="streaming")
        Take.objects.update(done=1)
        page = self.client.get(PAGE)
        self.assertContains(page, "Part 2 of 2")
        self.assertContains(page, '<noscript><meta http-equiv="refresh"')
        self.assertContains(page, reverse("playground:audio_stop", args=[run.pk]))

    def test_what_was_cut_is_kept_and_said(self):
        spoken = self.spoken()
        take = spoken.takes.get()
        take.error = {"code": "cut", "what": "The answer was cut off before its end.", "todo": "x", "details": {}}
        take.save()
        Run.objects.update(state="interrupted", error=take.error)
        page = self.client.get(PAGE)
        self.assertContains(page, "What came until then is kept.")
        self.assertContains(page, "<audio")
        self.assertContains(page, "Try again</button>")

    def test_an_error_is_said_once(self):
        run = Speech.objects.ask(self.user, self.configuration, "Hello.", voices=("alloy", "nova"))
        error = {"code": "provider_trouble", "what": "The provider has trouble (500).", "todo": "Wait.", "details": {}}
        Take.objects.update(state="failed", error=error)
        Run.objects.filter(pk=run.pk).update(state="failed", error=error)
        self.assertContains(self.client.get(PAGE), '<p class="what">The provider has trouble (500).</p>', count=1)

    def test_a_voice_of_which_nothing_came_says_why(self):
        spoken = self.spoken(voices=("alloy", "nova"))
        take = spoken.takes.get(place=1)
        take.files.all().delete()
        take.state, take.error = "failed", {"code": "x", "what": "No such voice.", "todo": "Choose.", "details": {}}
        take.save()
        page = self.client.get(PAGE)
        self.assertContains(page, "No such voice.")
        self.assertContains(page, "<audio", count=1)

    def test_bare_samples_can_be_had_as_they_were_asked_for(self):
        spoken = self.spoken(response_format="pcm")
        take = spoken.takes.get()
        address = reverse("playground:take_samples", args=[take.pk])
        self.assertContains(self.client.get(PAGE), address)
        answer = self.client.get(address)
        content = b"".join(answer.streaming_content)
        self.assertEqual(content, a_wav(0.5)[44:])
        self.assertEqual(answer["Content-Type"], "audio/pcm")
        other = self.spoken()
        self.assertEqual(
            self.client.get(reverse("playground:take_samples", args=[other.takes.get().pk])).status_code, 404
        )

    def test_what_could_not_be_stored_can_be_saved_once(self):
        run = Speech.objects.ask(self.user, self.configuration, "Hello.", voices=("alloy",))
        take = run.speech.takes.get()
        error = {"code": "storage", "what": "Could not store the sound: no space left.", "todo": "x", "details": {}}
        Take.objects.update(state="failed", error=error)
        Run.objects.filter(pk=run.pk).update(state="failed", error=error)
        unstored.keep(unstored.of_take(take.pk), a_wav(0.5))
        address = reverse("playground:take_rescue", args=[take.pk])
        self.assertContains(self.client.get(PAGE), address)
        self.assertEqual(self.client.post(address).content, a_wav(0.5))
        self.assertEqual(self.client.post(address).status_code, 404)
        self.assertNotContains(self.client.get(PAGE), address)

    def test_the_history_goes_on_page_by_page_with_few_queries(self):
        with override_settings(CONNECTOR_CALLS_A_MINUTE=0, CONNECTOR_ANSWERS_AT_ONCE=0):
            for number in range(history.AT_ONCE + 3):
                self.spoken(f"Text {number}.")
        page = self.client.get(PAGE)
        first = history.speeches(self.user)
        self.assertContains(page, f"?before={first.older}")
        second = self.client.get(PAGE, {"before": first.older})
        self.assertContains(second, "Text 2.")
        self.assertNotContains(second, "Text 3.")
        self.assertEqual([len(history.speeches(self.user, key).cards) for key in (None, first.older)], [10, 3])
        with self.assertNumQueries(3):
            [voice.files for card in history.speeches(self.user).cards for voice in card.voices]

    def test_the_picture_is_drawn_from_left_to_right(self):
        self.assertEqual(cards.wave([]), "")
        self.assertEqual(cards.wave([0, 100]), "M0.5 19.0V21.0M1.5 1.0V39.0")


class KeepingTests(Case):
    def test_deleted_and_brought_back(self):
        spoken = self.spoken()
        answer = self.client.post(reverse("playground:speech_delete", args=[spoken.pk]), headers=HTMX)
        restore = reverse("playground:speech_restore", args=[spoken.pk])
        self.assertContains(answer, restore)
        self.assertContains(answer, f'hx-target="#run-{spoken.run_id}" hx-swap="delete"')
        self.assertEqual(self.client.get(reverse("playground:speech", args=[spoken.pk])).status_code, 404)
        self.assertNotContains(self.client.get(PAGE), 'class="drawing sound')
        self.assertRedirects(self.client.post(restore), reverse("playground:speech", args=[spoken.pk]))

    def test_without_a_script_the_page_has_the_button_that_brings_it_back(self):
        spoken = self.spoken()
        answer = self.client.post(reverse("playground:speech_delete", args=[spoken.pk]), follow=True)
        self.assertContains(answer, reverse("playground:speech_restore", args=[spoken.pk]))

    def test_again(self):
        spoken = self.spoken(voices=("nova",), speed=2)
        answer = self.client.post(reverse("playground:speech_again", args=[spoken.pk]), {"token": "t"}, headers=HTMX)
        made = Speech.objects.exclude(pk=spoken.pk).get()
        self.assertContains(answer, f'id="run-{made.run_id}"')
        self.assertEqual(
            (made.text, made.run.request, made.takes.get().voice), (spoken.text, spoken.run.request, "nova")
        )

    def test_again_with_a_configuration_that_is_gone(self):
        spoken = self.spoken()
        self.configuration.delete()
        address = reverse("playground:speech_again", args=[spoken.pk])
        self.assertContains(self.client.post(address, headers=HTMX), 'class="toast"', status_code=422)
        self.assertContains(self.client.post(address), "No configuration is chosen", status_code=422)

    def test_stopped(self):
        run = Speech.objects.ask(self.user, self.configuration, "Hello.", voices=("alloy",))
        address = reverse("playground:audio_stop", args=[run.pk])
        self.assertEqual(self.client.post(address, headers=HTMX).status_code, 204)
        run.refresh_from_db()
        self.assertTrue(run.stop_requested)
        run.speech.delete()
        self.assertEqual(self.client.post(address).status_code, 404)

    def test_nothing_of_it_is_anybody_elses(self):
        spoken = self.spoken()
        take = spoken.takes.get()
        self.client.force_login(a_user())
        for name, pk in (("speech", spoken.pk), ("take_samples", take.pk)):
            self.assertEqual(self.client.get(reverse(f"playground:{name}", args=[pk])).status_code, 404)
        for name, pk in (
            ("speech_again", spoken.pk), ("speech_delete", spoken.pk), ("speech_restore", spoken.pk),
            ("take_rescue", take.pk), ("audio_stop", spoken.run_id),
        ):  # fmt: skip
            self.assertEqual(self.client.post(reverse(f"playground:{name}", args=[pk])).status_code, 404)
        self.assertEqual(sounds.seconds(take.files.get().read().content), 0.5)
