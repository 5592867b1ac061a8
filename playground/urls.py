"""The addresses of what people see."""

from django.urls import path
from django.views.generic import RedirectView, TemplateView

from playground import theme

app_name = "playground"
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="playground:chat"), name="home"),
    path("chat/", TemplateView.as_view(template_name="base.html"), name="chat"),
    path("theme/", theme.change, name="theme"),
]
