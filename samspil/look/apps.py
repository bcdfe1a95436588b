"""The Django app: templates, static files, template tags and texts."""

from django.apps import AppConfig


class LookConfig(AppConfig):
    name = "samspil.look"
    label = "look"
    verbose_name = "Look"
