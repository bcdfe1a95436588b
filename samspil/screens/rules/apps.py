from django.apps import AppConfig


class Rules(AppConfig):
    name = "samspil.screens.rules"
    label = "rules"
