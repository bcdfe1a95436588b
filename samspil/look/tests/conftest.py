"""The look is tried alone: none of the other apps, no database, whatever settings the run was started with."""

import pytest
from django.test import Client
from django.urls import clear_url_caches

from samspil.look import assets
from samspil.look.tests import settings as alone


@pytest.fixture
def look_alone(settings):
    for name in (
        "MIDDLEWARE",
        "TEMPLATES",
        "ROOT_URLCONF",
        "DEBUG",
        "CONTENT_SECURITY_POLICY",
        "STORAGES",
        "WHITENOISE_USE_FINDERS",
    ):
        setattr(settings, name, getattr(alone, name))
    settings.WHITENOISE_AUTOREFRESH = False
    clear_url_caches()
    yield settings
    clear_url_caches()
    assets._hashed_once.cache_clear()


@pytest.fixture
def client(look_alone):
    return Client()
