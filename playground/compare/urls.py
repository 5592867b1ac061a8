"""The addresses of comparisons, below `compare/`."""

from django.urls import path

from playground.compare.views import asking, keeping, pages, running

urlpatterns = [
    path("", pages.new, name="compare"),
    path("ask/", asking.ask, name="compare_ask"),
    path("form/", asking.form, name="compare_form"),
    path("history/", pages.history, name="comparisons"),
    path("<int:pk>/", pages.comparison, name="comparison"),
    path("<int:pk>/events/", running.events, name="comparison_events"),
    path("<int:pk>/stop/", running.stop, name="comparison_stop"),
    path("<int:pk>/again/", asking.again, name="comparison_again"),
    path("<int:pk>/winner/", keeping.winner, name="comparison_winner"),
    path("<int:pk>/delete/", keeping.delete, name="comparison_delete"),
    path("<int:pk>/restore/", keeping.restore, name="comparison_restore"),
    path("<int:pk>/export.json", keeping.export_json, name="comparison_json"),
    path("<int:pk>/export.md", keeping.export_markdown, name="comparison_markdown"),
    path("runs/<int:pk>/stop/", running.stop_column, name="column_stop"),
    path("runs/<int:pk>/again/", asking.again_in_column, name="column_again"),
]
