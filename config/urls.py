"""All addresses of this installation."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from config import csp_report, health

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("csp-report/", csp_report.csp_report, name="csp-report"),
    path("admin/", admin.site.urls),
]
if settings.SANDBOX_DOOR:
    urlpatterns.append(path("sandbox/", include("connector.sandbox.urls")))
urlpatterns.append(path("", include("playground.urls")))
