from django.apps import AppConfig


class Load(AppConfig):
    name = "samspil.load"
    label = "load"
