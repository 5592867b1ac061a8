"""The addresses of embeddings, below `embeddings/`."""

from django.urls import path

from playground.chat.views import running
from playground.embeddings.views import asking, files

urlpatterns = [
    path("", asking.embeddings, name="embeddings"),
    path("ask/", asking.ask, name="embeddings_ask"),
    path("form/", asking.form, name="embeddings_form"),
    path("<int:pk>/", asking.run, name="embedding"),
    path("<int:pk>/events/", running.events, name="embedding_events"),
    path("<int:pk>/stop/", asking.stop, name="embedding_stop"),
    path("<int:pk>/delete/", asking.delete, name="embedding_delete"),
    path("<int:pk>/again/", asking.again, name="embedding_again"),
    path("<int:pk>/<str:file>", files.download, name="embedding_file"),
]
