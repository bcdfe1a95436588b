from django.apps import AppConfig


class Elsewhere(AppConfig):
    name = "samspil.elsewhere"
    label = "elsewhere"
