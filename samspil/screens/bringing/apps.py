from django.apps import AppConfig


class Bringing(AppConfig):
    name = "samspil.screens.bringing"
    label = "bringing"
