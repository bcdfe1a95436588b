from django.apps import AppConfig


class Arrivals(AppConfig):
    name = "samspil.screens.arrivals"
    label = "arrivals"
