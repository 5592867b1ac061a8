"""Transcription and translation: what the form offers, what is taken, and what is shown."""

import json

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase, override_settings
from django.urls import reverse

from connector.models import Configuration, Run, StoredFile, Transcription
from playground.audio import history
from playground.audio.showing import MAY_RECORD
from tests.builders import a_configuration, a_user
from tests.sounds import a_wav, an_mp3

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
PAGE, ASK, FORM = (reverse(f"playground:{name}") for name in ("transcribe", "transcribe_ask", "transcribe_form"))
SEGMENTS = [
    {"start": 0.0, "end": 1.5, "text": "Hello there, Ada.", "speaker": "A"},
    {"start": 1.5, "end": 3.0, "text": "Who <b>is</b> it?", "speaker": "B"},
]
WORDS = [
    {"start": 0.0, "end": 0.5, "word": "Hello"},
    {"start": 0.6, "end": 0.9, "word": "there"},
    {"start": 1.0, "end": 1.4, "word": "Ada"},
]


class Case(TestCase):
    def setUp(self):
        Configuration.objects.all().delete()
        self.user = a_user()
        self.configuration = a_configuration(model_default_transcription="sandbox-transcribe-fast")
        self.client.force_login(self.user)

    def posted(self, **fields):
        fixed = {"configuration": self.configuration.pk, "model": "sandbox-transcribe-fast", "task": "transcriptions"}
        return {name: value for name, value in (fixed | fields).items() if value is not None}

    def ask(self, headers=HTMX, content=None, name="talk.wav", **fields):
        file = (
            {} if content == "none" else {"file": SimpleUploadedFile(name, a_wav(0.5) if content is None else content)}
        )
        return self.client.post(ASK, self.posted(**fields) | file, headers=headers)

    def choose(self, headers=HTMX, **fields):
        return self.client.post(FORM, self.posted(**fields), headers=headers)

    def heard(self, user=None, text="Hello there, Ada. Who is it?", segments=SEGMENTS, words=WORDS, **run):
        """A recording that was written down."""
        user = user or self.user
        recording = StoredFile.objects.take_recording(user, "talk.wav", a_wav(3.0))
        made = Transcription.objects.ask(
            user, self.configuration, recording, operation=run.pop("operation", "transcriptions")
        )
        Transcription.objects.filter(run=made).update(text=text, segments=segments, words=words, language="english")
        Run.objects.filter(pk=made.pk).update(**{"state": "done", "duration_ms": 900} | run)
        return Transcription.objects.select_related("run__configuration", "recording").get(run=made)


class FormTests(Case):
    def test_opens_with_the_format_that_tells_most(self):
        page = self.client.get(PAGE)
        self.assertContains(page, 'name="p_response_format" value="verbose_json" checked')
        self.assertContains(page, 'name="p_timestamp_granularities" value="word\nsegment" checked')
        self.assertContains(page, 'name="file"')
        self.assertContains(page, "25 MB")

    def test_another_model_has_other_formats(self):
        self.configuration.api_type, self.configuration.endpoint = "openai", ""
        self.configuration.save()
        answer = self.choose(model="gpt-4o-transcribe", p_response_format="verbose_json")
        self.assertNotContains(answer, 'verbose_json"')
        self.assertNotContains(answer, "errorlist")
        self.assertNotContains(answer, "timestamp_granularities")
        answer = self.choose(model="gpt-4o-transcribe-diarize", p_response_format="verbose_json")
        self.assertContains(answer, 'value="diarized_json" checked')
        self.assertContains(answer, 'name="p_chunking_strategy" value="auto" checked')
        self.assertNotContains(answer, 'name="p_prompt"')
        answer = self.choose(model="whisper-1", p_response_format="srt")
        self.assertContains(answer, 'value="srt" checked')

    def test_times_go_along_with_their_format_only(self):
        self.assertNotContains(self.choose(p_response_format="srt", p_timestamp_granularities="word"), "granularities")
        answer = self.choose(p_response_format="verbose_json")
        self.assertContains(answer, 'value="word\nsegment" checked')
        answer = self.choose(p_response_format="verbose_json", p_timestamp_granularities="word")
        self.assertContains(answer, 'name="p_timestamp_granularities" value="word" checked')

    def test_a_translation_takes_less(self):
        answer = self.choose(task="translations")
        self.assertNotContains(answer, 'name="p_language"')
        self.assertNotContains(answer, "diarized_json")
        self.assertContains(answer, "</svg>Translate</button>")

    def test_the_page_may_use_the_microphone_and_no_other_page_may(self):
        self.assertEqual(self.client.get(PAGE)["Permissions-Policy"], MAY_RECORD)
        self.assertEqual(self.ask(headers={}, content=b"")["Permissions-Policy"], MAY_RECORD)
        self.assertNotIn("Permissions-Policy", self.client.get(reverse("playground:audio")))

    def test_a_recording_of_before_need_not_be_chosen_again(self):
        heard = self.heard()
        for query in ({"from": heard.pk}, {"recording": str(heard.recording.public_id)}):
            page = self.client.get(PAGE, query)
            self.assertContains(page, f'name="recording" value="{heard.recording.public_id}"')
        theirs = self.heard(user=a_user())
        for query in ({"from": theirs.pk}, {"recording": str(theirs.recording.public_id)}, {"recording": "nothing"}):
            self.assertEqual(self.client.get(PAGE, query).status_code, 404)


