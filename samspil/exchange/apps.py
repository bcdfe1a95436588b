from django.apps import AppConfig


class Exchange(AppConfig):
    name = "samspil.exchange"
    label = "exchange"
