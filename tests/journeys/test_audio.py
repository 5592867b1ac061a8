"""Speech and transcription in the browser: two voices, a long text, a recording, words that play where they are
clicked; with the keyboard, by thumb, without JavaScript, in both themes."""

import io
import wave

import pytest
from playwright.sync_api import expect

from connector.models import sentences
from connector.sandbox.replies import melody
from tests.journeys.steps import until
from tests.journeys.test_access import AXE, PHONE, RUN_AXE
from tests.sounds import a_wav, wav_seconds

pytestmark = pytest.mark.browser

SPEECH, TRANSCRIBE = "/audio/", "/audio/transcribe/"
GOING, ENDED = ".drawing[data-going]", ".drawing:not([data-going])"
SENTENCE = "Sentence number {} is said so that there is much to say. "
LONG = "".join(SENTENCE.format(number) for number in range(90))
LASTS = "audio => audio.duration"
AT_REST = "document.getAnimations().every(one => one.effect.getTiming().iterations === Infinity)"
WIDTH = "document.documentElement.scrollWidth"


@pytest.fixture(autouse=True)
def patience():
    expect.set_options(timeout=30_000)


@pytest.fixture
def speech(enter):
    def open_page(model="sandbox-speech-fast", **options):
        page = enter(SPEECH, **options)
        page.set_default_timeout(30_000)
        choose(page, "#set-model", model)
        return page

    return open_page


@pytest.fixture
def transcribe(enter):
    def open_page(model="sandbox-transcribe-fast", **options):
        page = enter(TRANSCRIBE, **options)
        page.set_default_timeout(30_000)
        choose(page, "#set-model", model)
        return page

    return open_page


def chosen(page):
    return page.expect_response(lambda answer: answer.url.endswith("/form/"))


def choose(page, select, value):
    if page.locator(select).input_value() != value:
        with chosen(page):
            page.locator(select).select_option(value)


def say(page, text):
    """Returns when it is on the page."""
    before = page.locator(".drawing").count()
    page.locator("#prompt").fill(text)
    page.locator("#prompt").press("Control+Enter")
    expect(page.locator(".drawing")).to_have_count(before + 1)


def attach(page, content, name="talk.wav"):
    page.locator("#file").set_input_files({"name": name, "mimeType": "audio/wav", "buffer": content})


def ended(page):
    page.locator(ENDED).first.wait_for()
    page.locator(GOING).wait_for(state="detached")


def known(page, audio):
    """How long the browser says the sound is, once it knows."""
    until(page, lambda: (audio.evaluate(LASTS) or 0) > 0)
    return audio.evaluate(LASTS)


def bars(page, place):
    return len(page.locator(place).first.locator("path.all").get_attribute("d"))


class TestSpeaking:
    def test_two_voices_are_heard_one_at_a_time(self, speech):
        page = speech()
        choose(page, "#set-second", "nova")
        say(page, "Good evening. " * 12)
        ended(page)
        players = page.locator(".take.kept audio")
        expect(players).to_have_count(2)
        expect(page.locator("#announcer")).to_have_text("The sound is ready.")
        assert known(page, players.first) > 3
        assert bars(page, ".take") > 1000
        page.locator(".wave").first.click()  # in the middle
        until(page, lambda: players.first.evaluate("audio => !audio.paused && audio.currentTime > audio.duration / 3"))
        players.nth(1).evaluate("audio => audio.play()")
        until(page, lambda: players.first.evaluate("audio => audio.paused"))

    def test_a_long_text_is_one_file_as_long_as_its_parts(self, speech):
        page = speech()
        page.locator("#prompt").fill(LONG)
        with chosen(page):
            page.locator("#prompt").press("Tab")
        expect(page.locator("#send-row")).to_contain_text("2 requests, one file")
        page.locator(".send").click()
        ended(page)
        address = page.get_by_role("link", name="Download").get_attribute("href")
        content = page.request.get(address).body()
        parts = sentences.split(LONG, 4096)
        assert len(parts) == 2
        assert wav_seconds(content) == pytest.approx(
            sum(melody.seconds(part, "alloy", 1.0) for part in parts), abs=0.001
        )
        with wave.open(io.BytesIO(content)) as file:
            assert file.getframerate() == 24_000
        assert known(page, page.locator("audio").first) == pytest.approx(wav_seconds(content), abs=0.1)

    def test_reloaded_and_stopped_it_keeps_what_came(self, speech):
        page = speech("sandbox-speech")  # at a human pace
        say(page, "Extraordinarily " * 400)
        expect(page.locator(".take")).to_contain_text("Part 1 of 2")
        page.reload()
        expect(page.locator(GOING)).to_have_count(1)
        expect(page.locator(".take")).to_contain_text("Part 2 of 2")
        page.get_by_role("button", name="Stop").press("Enter")
        page.locator(".drawing[data-state=stopped]").wait_for()
        expect(page.locator(".take")).to_contain_text("What came until then is kept.")
        assert known(page, page.locator(".take audio").first) > 5
        expect(page.get_by_role("button", name="Try again")).to_be_focused()

    def test_what_is_wrong_is_said_at_its_field_and_the_text_is_kept(self, speech, word):
        page = speech()
        page.watch.allow("422")
        page.locator(".send").click()
        expect(page.locator("#text-errors")).to_contain_text("Write what is to be said first.")
        page.locator("#prompt").fill(word)
        with chosen(page):
            page.get_by_role("spinbutton", name="Speed").fill("9")
            page.get_by_role("spinbutton", name="Speed").press("Tab")
        page.locator(".send").click()
        expect(page.locator("#refusal")).to_contain_text("A setting needs another look.")
        assert page.locator("#prompt").input_value() == word

    def test_deleted_brought_back_used_and_written_down(self, speech, word):
        page = speech()
        say(page, f"{word} is spoken.")
        ended(page)
        page.get_by_role("button", name="Delete").click()
        expect(page.locator(".drawing")).to_have_count(0)
        page.get_by_role("button", name="Undo").click()
        page.wait_for_url("**/audio/speech/*/")
        expect(page.locator("#prompt")).to_have_value(f"{word} is spoken.")
        page.get_by_role("link", name="Transcribe", exact=True).last.click()
        page.wait_for_url("**/transcribe/?recording=*")
        expect(page.locator(".kept")).to_contain_text("speech-")
        page.locator(".send").click()
        ended(page)
        expect(page.locator(".line")).to_contain_text("Nobody listened")


