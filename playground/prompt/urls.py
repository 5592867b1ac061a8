"""The addresses of prompts, below `prompt/`."""

from django.urls import path

from playground.chat.views import running
from playground.prompt.views import asking, history, saved

urlpatterns = [
    path("", history.page, name="prompt"),
    path("form/", asking.form, name="prompt_form"),
    path("ask/", asking.ask, name="prompt_ask"),
    path("save/", saved.save, name="prompt_save"),
    path("<int:pk>/delete/", history.delete, name="prompt_delete"),
    path("<int:pk>/restore/", history.restore, name="prompt_restore"),
    path("answers/<int:pk>/results/", asking.results, name="prompt_results"),
    path("runs/<int:pk>/events/", running.events, name="prompt_events"),
    path("runs/<int:pk>/stop/", asking.stop, name="prompt_stop"),
    path("runs/<int:pk>/again/", asking.again, name="prompt_again"),
    path("saved/", saved.overview, name="saved_prompts"),
    path("saved/<int:pk>/", saved.detail, name="saved_prompt"),
    path("saved/<int:pk>/rename/", saved.rename, name="saved_prompt_rename"),
    path("saved/<int:pk>/delete/", saved.delete, name="saved_prompt_delete"),
    path("saved/versions/<int:pk>/restore/", saved.restore, name="saved_prompt_restore"),
]
