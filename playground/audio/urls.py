"""The addresses of speech and transcription, below `audio/`."""

from django.urls import path

from playground.audio.views import files, keeping, speaking, transcribing
from playground.chat.views import running

urlpatterns = [
    path("", speaking.page, name="audio"),
    path("ask/", speaking.ask, name="speech_ask"),
    path("form/", speaking.form, name="speech_form"),
    path("speech/<int:pk>/", speaking.detail, name="speech"),
    path("speech/<int:pk>/again/", keeping.speak_again, name="speech_again"),
    path("speech/<int:pk>/delete/", keeping.delete_speech, name="speech_delete"),
    path("speech/<int:pk>/restore/", keeping.restore_speech, name="speech_restore"),
    path("takes/<int:pk>/samples/", files.samples, name="take_samples"),
    path("takes/<int:pk>/rescue/", files.rescue, name="take_rescue"),
    path("transcribe/", transcribing.page, name="transcribe"),
    path("transcribe/ask/", transcribing.ask, name="transcribe_ask"),
    path("transcribe/form/", transcribing.form, name="transcribe_form"),
    path("transcripts/<int:pk>/", transcribing.detail, name="transcription"),
    path("transcripts/<int:pk>/again/", keeping.transcribe_again, name="transcription_again"),
    path("transcripts/<int:pk>/delete/", keeping.delete_transcription, name="transcription_delete"),
    path("transcripts/<int:pk>/restore/", keeping.restore_transcription, name="transcription_restore"),
    path("transcripts/<int:pk>/export/<slug:kind>/", files.export, name="transcription_export"),
    path("runs/<int:pk>/events/", running.events, name="audio_events"),
    path("runs/<int:pk>/stop/", keeping.stop, name="audio_stop"),
]
