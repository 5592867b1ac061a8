"""The addresses of models, below `models/`. What is done comes first: a model's name may have slashes."""

from django.urls import path

from playground.catalogue import views

urlpatterns = [
    path("", views.models, name="models"),
    path("replace/", views.replace, name="models_replace"),
    path("refresh/<int:pk>/", views.refresh, name="models_refresh"),
    path("live/<int:pk>/", views.ask, name="model_live"),
    path("<int:pk>/", views.model, name="model_by_name"),
    path("<int:pk>/<path:name>/", views.model, name="model"),
]
