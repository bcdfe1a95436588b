"""Feeds django-helpdesk (from PyPI, in an environment of its own): each mail goes to the function its mailbox readers call.

Resident, connection kept open. Each mail in one transaction: as shipped it commits after every statement, which costs more and
can leave a ticket without its message; the one transaction is to its advantage. Mails that it would send go nowhere.
"""

import logging
import os
import struct
import sys
from pathlib import Path

import django
from django.conf import settings
from django.urls import include, path

ANSWERS = sys.stdout.buffer

settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "helpdesk",
            "USER": "postgres",
            "HOST": os.environ["BENCH_SOCKET"],
            "CONN_MAX_AGE": None,
        }
    },
    SECRET_KEY="only for measuring",
    DEBUG=False,
    USE_TZ=True,
    SITE_ID=1,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    ROOT_URLCONF="__main__",
    MEDIA_ROOT=os.environ["BENCH_MEDIA"],
    EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.sites",
        "django.contrib.humanize",
        "rest_framework",
        "django_cleanup.apps.CleanupConfig",
        "helpdesk",
    ],
    HELPDESK_TEAMS_MODE_ENABLED=False,
    HELPDESK_TEAMS_MODEL="auth.User",
    HELPDESK_TEAMS_MIGRATION_DEPENDENCIES=[("auth", "0001_initial")],
    HELPDESK_KBITEM_TEAM_GETTER=lambda _: None,
)
django.setup()
urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]


def setup() -> None:
    """Tables, and a queue that takes mail."""
    from django.core.management import call_command
    from helpdesk.models import Queue

    call_command("migrate", verbosity=0)
    call_command("loaddata", "emailtemplate.json", verbosity=0)
    Queue.objects.create(
        title="Service",
        slug="service",
        allow_email_submission=True,
        email_box_type="local",
        email_address="service@firma.example",
    )


def feed() -> None:
    """One mail, one answer."""
    from django.db import transaction
    from helpdesk.email import extract_email_metadata
    from helpdesk.models import Queue

    log = logging.getLogger("helpdesk.bench")
    log.setLevel(logging.ERROR)
    queue = Queue.objects.get()
    given = sys.stdin.buffer
    while size := given.read(4):
        mail = given.read(struct.unpack(">I", size)[0])
        if mail:
            with transaction.atomic():
                assert extract_email_metadata(message=mail.decode(errors="replace"), queue=queue, logger=log)
        ANSWERS.write(b"ok\n")
        ANSWERS.flush()


if __name__ == "__main__":
    Path(os.environ["BENCH_MEDIA"]).mkdir(parents=True, exist_ok=True)
    setup() if "--setup" in sys.argv else feed()
