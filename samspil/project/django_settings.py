"""Django's settings, derived from ours. Nothing is read from the environment here."""

from typing import Any

from csp.constants import NONE, SELF
from psycopg.conninfo import conninfo_to_dict

from samspil.project.settings import settings as _settings

OURS = _settings()

SECRET_KEY = OURS.secret_key
DEBUG = OURS.debug
ALLOWED_HOSTS = OURS.hosts
SAMSPIL_DSN = OURS.database_dsn()
_database: dict[str, Any] = dict(conninfo_to_dict(SAMSPIL_DSN))
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _database.pop("dbname", "samspil"),
        "USER": _database.pop("user", ""),
        "PASSWORD": _database.pop("password", ""),
        "HOST": _database.pop("host", ""),
        "PORT": str(_database.pop("port", "")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # Statements that come again are planned once; Django itself would plan each of them every time.
        "OPTIONS": {**_database, "prepare_threshold": 3},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "organisation.Colleague"
TEST_RUNNER = "django.test.runner.DiscoverRunner"

INSTALLED_APPS = [
    "samspil.base",
    "samspil.look",
    "samspil.organisation",
    "samspil.hours",
    "samspil.intake",
    "samspil.identity",
    "samspil.consent",
    "samspil.conversation",
    "samspil.promise",
    "samspil.routing",
    "samspil.load",
    "samspil.aside",
    "samspil.checklist",
    "samspil.reply",
    "samspil.pulse",
    "samspil.assist",
    "samspil.elsewhere",
    "samspil.handover",
    "samspil.automation",
    "samspil.relationship",
    "samspil.exchange",
    "samspil.provision",
    "samspil.screens.desk",
    "samspil.screens.setup",
    "samspil.screens.people",
    "samspil.screens.matching",
    "samspil.screens.segments",
    "samspil.screens.bringing",
    "samspil.screens.arrivals",
    "samspil.screens.rules",
    "samspil.screens.widget",
    "samspil.screens.pulse",
    "samspil.screens.load",
    "samspil.screens.assist",
    "samspil.screens.lists",
    "samspil.project",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "samspil.look.assets.AssetsMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "samspil.project.middleware.Colleagues",
]
ROOT_URLCONF = "samspil.project.urls"
WSGI_APPLICATION = "samspil.project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "samspil.project.context.shell",
            ],
        },
    }
]
AUTHENTICATION_BACKENDS = ["samspil.organisation.ui.backend.WithRole"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "samspil.organisation.ui.adapter.Closed"
ACCOUNT_LOGOUT_ON_GET = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not OURS.secure
MFA_ADAPTER = "samspil.organisation.ui.adapter.Sealed"

LANGUAGE_CODE = OURS.language
LANGUAGES = [("da", "Dansk"), ("en", "English")]
TIME_ZONE = OURS.time_zone
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "samspil.look.assets.HashedStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = OURS.debug

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = OURS.secure
CSRF_COOKIE_SECURE = OURS.secure
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [OURS.public_url]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if OURS.trust_proxy else None
SECURE_HSTS_SECONDS = 31_536_000 if OURS.secure else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
SAMSPIL_BLOBS = OURS.data_dir / "blobs"
SAMSPIL_ASSIST = OURS.data_dir / "assist"
SAMSPIL_LIVE_URL = (OURS.live_url or "").rstrip("/")
SAMSPIL_MATCHING_ENGINE = OURS.matching_engine
SAMSPIL_SPARK_MASTER = OURS.spark_master

EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend" if DEBUG else "django.core.mail.backends.dummy.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["out"], "level": OURS.log_level.upper()},
    # mail.log is the LMTP server's: it would write every command, and with it every address.
    # httpx would write the address of every call, and some networks have the secret in it.
    "loggers": {name: {"level": "WARNING"} for name in ("procrastinate", "mail.log", "httpx", "httpcore")},
}
