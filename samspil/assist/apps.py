from django.apps import AppConfig


class Assist(AppConfig):
    name = "samspil.assist"
    label = "assist"
