"""The live process: event streams, webhooks and the web chat, as a bare ASGI application without Django's request cycle.

Django's models and settings are used, from threads; its handlers, middleware and views are not: under ASGI they cost nine
times the processor time of a request.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "samspil.project.django_settings")
django.setup()

from samspil.project.live.app import Live  # noqa: E402  models can be imported only now

application = Live()
