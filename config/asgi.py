"""The application a server runs: Django, and around it what Django leaves to others (`config/serving`)."""

import os
from typing import Any, cast

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

# ruff: noqa: E402  # these read the settings, which are there only now
from django.conf import settings
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from config.serving import handler, stopping
from config.serving.asgi_types import App
from config.serving.body_limits import BodyLimits
from config.serving.gate import Gate
from config.serving.headers import SafeHeaders
from config.serving.last_resort import LastResort
from config.serving.static_files import static_files
from config.serving.turnstile import Turnstile
from connector.runs.lifespan import Lifespan


def build(app: App) -> App:
    """`app` with everything around it that `config/serving` draws."""
    app = BodyLimits(Turnstile(app), settings.SESSION_COOKIE_NAME)
    app = static_files(app, settings.STATIC_ROOT, settings.STATIC_URL)
    app = Gate(app, settings.ALLOWED_HOSTS)
    if settings.SECURE_PROXY:
        app = cast(App, ProxyHeadersMiddleware(cast(Any, app), trusted_hosts=settings.SECURE_PROXY))
    return Lifespan(SafeHeaders(LastResort(app)), grace=stopping.grace_left)


handler.take_over()
application = build(cast(App, handler.Handler()))  # Django and uvicorn each name the shapes of ASGI in their own words
