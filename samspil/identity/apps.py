from django.apps import AppConfig


class Identity(AppConfig):
    name = "samspil.identity"
    label = "identity"
