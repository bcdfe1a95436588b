from django.apps import AppConfig


class Setup(AppConfig):
    name = "samspil.screens.setup"
    label = "setup"
