from django.apps import AppConfig


class Base(AppConfig):
    name = "samspil.base"
    label = "base"
