"""All addresses of this installation."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from config import csp_report, health
from playground.accounts import signing_in

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("csp-report/", csp_report.csp_report, name="csp-report"),
    path("admin/login/", signing_in.sign_in_to_admin),
    # it counts no wrong passwords
    path("admin/password_change/", RedirectView.as_view(pattern_name="accounts:account")),
    path("admin/", admin.site.urls),
]
if settings.SANDBOX_DOOR:
    urlpatterns.append(path("sandbox/", include("connector.sandbox.urls")))
urlpatterns += [path("", include("playground.accounts.urls")), path("", include("playground.urls"))]

handler400 = "playground.accounts.errors.bad_request"
handler403 = "playground.accounts.errors.permission_denied"
handler404 = "playground.accounts.errors.not_found"
handler500 = "config.trouble.server_error"
