"""The addresses of the page Usage."""

from django.urls import path

from playground.usage import views

urlpatterns = [
    path("", views.usage, name="usage"),
    path("usage.csv", views.download, name="usage_csv"),
]
