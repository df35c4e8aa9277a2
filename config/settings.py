"""Settings, all from the environment or `.env` (docs/reference/settings.md, `.env.example`).

Without DATABASE_URL and REDIS_URL Housebook runs embedded: SQLite and a broker in files under
`var/`, nothing else to install. With them it runs as a server.
"""

from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config.secret import stored_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

VERSION = "0.1.0"
VAR_DIR = Path(env.str("HOUSEBOOK_VAR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

# --- Run mode ---------------------------------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
EMBEDDED = not DATABASE_URL
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if not EMBEDDED:
        raise ImproperlyConfigured("Set SECRET_KEY: with DATABASE_URL it is never made up.")
    SECRET_KEY = stored_secret_key(VAR_DIR)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

SITE_URL = env.str("SITE_URL", default=f"http://localhost:{env.int('PORT', default=8000)}")
HTTPS = SITE_URL.startswith("https://")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS",
    default=[SITE_URL.split("://")[1].split("/")[0].split(":")[0], "localhost", "127.0.0.1"],
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])

# --- Rooms ------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.forms",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "django_htmx",
    "csp",
    "core",
    "accounts",
    "currencies",
    "notifications",
    "ledger",
    "banking",
    "budget",
    "recurring",
    "imports",
    "insights",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "core.middleware.SecurityHeadersMiddleware",
    "core.middleware.UploadLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.session_age.SessionAgeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.HouseholdMiddleware",
    "accounts.middleware.PreferencesMiddleware",
    "accounts.middleware.StaffFactorMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
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
                "accounts.context.person",
                "notifications.context.bell",
                "ledger.context.sidebar",
            ],
            "builtins": ["core.templatetags.ui", "core.templatetags.money"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Database, cache, sessions ----------------------------------------------------------------
if EMBEDDED:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR_DIR / "housebook.sqlite3",
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                # Readers never block, writers queue instead of failing, and a commit that was
                # answered survives a power cut (synchronous FULL).
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
                    "PRAGMA mmap_size=134217728;PRAGMA journal_size_limit=27103364;"
                    "PRAGMA cache_size=-16000;PRAGMA temp_store=MEMORY;"
                ),
            },
        }
    }
else:
    DATABASES = {"default": env.db_url_config(DATABASE_URL)}
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Rate limits count in the cache, so it must be one for all processes: Redis or the database.
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "django_cache",
        }
    )
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14

# --- Celery -----------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL or f"sqla+sqlite:///{VAR_DIR / 'broker.sqlite3'}"
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600} if REDIS_URL else {}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ALWAYS_EAGER = env.bool("CELERY_TASK_ALWAYS_EAGER", default=False)
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep-imports": {"task": "imports.sweep", "schedule": 60},
    "sync-banks": {"task": "banking.schedule", "schedule": 20},
    "sweep-banks": {"task": "banking.sweep", "schedule": 60},
    "announce-consents": {"task": "banking.announce", "schedule": 60 * 60},
    "send-notifications": {"task": "notifications.send", "schedule": 60},
    "tidy-notifications": {"task": "notifications.tidy", "schedule": 60 * 60 * 24},
    "purge-trash": {"task": "ledger.purge_trash", "schedule": 60 * 60 * 6},
    "carry-out-deletions": {"task": "accounts.carry_out_deletions", "schedule": 60 * 60},
    "purge-broker": {"task": "core.purge_broker", "schedule": 60 * 60},
    "fetch-rates": {"task": "currencies.fetch_rates", "schedule": 60 * 60 * 12},
    "beat-heartbeat": {"task": "core.heartbeat", "schedule": 30},
}

# --- Files in ---------------------------------------------------------------------------------
IMPORT_FOLDER = env.str("IMPORT_FOLDER", default="")
if IMPORT_FOLDER:
    CELERY_BEAT_SCHEDULE["import-folder"] = {
        "task": "imports.folder",
        "schedule": 60,
        "options": {"expires": 55},
    }

# --- Exchange rates ---------------------------------------------------------------------------
# What is fetched twice a day; "" fetches nothing, rates then come by import_rates.
RATES_URL = env.str(
    "RATES_URL", default="https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist-90d.xml"
)

# --- Banks ------------------------------------------------------------------------------------
# local: the sandbox bank that ships with the project; sandbox, live: TrueLayer's; "": no banks.
TRUELAYER_ENV = env.str("TRUELAYER_ENV", default="local" if EMBEDDED else "")
if TRUELAYER_ENV not in ("", "local", "sandbox", "live"):
    raise ImproperlyConfigured("TRUELAYER_ENV is local, sandbox, live or empty.")
