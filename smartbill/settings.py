"""Environment in, safe values out. With nothing set this is a working sandbox installation on SQLite."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from cryptography.fernet import Fernet
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from smartbill import logs
from smartbill.keyring import Keyring, adopt_files

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")
# Each of these may also come from a file that NAME_FILE names.
SECRETS = ("SECRET_KEY", "API_KEY_PEPPER", "VAULT_KEYS", "DATABASE_URL", "EMAIL_URL", "METRICS_TOKEN")
adopt_files(SECRETS, os.environ)

# --- Where things are ---
DATA_DIR = (BASE_DIR / env.str("DATA_DIR", "var")).resolve()
PORT = env.int("PORT", 8000)
SANDBOX_PORT = env.int("SANDBOX_PORT", 9100)
PUBLIC_URL = env.str("PUBLIC_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
PRODUCTION = env.bool("PRODUCTION", False)
DEBUG = env.bool("DEBUG", False)
DATA_DIR.mkdir(parents=True, exist_ok=True)

# --- Secrets ---
keyring = Keyring(DATA_DIR / "secrets")
SECRET_KEY = keyring.get("SECRET_KEY")
API_KEY_PEPPER = keyring.get("API_KEY_PEPPER")
# Comma-separated Fernet keys: the first one encrypts, all of them decrypt, so that a key can be rotated.
VAULT_KEYS = [key.strip() for key in keyring.get("VAULT_KEYS", lambda: Fernet.generate_key().decode()).split(",")]
GENERATED_SECRETS = keyring.generated

# --- Figures ---
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
METRICS_DIR = Path(env.str("METRICS_DIR", str(DATA_DIR / "metrics")))  # shared by all processes of an installation
METRICS_DIR.mkdir(parents=True, exist_ok=True)
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)  # read by the library when it is loaded
BUILD = env.str("BUILD", "")

# --- Hacienda ---
SANDBOX_URL = env.str("SANDBOX_URL", f"http://127.0.0.1:{SANDBOX_PORT}").rstrip("/")
AUTHORITY_URLS = {
    "SV": {
        "sandbox": SANDBOX_URL,
        "test": env.str("SV_TEST_URL", "https://apitest.dtes.mh.gob.sv").rstrip("/"),
        "live": env.str("SV_LIVE_URL", "https://api.dtes.mh.gob.sv").rstrip("/"),
    },
    "CR": {
        "sandbox": f"{SANDBOX_URL}/recepcion/v1",
        "test": env.str("CR_TEST_URL", "https://api-sandbox.comprobanteselectronicos.go.cr/recepcion/v1").rstrip("/"),
        "live": env.str("CR_LIVE_URL", "https://api.comprobanteselectronicos.go.cr/recepcion/v1").rstrip("/"),
    },
}
# Where logins go that have a place of their own.
CR_IDP = "https://idp.comprobanteselectronicos.go.cr/auth/realms"
IDP_URLS = {
    "CR": {
        "sandbox": f"{SANDBOX_URL}/auth/realms/rut-stag/protocol/openid-connect/token",
        "test": env.str("CR_TEST_IDP_URL", f"{CR_IDP}/rut-stag/protocol/openid-connect/token"),
        "live": env.str("CR_LIVE_IDP_URL", f"{CR_IDP}/rut/protocol/openid-connect/token"),
    },
}
# Who supplies the software, as Costa Rica's documents name it; empty: the issuer itself.
SYSTEM_PROVIDERS = {"CR": env.str("CR_SYSTEM_PROVIDER", "")}
SEND_THREADS = env.int("SEND_THREADS", 24)  # per web process: how many documents may wait for Hacienda at once
SENDER_THREADS = env.int("SENDER_THREADS", 8)
SENDER_POLL = timedelta(milliseconds=env.int("SENDER_POLL_MS", 300))
LEASE = timedelta(seconds=15)
# How long a process that is to end finishes what is under way; the rest is given back. Below the supervisor's 8 s.
GRACE = timedelta(seconds=env.float("GRACE_SECONDS", 5))
DEFAULT_WAIT = timedelta(seconds=2)
TRIAL_WAIT = timedelta(seconds=0.5)  # of the document that is let through in an outage: answers come within 1 s then
LONGEST_WAIT = timedelta(seconds=30)

# --- Limits (0 sets none); counted by all web processes of a machine together, see accounts/counting.py ---
RATE_LIMIT_PER_MINUTE = env.int("RATE_LIMIT_PER_MINUTE", 6000)  # of one API key
# Of one address: what needs no key (public links, the reference); keys and links that do not exist; wrong passwords.
ADDRESS_LIMIT_PER_MINUTE = env.int("ADDRESS_LIMIT_PER_MINUTE", 6000)
ADDRESS_MISSES_PER_MINUTE = env.int("ADDRESS_MISSES_PER_MINUTE", 600)
SIGN_IN_FAILURES_PER_MINUTE = env.int("SIGN_IN_FAILURES_PER_MINUTE", 30)
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
PROXY_HOPS = env.int("PROXY_HOPS", 1)  # how many proxies of ours a request passes, each adding to X-Forwarded-For

# --- Django ---
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", urlsplit(PUBLIC_URL).hostname or "localhost"]
)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
ROOT_URLCONF = "smartbill.urls"
WSGI_APPLICATION = "smartbill.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "smartbill.apps.StaticFiles",
    "django_htmx",
    "django_q",
    "axes",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "hacienda",
    "accounts",
    "documents",
    "contingency",
    "smartbill.apps.SmartBillConfig",
]
MIDDLEWARE = [
    "smartbill.middleware.request_id",
    "smartbill.protection.permissions",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "smartbill.protection.no_cookies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "smartbill.protection.body_limit",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
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
            ],
        },
    }
]

# --- Database ---
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db("DATABASE_URL", f"sqlite:///{DATA_DIR / 'smartbill.sqlite3'}")
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["OPTIONS"] = {
        # IMMEDIATE takes the write lock at once: with several processes a lock taken late cannot be waited for.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    # A connection is looked at before it is lent: what a restart of the server has cut off is replaced by itself.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # Nothing that runs away, and nobody who died in a transaction, may hold up the others: all ours are short.
    limits = {
        "statement_timeout": env.int("DATABASE_STATEMENT_SECONDS", 30),
        "idle_in_transaction_session_timeout": 15,
    }
    options = DATABASES["default"].setdefault("OPTIONS", {})
    options["options"] = " ".join(
        [
            *(f"-c {name}={seconds * 1000}" for name, seconds in limits.items()),
            str(options.get("options", "")),  # those in the address come last and win
        ]
    ).strip()
    options.setdefault("connect_timeout", 5)
    options.setdefault("keepalives_idle", 30)  # of a peer that is gone without a word we hear in a minute
    options.setdefault("keepalives_interval", 10)
    options.setdefault("keepalives_count", 3)
    options["pool"] = {
        "min_size": 1,
        "max_size": env.int("DATABASE_POOL", 12),
        "timeout": 10,  # seconds that a request waits for a connection; a full pool is an answer, not a hang
    }

# --- People ---
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard:documents"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"
AXES_DISABLE_ACCESS_LOG = True  # sign-ins stand in the audit log
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
AXES_LOCKOUT_CALLABLE = "accounts.sign_in.locked_out"
AXES_USERNAME_CALLABLE = "accounts.sign_in.name_of"
AXES_CLIENT_IP_CALLABLE = "accounts.addresses.client_address"

# --- Words and times ---
LANGUAGE_CODE = "es"
LANGUAGES = [("es", _("Spanish")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "America/El_Salvador"

# --- Static files ---
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files"},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Maps of the API page's scripts are for debuggers: packing their megabytes would hold up the first start.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["png", "woff2", "gz", "br", "map", "txt"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# --- Safety ---
HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_SSL_REDIRECT = HTTPS and PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^health$", r"^ready$", r"^metrics$"]  # asked on the machine itself, past the proxy
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024  # a document of 2,000 lines with long texts is below this

# --- API ---
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.authentication.HasKey"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.throttling.KeyThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["smartbill.parsing.DecimalJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "smartbill.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "SmartBill API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "DESCRIPTION": (
        "Send a document with the least data possible; SmartBill completes, numbers, computes, signs and transmits "
        "it. Every request carries both halves of a key pair by HTTP Basic: the public key as the user, the private "
        "key as the password. Errors are RFC 9457 problems whose `errors` point into the body that was sent. "
        "`Accept-Language` chooses their language: es (the default) or en. The key's company has a country, El "
        "Salvador or Costa Rica, and that decides which types and fields there are: a field that is one country's "
        "says so, and is unknown to the other."
    ),
    "SWAGGER_UI_SETTINGS": {"defaultModelsExpandDepth": -1, "docExpansion": "list", "displayRequestDuration": True},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "documents.schema_owners.tell_owners",
    ],
    "ENUM_NAME_OVERRIDES": {
        "ItemKindEnum": ["goods", "service", "both"],
        "InvalidationKindEnum": ["error", "rescinded", "other"],
        "InvalidationStatusEnum": ["transmitting", "accepted"],
        "DecisionKindEnum": ["accept", "accept_partly", "reject"],
        "DecisionStatusEnum": ["transmitting", "accepted", "rejected"],
        "ReceivedStatusEnum": ["undecided", "transmitting", "accepted", "rejected"],
        "DocumentStatusEnum": "documents.models.Status",
        "ContingencyRunStateEnum": ["queued", "waiting_for_hacienda", "running", "done", "failed"],
    },
}

# --- Mail ---
EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
if env.str("EMAIL_URL", ""):
    vars().update(EMAIL_CONFIG)
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"
ALARM_EMAIL = env.str("ALARM_EMAIL", "")  # who is told what a person must see to
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "SmartBill <documentos@smartbill.example>")

# --- Queue of short tasks (mail); everything fiscal is queued in its own rows ---
Q_CLUSTER = {
    "name": "smartbill",
    "orm": "default",
    "workers": env.int("WORKERS", 2),
    "queue_limit": env.int("WORKERS", 2),
    "timeout": 60,
    "retry": 120,
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "save_limit": -1,
    "recycle": 500,
    "poll": 0.5,
}

# How long a cluster may stand still with something to do, until its watchdog ends it: see `smartbill.watchdog`.
WORKER_STUCK_AFTER = timedelta(seconds=env.float("WORKER_STUCK_SECONDS", 20))

# --- Logs ---
LOG_FORMAT = env.str("LOG_FORMAT", "line")  # or json: one object a line
ACCESS_LOG = env.bool("ACCESS_LOG", LOG_FORMAT == "json")  # a line for each request
LOGGING = logs.configuration(LOG_FORMAT, env.str("LOG_LEVEL", "INFO"))