class TestListening:
    def test_a_recording_of_the_microphone_is_written_down(self, transcribe):
        page = transcribe(permissions=["microphone"])
        page.get_by_role("button", name="Record").click()
        expect(page.locator("#record")).to_have_attribute("aria-pressed", "true")
        until(page, lambda: page.locator("#record time").inner_text() >= "0:03")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("#heard")).to_be_visible()
        assert page.locator("#file").evaluate("input => input.files[0].size") > 1000
        page.locator(".send").click()
        ended(page)
        expect(page.locator(".drawing .prompt")).to_have_text("recording.webm")
        player = page.locator(".drawing .player")
        assert known(page, player.locator("audio")) > 2
        expect(player.locator(".wave")).to_be_visible()  # decoded in the browser: the server has no codec
        assert bars(page, ".drawing .player") > 1000
        expect(page.locator(".kept")).to_contain_text("recording.webm")
        assert page.locator("#file").evaluate("input => input.files.length") == 0

    def test_a_click_on_a_line_or_a_word_plays_from_there(self, transcribe):
        page = transcribe()
        attach(page, a_wav(30))
        page.locator(".send").click()
        ended(page)
        audio = page.locator(".drawing audio")
        known(page, audio)
        line = page.locator(".line").nth(2)
        line.locator(".time").click()
        at = float(line.get_attribute("data-at"))
        until(page, lambda: at <= audio.evaluate("audio => audio.currentTime") < at + 8)
        expect(line).to_have_class("line now")
        word = page.locator(".line").first.locator(".word").nth(5)
        word.click()
        audio.evaluate("audio => audio.pause()")
        at = float(word.get_attribute("data-at"))
        assert at <= audio.evaluate("audio => audio.currentTime") < at + 8
        expect(page.locator(".line").first).to_have_class("line now")
        assert page.locator(".word.now").count() == 1

    def test_the_text_grows_survives_a_reload_and_can_be_stopped(self, transcribe):
        page = transcribe("sandbox-transcribe")
        with chosen(page):
            page.locator(".response_format .option", has_text="Text").first.click()
        attach(page, a_wav(600, rate=2000))
        page.locator(".send").click()
        growing = page.locator(".growing")
        until(page, lambda: len(growing.inner_text().split()) > 12)
        page.reload()
        until(page, lambda: len(growing.inner_text().split()) > 30)
        assert growing.inner_text().startswith("Nobody listened to these 600 seconds")
        page.get_by_role("button", name="Stop").click()
        page.locator(".drawing[data-state=stopped]").wait_for()
        assert len(page.locator(".drawing .text").inner_text().split()) > 30

    def test_speakers_subtitles_and_a_translation(self, transcribe):
        page = transcribe()
        with chosen(page):
            page.locator(".response_format .option", has_text="With speakers").click()
        attach(page, a_wav(20))
        page.locator(".send").click()
        ended(page)
        expect(page.locator(".speaker").first).to_have_text("A")
        with page.expect_download() as download:
            page.get_by_role("link", name="SRT").click()
        assert download.value.path().read_text().startswith("1\n00:00:00,000 --> ")
        with chosen(page):
            page.locator(".task .option", has_text="Translate").click()
        expect(page.locator(".response_format")).not_to_contain_text("With speakers")
        page.get_by_role("button", name="Translate").click()
        expect(page.locator(".badge", has_text="translation")).to_have_count(1)
        ended(page)

    def test_the_transcript_is_copied(self, transcribe):
        page = transcribe(permissions=["clipboard-read", "clipboard-write"])
        attach(page, a_wav(5))
        page.locator(".send").click()
        ended(page)
        page.get_by_role("button", name="Copy").click()
        expect(page.get_by_role("button", name="Copied")).to_have_count(1)
        assert page.evaluate("navigator.clipboard.readText()").startswith("Nobody listened to these 5 seconds")

    def test_what_is_too_large_or_no_recording_is_not_sent(self, transcribe, tmp_path):
        page = transcribe()
        sent = []
        page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/ask/") else None)
        large = tmp_path / "talk.wav"
        large.write_bytes(bytes(26_000_000))
        page.locator("#file").set_input_files(large)
        expect(page.locator("#file-errors")).to_contain_text("“talk.wav” has 26 MB; up to 25 MB can be sent.")
        page.locator(".send").click()
        attach(page, b"")
        expect(page.locator("#file-errors")).to_contain_text("is empty")
        page.locator(".send").click()
        assert sent == []
        page.watch.allow("422")
        attach(page, b"These are words.", "words.mp3")
        page.locator(".send").click()
        expect(page.locator("#file-errors")).to_contain_text("is no recording that models take")
        expect(page.locator(".drawing")).to_have_count(0)