SANDBOX_BANK_PORT = env.int("SANDBOX_BANK_PORT", default=(urlsplit(SITE_URL).port or 8000) + 1)
_BANK = {
    "": ("", ""),
    "local": (f"http://127.0.0.1:{SANDBOX_BANK_PORT}",) * 2,
    "sandbox": ("https://auth.truelayer-sandbox.com", "https://api.truelayer-sandbox.com"),
    "live": ("https://auth.truelayer.com", "https://api.truelayer.com"),
}[TRUELAYER_ENV]
TRUELAYER_AUTH_URL = env.str("TRUELAYER_AUTH_URL", default=_BANK[0])
TRUELAYER_API_URL = env.str("TRUELAYER_API_URL", default=_BANK[1])
TRUELAYER_CLIENT_ID = env.str(
    "TRUELAYER_CLIENT_ID", default="sandbox-housebook" if TRUELAYER_ENV == "local" else ""
)
# The sandbox bank and the app share the secret key already; nothing real hangs on this one.
TRUELAYER_CLIENT_SECRET = env.str(
    "TRUELAYER_CLIENT_SECRET",
    default=sha256(f"bank:{SECRET_KEY}".encode()).hexdigest() if TRUELAYER_ENV == "local" else "",
)
TRUELAYER_REDIRECT_URI = env.str("TRUELAYER_REDIRECT_URI", default=f"{SITE_URL}/banks/callback/")
TRUELAYER_PROVIDERS = env.str(
    "TRUELAYER_PROVIDERS",
    default={"live": "uk-ob-all uk-oauth-all", "sandbox": "uk-cs-mock"}.get(TRUELAYER_ENV, ""),
)
TOKEN_KEYS = env.list("TOKEN_KEYS", default=[])
if TRUELAYER_ENV and not EMBEDDED and not TOKEN_KEYS:
    raise ImproperlyConfigured("Set TOKEN_KEYS: bank tokens are stored encrypted with them.")
BANK_TIMEOUT_SECONDS = env.int("BANK_TIMEOUT_SECONDS", default=60)
BANK_LEASE_SECONDS = env.int("BANK_LEASE_SECONDS", default=300)
BANK_SYNC_CONCURRENCY = env.int("BANK_SYNC_CONCURRENCY", default=2)
BANK_PROVIDER_CONCURRENCY = env.int("BANK_PROVIDER_CONCURRENCY", default=2)

# --- People -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupForm"
ACCOUNT_EMAIL_VERIFICATION = env.str(
    "EMAIL_VERIFICATION", default="optional" if EMBEDDED else "mandatory"
)
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "signup": "20/h/ip",
    "reset_password": "10/m/ip,5/h/key",
    "reset_password_from_key": "20/m/ip",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
    "confirm_email": "1/3m/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
PASSWORD_RESET_TIMEOUT = 60 * 60
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
MFA_TOTP_ISSUER = "Housebook"
# A passkey needs HTTPS; browsers make an exception for localhost, and so do we.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
USERSESSIONS_TRACK_ACTIVITY = False
SIGNUP_OPEN = env.bool("SIGNUP_OPEN", default=EMBEDDED)
STAFF_REQUIRE_MFA = env.bool("STAFF_REQUIRE_MFA", default=not EMBEDDED)
GRACE_DAYS = env.int("GRACE_DAYS", default=14)
TRASH_DAYS = env.int("TRASH_DAYS", default=30)

# --- Mail -------------------------------------------------------------------------------------
if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "core.mail.FileAndConsoleBackend"
    EMAIL_FILE_PATH = str(VAR_DIR / "mail")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Housebook <housebook@localhost>")
# Apprise services beyond the public ones; "*": all, also those that reach into the own network.
NOTIFY_SCHEMAS = env.list("NOTIFY_SCHEMAS", default=[])
EMAIL_TIMEOUT = 10

# --- Files ------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(VAR_DIR / "media"))
S3_BUCKET = env.str("S3_BUCKET", default="")
# Credentials that are not set are looked for where boto3 does: the machine's role, ~/.aws.
_BUCKET = {
    "bucket_name": S3_BUCKET,
    "endpoint_url": env.str("S3_ENDPOINT_URL", default="") or None,
    "access_key": env.str("S3_ACCESS_KEY_ID", default="") or None,
    "secret_key": env.str("S3_SECRET_ACCESS_KEY", default="") or None,
    "region_name": env.str("S3_REGION", default="") or None,
    "file_overwrite": False,
    "default_acl": None,  # the bucket's own: private
}
STORAGES = {
    "default": (
        {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": _BUCKET}
        if S3_BUCKET
        else {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    ),
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG or env.bool("PLAIN_STATIC", default=False)
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = DEBUG or env.bool("PLAIN_STATIC", default=False)
UPLOAD_MAX_BYTES = 25 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_TEMP_DIR = str(VAR_DIR / "tmp")
Path(FILE_UPLOAD_TEMP_DIR).mkdir(exist_ok=True)

# --- Language and time ------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Security ---------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "core.views.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],  # allauth shows the TOTP code as a data: picture
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Logs: never a secret, an amount or a description -----------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # Addresses of requests to banks name accounts.
        "httpx": {"level": "WARNING"},
        # Of a person's notification address, and what it was sent; failures are logged by us.
        "apprise": {"level": "CRITICAL"},
        "urllib3": {"level": "ERROR"},
    },
}
SILENCED_SYSTEM_CHECKS = []
