"""The addresses of what people see."""

from django.urls import include, path

from playground import theme
from playground.chat.views import keeping, pages, running, talking

app_name = "playground"
urlpatterns = [
    path("", pages.new, name="home"),
    path("theme/", theme.change, name="theme"),
    path("chat/", pages.new, name="chat"),
    path("chat/ask/", talking.begin, name="begin"),
    path("chat/settings/", keeping.new_settings, name="new_settings"),
    path("chat/sessions/", pages.sessions, name="sessions"),
    path("chat/<int:pk>/", pages.session, name="session"),
    path("chat/<int:pk>/ask/", talking.ask, name="ask"),
    path("chat/<int:pk>/settings/", keeping.settings, name="settings"),
    path("chat/<int:pk>/stop/", running.stop_session, name="stop_session"),
    path("chat/<int:pk>/rename/", keeping.rename, name="rename"),
    path("chat/<int:pk>/pin/", keeping.pin, name="pin"),
    path("chat/<int:pk>/archive/", keeping.archive, name="archive"),
    path("chat/<int:pk>/delete/", keeping.delete, name="delete"),
    path("chat/<int:pk>/restore/", keeping.restore, name="restore"),
    path("chat/<int:pk>/export.md", keeping.export_markdown, name="export_markdown"),
    path("chat/<int:pk>/export.json", keeping.export_json, name="export_json"),
    path("chat/messages/<int:pk>/edit/", talking.edit, name="edit"),
    path("chat/messages/<int:pk>/regenerate/", talking.regenerate, name="regenerate"),
    path("chat/messages/<int:pk>/continue/", talking.go_on, name="continue"),
    path("chat/messages/<int:pk>/show/", talking.show, name="show"),
    path("chat/messages/<int:pk>/text/", talking.text, name="text"),
    path("chat/runs/<int:pk>/events/", running.events, name="events"),
    path("chat/runs/<int:pk>/stop/", running.stop, name="stop"),
    path("files/", include("playground.files.urls")),
    path("compare/", include("playground.compare.urls")),
    path("images/", include("playground.images.urls")),
    path("audio/", include("playground.audio.urls")),
    path("embeddings/", include("playground.embeddings.urls")),
    path("models/", include("playground.catalogue.urls")),
    path("prompt/", include("playground.prompt.urls")),
    path("requests/", include("playground.requests.urls")),
    path("usage/", include("playground.usage.urls")),
]
