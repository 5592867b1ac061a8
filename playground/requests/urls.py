"""The addresses of the console and of the record."""

from django.urls import path

from playground.chat.views import running
from playground.record.views import exports, pages
from playground.requests.views import console, saved

urlpatterns = [
    path("", pages.calls, name="requests"),
    path("<int:pk>/", pages.call, name="request"),
    path("har/", exports.archives, name="requests_har"),
    path("<int:pk>/har/", exports.archive, name="request_har"),
    path("<int:pk>/code/<slug:kind>/", exports.as_code, name="request_code"),
    path("<int:pk>/body/<slug:which>/", exports.body, name="request_body"),
    path("runs/<int:pk>/", pages.of_run, name="record"),
    path("new/", console.console, name="request_new"),
    path("new/send/", console.send, name="request_send"),
    path("new/form/", console.form, name="request_form"),
    path("new/check/", console.check, name="request_check"),
    path("runs/<int:pk>/events/", running.events, name="request_events"),
    path("runs/<int:pk>/stop/", console.stop, name="request_stop"),
    path("saved/save/", saved.save, name="request_save"),
    path("saved/<int:pk>/delete/", saved.delete, name="request_delete"),
    path("saved/<int:pk>/restore/", saved.restore, name="request_restore"),
]