class AskTests(Case):
    def test_a_recording_becomes_a_run(self):
        answer = self.ask(
            p_response_format="verbose_json", p_timestamp_granularities="word\r\nsegment", p_language="en"
        )
        heard = Transcription.objects.get()
        run = heard.run
        self.assertEqual((run.kind, run.operation), ("transcription", "transcriptions"))
        self.assertEqual(run.request["timestamp_granularities"], ["word", "segment"])
        self.assertEqual((heard.name, heard.seconds, len(heard.peaks)), ("talk.wav", 0.5, 240))
        self.assertContains(answer, f'hx-sse:connect="{reverse("playground:audio_events", args=[run.pk])}"')
        self.assertContains(answer, f'name="recording" value="{heard.recording.public_id}"')  # kept for the next one

    def test_without_a_script_the_run_has_its_own_page(self):
        answer = self.ask(headers={}, task="translations")
        heard = Transcription.objects.get()
        self.assertRedirects(answer, reverse("playground:transcription", args=[heard.pk]))
        self.assertTrue(heard.is_translation)

    def test_a_kept_recording_is_sent_once_more(self):
        first = self.heard()
        self.ask(content="none", recording=str(first.recording.public_id), p_response_format="srt")
        self.assertEqual(Transcription.objects.first().recording, first.recording)
        self.assertEqual(StoredFile.objects.count(), 1)

    def test_what_is_no_recording_is_said_at_its_field_and_nothing_is_kept_or_sent(self):
        for words, content, name in (
            ("is no recording that models take: they take flac, mp3", b"Hello.", "talk.mp3"),
            ("is empty", b"", "talk.wav"),
            ("has 26 MB; up to 25 MB can be sent", b"ID3" + bytes(26_000_000), "talk.mp3"),
            ("A part of the recording is missing: 20000 of 48044 bytes came.", a_wav(3.0)[:20_000], "talk.wav"),
            ("Choose a recording, or record one here.", "none", ""),
        ):
            for headers in (HTMX, {}):
                with self.subTest(words, headers=headers):
                    answer = self.ask(headers=headers, content=content, name=name)
                    self.assertContains(answer, words, status_code=422)
                    self.assertContains(answer, 'class="errorlist"', status_code=422)
        self.assertFalse(Run.objects.exists() or StoredFile.objects.exists())

    def test_a_wrong_setting_keeps_the_recording_where_it_would_have_to_be_chosen_again(self):
        self.assertContains(self.ask(p_temperature="9"), "too high", status_code=422)
        self.assertFalse(StoredFile.objects.exists())
        answer = self.ask(headers={}, p_temperature="9")
        kept = StoredFile.objects.get()
        self.assertContains(answer, f'name="recording" value="{kept.public_id}"', status_code=422)

    @override_settings(CONNECTOR_UPLOADS_AN_HOUR=1)
    def test_uploads_are_limited(self):
        self.ask()
        answer = self.ask()
        self.assertContains(answer, "limit of 1 upload an hour", status_code=429)
        self.assertIn("Retry-After", answer)
        self.assertEqual(StoredFile.objects.count(), 1)

    @override_settings(CONNECTOR_BYTES_STORED=1000)
    def test_there_has_to_be_room(self):
        self.assertContains(self.ask(), "that you may keep", status_code=429)
        self.assertFalse(Run.objects.exists())

    def test_an_mp3_by_another_name(self):
        self.ask(content=an_mp3(20), name="../../etc/pass wd\u202e.wav")
        heard = Transcription.objects.get()
        self.assertEqual((heard.name, heard.recording.media_type), ("pass wd.mp3", "audio/mpeg"))
        self.assertAlmostEqual(heard.seconds, 20 * 576 / 24_000)


