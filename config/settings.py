"""How this installation is put together, from the environment: every variable is read here and nowhere else.

`docs/deploy.md` has the table of variables. There is no debug mode: a page that explains a crash to a stranger has
no place in a server that holds keys.
"""

import importlib.util
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url

from config import media, own_secrets
from config.env import Environment

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment(os.environ)

# What kind of installation this is

PRODUCTION = env.flag("PRODUCTION")
DEBUG = False
VAR_DIR = env.path("VAR_DIR", BASE_DIR / "var")  # the only place that is written to: database, secrets, static files
HOST = env.text("HOST", "127.0.0.1")
PORT = env.number("PORT", 8000, 0, 65535)  # 0: any free one
SITE_URL = env.url("SITE_URL", ("https", "http"))  # how people reach it, for links and where pages may post from
HTTPS = SITE_URL.startswith("https://") or PRODUCTION
if HTTPS and SITE_URL.startswith("http://"):
    env.wrong("SITE_URL has to begin with https:// in production.")
# Whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses or networks of the proxy in front. TLS ends at
# that proxy, so with https there is one; if nothing else is said it runs on this machine.
SECURE_PROXY = env.words("SECURE_PROXY") or (["127.0.0.1", "::1"] if HTTPS else [])

# Secrets

SECRET_KEY = env.text("SECRET_KEY")
FIELD_ENCRYPTION_KEY: list[str] | str = env.text("FIELD_ENCRYPTION_KEY")
if PRODUCTION:
    for name, value in (("SECRET_KEY", SECRET_KEY), ("FIELD_ENCRYPTION_KEY", FIELD_ENCRYPTION_KEY)):
        if not value:
            env.wrong(f"{name} has to be set in production; `python -m config.own_secrets` prints a new one.")
elif not (SECRET_KEY and FIELD_ENCRYPTION_KEY):
    try:
        made = own_secrets.read_or_make(VAR_DIR)
        SECRET_KEY = SECRET_KEY or made.get("SECRET_KEY", "")
        FIELD_ENCRYPTION_KEY = FIELD_ENCRYPTION_KEY or made.get("FIELD_ENCRYPTION_KEY", "")
        if not (SECRET_KEY and FIELD_ENCRYPTION_KEY):
            env.wrong(f"SECRET_KEY and FIELD_ENCRYPTION_KEY have to stand in {VAR_DIR / 'secrets.env'}.")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        env.wrong(f"VAR_DIR: secrets cannot be read from or written to {VAR_DIR} ({reason}).")
if SECRET_KEY and SECRET_KEY in FIELD_ENCRYPTION_KEY:
    env.wrong("SECRET_KEY and FIELD_ENCRYPTION_KEY have to be different: one signs, the other encrypts.")
SECRET_KEY = env.signing_key("SECRET_KEY", SECRET_KEY)
FIELD_ENCRYPTION_KEY = env.encryption_keys("FIELD_ENCRYPTION_KEY", str(FIELD_ENCRYPTION_KEY))

# Who may ask, and under which name

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
if PRODUCTION and (not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS):
    env.wrong("ALLOWED_HOSTS has to list the names of this server in production, with commas between them.")
if not ALLOWED_HOSTS:
    ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
    ALLOWED_HOSTS += {f"[{HOST}]" if ":" in HOST else HOST, urlsplit(SITE_URL).hostname or "localhost"} - {"0.0.0.0"}  # noqa: S104  # taken out, not bound to
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL else []