def test_with_the_keyboard_alone(transcribe):
    page = transcribe()
    attach(page, a_wav(30))
    page.locator("#set-p_language").focus()
    page.keyboard.press("Control+Enter")
    ended(page)
    page.locator(".spoken").focus()
    for _ in range(3):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "time"
    page.keyboard.press("Enter")
    at = float(page.locator(".line").nth(2).get_attribute("data-at"))
    until(page, lambda: page.locator(".drawing audio").evaluate("audio => audio.currentTime") >= at)


def test_by_thumb(speech):
    page = speech(**PHONE)
    assert page.evaluate(WIDTH) <= 360
    choose(page, "#set-second", "nova")
    page.locator("#prompt").fill("Good evening.")
    page.locator(".send").tap()
    ended(page)
    expect(page.locator(".take").first).to_be_in_viewport()
    assert page.evaluate(WIDTH) <= 360
    page.goto(TRANSCRIBE)
    assert page.evaluate(WIDTH) <= 360
    attach(page, a_wav(20))
    page.locator(".send").tap()
    ended(page)
    assert page.evaluate(WIDTH) <= 360


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(speech, theme):
    page = speech(color_scheme=theme)
    page.evaluate(AXE)
    assert page.evaluate(RUN_AXE) == []
    choose(page, "#set-second", "nova")
    say(page, LONG)
    ended(page)
    until(page, lambda: page.evaluate(AT_REST))
    assert page.evaluate(RUN_AXE) == []
    page.goto(TRANSCRIBE)
    page.evaluate(AXE)
    assert page.evaluate(RUN_AXE) == []
    attach(page, a_wav(30))
    page.locator(".send").click()
    ended(page)
    until(page, lambda: page.evaluate(AT_REST))
    assert page.evaluate(RUN_AXE) == []


def test_without_javascript(enter, word):
    page = enter(SPEECH, java_script_enabled=False)
    page.set_default_timeout(30_000)
    page.locator("#set-model").select_option("sandbox-speech-fast")
    page.get_by_role("button", name="Apply").click()
    page.locator("#set-second").select_option("nova")
    page.locator("#prompt").fill(f"{word} is spoken.")
    page.locator(".send").click()
    page.locator(".take.kept audio").nth(1).wait_for()  # the page fetches itself anew
    assert page.locator("#prompt").input_value() == f"{word} is spoken."
    page.get_by_role("link", name="Transcribe", exact=True).last.click()
    page.locator(".kept", has_text="speech-").wait_for()
    page.locator(".send").click()
    page.locator(".line .time").first.wait_for()
    assert "#t=0" in page.locator(".line .time").first.get_attribute("href")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Undo").click()
    page.locator(".line").first.wait_for()
    page.get_by_role("link", name="Transcription").click()
    attach(page, b"No sound.", "notes.txt")
    page.locator(".send").click()
    page.locator("#file-errors", has_text="is no recording that models take").wait_for()
    page.watch.allow("422")