class ShownTests(Case):
    def shown(self, heard):
        return self.client.get(reverse("playground:transcription", args=[heard.pk]))

    def test_lines_and_words_have_their_times(self):
        page = self.shown(self.heard())
        self.assertContains(page, '<li class="line" data-at="0.0" data-to="1.5">')
        self.assertContains(page, '<span class="word" data-at="1.0" data-to="1.4">Ada.</span>')
        self.assertContains(page, '<strong class="speaker">B</strong> Who &lt;b&gt;is&lt;/b&gt; it?')
        self.assertContains(page, "#t=1.5")

    def test_words_alone_are_one_line(self):
        page = self.shown(self.heard(segments=[]))
        self.assertContains(page, '<li class="line">')
        self.assertContains(page, '<span class="word" data-at="0.6" data-to="0.9">there,</span>')

    def test_text_alone_is_text(self):
        page = self.shown(self.heard(segments=[], words=[], text="Hello\n<there>."))
        self.assertContains(page, "Hello<br>&lt;there&gt;.")
        self.assertNotContains(page, "export/srt/")
        self.assertContains(page, "export/json/")

    def test_silence(self):
        self.assertContains(self.shown(self.heard(segments=[], words=[], text="")), "Nothing was said in it.")

    def test_what_came_before_an_error_is_shown(self):
        error = {"code": "cut", "what": "The answer was cut off before its end.", "todo": "x", "details": {}}
        page = self.shown(self.heard(segments=[], words=[], text="Hello", state="interrupted", error=error))
        self.assertContains(page, "What came until then is kept.")
        self.assertContains(page, "Hello")

    def test_while_it_goes_its_text_grows(self):
        heard = self.heard(text="Hello so far", segments=[], words=[], state="streaming")
        page = self.client.get(PAGE)
        self.assertContains(page, f'<p class="growing" id="run-{heard.run_id}-text" aria-live="off">Hello so far</p>')
        self.assertContains(page, '<noscript><meta http-equiv="refresh"')

    def test_only_the_newest_is_shown_as_a_whole(self):
        with override_settings(CONNECTOR_CALLS_A_MINUTE=0, CONNECTOR_UPLOADS_AN_HOUR=0, CONNECTOR_ANSWERS_AT_ONCE=0):
            for number in range(history.AT_ONCE + 2):
                self.heard(text=f"Text {number}")
        page = self.client.get(PAGE)
        self.assertContains(page, 'class="spoken"', count=1)
        self.assertContains(page, "?before=")
        with self.assertNumQueries(1):
            history.transcriptions(self.user)

    def test_a_recording_that_is_gone(self):
        heard = self.heard()
        heard.recording.delete()
        page = self.shown(heard)
        self.assertContains(page, "The recording was deleted.")
        self.assertNotContains(page, "#t=")
        again = self.client.post(reverse("playground:transcription_again", args=[heard.pk]), headers=HTMX)
        self.assertContains(again, "the recording was deleted", status_code=422)


class ExportTests(Case):
    def export(self, heard, kind):
        return self.client.get(reverse("playground:transcription_export", args=[heard.pk, kind]))

    def test_subtitles_are_made_of_segments(self):
        heard = self.heard()
        answer = self.export(heard, "srt")
        self.assertEqual(answer["Content-Disposition"], f'attachment; filename="talk-{heard.pk}.srt"')
        self.assertIn("sandbox", answer["Content-Security-Policy"])
        self.assertIn("1\n00:00:00,000 --> 00:00:01,500\nA: Hello there, Ada.\n", answer.content.decode())
        vtt = self.export(heard, "vtt").content.decode()
        self.assertTrue(vtt.startswith("WEBVTT\n"))
        self.assertIn("B: Who &lt;b&gt;is&lt;/b&gt; it?", vtt)

    def test_text_has_a_paragraph_for_each_turn(self):
        self.assertEqual(
            self.export(self.heard(), "txt").content.decode(), "A: Hello there, Ada.\n\nB: Who <b>is</b> it?\n"
        )

    def test_json_has_everything(self):
        known = json.loads(self.export(self.heard(), "json").content)
        self.assertEqual((known["segments"][1]["start"], known["words"], known["language"]), (1.5, WORDS, "english"))

    def test_without_times_there_are_no_subtitles(self):
        heard = self.heard(segments=[])
        for kind, status in (("srt", 404), ("vtt", 404), ("json", 200), ("txt", 200), ("exe", 404)):
            self.assertEqual(self.export(heard, kind).status_code, status)


class KeepingTests(Case):
    def test_deleted_and_brought_back(self):
        heard = self.heard()
        answer = self.client.post(reverse("playground:transcription_delete", args=[heard.pk]), headers=HTMX)
        restore = reverse("playground:transcription_restore", args=[heard.pk])
        self.assertContains(answer, restore)
        self.assertEqual(self.client.get(reverse("playground:transcription", args=[heard.pk])).status_code, 404)
        self.assertRedirects(self.client.post(restore), reverse("playground:transcription", args=[heard.pk]))

    def test_again(self):
        heard = self.heard(operation="translations")
        self.client.post(reverse("playground:transcription_again", args=[heard.pk]), headers=HTMX)
        made = Transcription.objects.exclude(pk=heard.pk).get()
        self.assertEqual((made.recording, made.run.operation), (heard.recording, "translations"))

    def test_nothing_of_it_is_anybody_elses(self):
        heard = self.heard()
        self.client.force_login(a_user())
        for name, args in (("transcription", [heard.pk]), ("transcription_export", [heard.pk, "txt"])):
            self.assertEqual(self.client.get(reverse(f"playground:{name}", args=args)).status_code, 404)
        for name in ("again", "delete", "restore"):
            address = reverse(f"playground:transcription_{name}", args=[heard.pk])
            self.assertEqual(self.client.post(address).status_code, 404)
        answer = self.ask(content="none", recording=str(heard.recording.public_id))
        self.assertEqual(answer.status_code, 404)