# The parts of the house

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "connector",
    "playground",
    "config",
]
MIDDLEWARE = [
    # Django's, without the detours
    "config.serving.in_place.Security",
    "config.serving.in_place.ContentSecurityPolicy",
    "config.serving.in_place.PageCompression",
    "config.serving.in_place.Sessions",
    "config.serving.in_place.Common",
    "config.serving.in_place.Csrf",
    "config.serving.in_place.Authentication",
    "config.serving.in_place.Messages",
    "config.serving.in_place.XFrameOptions",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en"

# What is remembered, and where

DATABASE_URL = env.text("DATABASE_URL")
SQLITE = {
    "timeout": 20,  # seconds that a writer waits for another one
    "transaction_mode": "IMMEDIATE",  # a transaction that begins by reading would otherwise fail when it writes
    # WAL: readers and the writer do not wait for each other. secure_delete: a removed key leaves no trace (K19).
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;",
}


def database() -> dict[str, Any]:
    if not DATABASE_URL:
        return {"ENGINE": "config.sqlite3", "NAME": VAR_DIR / "promptyard.sqlite3", "OPTIONS": SQLITE}
    kind = DATABASE_URL.partition("://")[0]
    if kind not in ("sqlite", "postgres", "postgresql"):
        env.wrong("DATABASE_URL has to begin with sqlite:// or postgresql://.")
        return {"ENGINE": "django.db.backends.dummy"}
    try:
        chosen: dict[str, Any] = dict(dj_database_url.parse(DATABASE_URL))
    except (ValueError, dj_database_url.ParseError):
        env.wrong("DATABASE_URL is not an address like postgresql://user:password@host:5432/name.")
        return {"ENGINE": "django.db.backends.dummy"}
    if kind == "sqlite":
        return {**chosen, "ENGINE": "config.sqlite3", "OPTIONS": SQLITE}
    if importlib.util.find_spec("psycopg") is None:
        env.wrong("DATABASE_URL asks for PostgreSQL, which needs a package: install `psycopg[binary,pool]`.")
    # A pool of the driver's: under ASGI each request has its own thread, where Django cannot keep connections.
    pool = {"pool": {"min_size": 1, "max_size": 20, "timeout": 20}}
    return {**chosen, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True, "OPTIONS": {**chosen.get("OPTIONS", {}), **pool}}


DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL")
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    env.wrong("REDIS_URL has to begin with redis://, rediss:// or unix://.")
elif REDIS_URL and importlib.util.find_spec("redis") is None:
    env.wrong("REDIS_URL asks for Redis, which needs a package: install `redis`.")
# What counts guesses and calls is apart from what may be large and many: pages must not push a limit's counters out.
# A sign-in that fails leaves six small entries for a minute.
CACHE_ENTRIES = {"default": 500, "limits": 60_000}


def cache(name: str, most: int) -> dict[str, Any]:
    if REDIS_URL:
        return {"BACKEND": "config.cache.Redis", "LOCATION": REDIS_URL, "KEY_PREFIX": name}
    options = {"MAX_ENTRIES": most}
    return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": name, "OPTIONS": options}


CACHES = {name: cache(name, most) for name, most in CACHE_ENTRIES.items()}

# Signing in

LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "playground:chat"
LOGOUT_REDIRECT_URL = "accounts:login"
CSRF_FAILURE_VIEW = "playground.accounts.errors.csrf_failure"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{validator}", "OPTIONS": options}
    for validator, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 10}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
SESSION_ENGINE = "config.sessions"
# The prefix makes browsers refuse a cookie of this name that another host or an unencrypted page has set.
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# Headers (`security.md` 3). Those that every answer carries, static files and our own errors too, are in
# `serving/headers.py`; the policy of a page is here, so that Django's middleware can let a view have its own.

SECURE_CSP: dict[str, Any] = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "blob:"],
    "media-src": ["'self'", "blob:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "object-src": ["'none'"],
    "frame-src": ["'none'"],
    "frame-ancestors": ["'none'"],
    "manifest-src": ["'self'"],
    "worker-src": ["'none'"],
    "upgrade-insecure-requests": HTTPS,
    "report-uri": ["/csp-report/"],
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # asked by machines on this side of the proxy
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SILENCED_SYSTEM_CHECKS = [
    # The preload list cannot be left quickly: that is for the owner of a domain to decide, not for a program on it.
    "security.W021",
    # They look for Django's middleware by name and do not know our subclasses; the tests look at the headers.
    "security.W001",
    "security.W002",
    "security.W003",
]

# Static files: collected by `manage.py serve` when they changed, with hashes in their names

STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", VAR_DIR / "static")
STATICFILES_DIRS = [("playground", BASE_DIR / "static")]  # under the names that a host project finds them by
STORAGES = {
    "default": media.storage(env),
    "staticfiles": {"BACKEND": "config.serving.static_storage.Storage"},
}
FLATTENED_STYLESHEETS = ["playground/css/promptyard.css"]  # entries whose imports become one file
SERVESTATIC_USE_ZSTD = SERVESTATIC_USE_BROTLI = False  # gzip alone: the same bytes whatever else is installed
MEDIA_ROOT = env.path("MEDIA_ROOT", VAR_DIR / "media")
FILES_SENT_BY = media.sender(env)
FILES_PROXY_PREFIX = "/promptyard-files/"  # what the proxy knows as an internal address of MEDIA_ROOT
SECURE_CSP["img-src"] += media.origins(STORAGES["default"], FILES_SENT_BY)

# Sizes. `serving/body_limits.py` cuts a body off long before it would reach these.

DATA_UPLOAD_MAX_MEMORY_SIZE = 4_000_000  # bytes

# What is written down, and what never is

LOG_FORMAT = env.choice("LOG_FORMAT", ("human", "json"))
LOG_LEVEL = env.choice("LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL"))
QUIET = ("httpx", "httpcore", "openai", "asyncio")  # at INFO and DEBUG they write headers and bodies (K13)
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"brief": {"()": "config.logs.Brief"}},
    "formatters": {"human": {"()": "config.logs.Human"}, "json": {"()": "config.logs.Json"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["brief"]}},
    "root": {"handlers": ["out"], "level": LOG_LEVEL},
    "loggers": {
        # Django's own handlers would print past our formatter, and mail what they print
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "uvicorn.error": {"level": "WARNING"},  # its greetings; ours say more
        **{name: {"level": "WARNING"} for name in QUIET},
    },
}
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.crash_reports.Filter"

# The connector

# On one's own machine the server next door (Ollama, vLLM) is what people connect first; a public one has to ask for it.
CONNECTOR_ALLOW_PRIVATE_HOSTS = env.flag("ALLOW_PRIVATE_HOSTS", default=not PRODUCTION)
CONNECTOR_CA_FILE = env.text("CA_FILE")
if CONNECTOR_CA_FILE and not Path(CONNECTOR_CA_FILE).is_file():
    env.wrong("CA_FILE has to be the path of a file with certificates.")
CONNECTOR_LIMITS_CACHE = "limits"
# What one person may do (`reliability.md` 4); 0 means no limit
CONNECTOR_SENDS_A_MINUTE = env.number("SENDS_A_MINUTE", 20, 0, 10_000)
CONNECTOR_ANSWERS_AT_ONCE = env.number("ANSWERS_AT_ONCE", 3, 0, 1_000)
CONNECTOR_CALLS_A_MINUTE = env.number("CALLS_A_MINUTE", 30, 0, 10_000)
CONNECTOR_TEXTS_A_MINUTE = env.number("TEXTS_A_MINUTE", 2_000, 0, 100_000)
CONNECTOR_UPLOADS_AN_HOUR = env.number("UPLOADS_AN_HOUR", 20, 0, 10_000)
CONNECTOR_COLUMNS_AT_ONCE = env.number("COLUMNS_AT_ONCE", 6, 0, 1_000)
CONNECTOR_IMAGES_A_MINUTE = env.number("IMAGES_A_MINUTE", 10, 0, 10_000)
CONNECTOR_IMAGES_A_DAY = env.number("IMAGES_A_DAY", 100, 0, 100_000)
CONNECTOR_BYTES_STORED = env.number("MEGABYTES_STORED", 2_000, 0, 100_000_000) * 1_000_000
# What is kept of calls, and how many days (0: for ever), where a configuration does not say
CONNECTOR_RECORD_CALLS = env.choice("RECORD_CALLS", ("all", "metadata", "off"))
CONNECTOR_RECORD_DAYS = env.number("RECORD_DAYS", 30, 0, 3650)
SANDBOX_DOOR = env.flag("SANDBOX_DOOR", default=not PRODUCTION)  # the sandbox's HTTP door asks nobody to sign in

env.refuse_if_wrong()
