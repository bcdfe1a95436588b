from django.apps import AppConfig


class Pulse(AppConfig):
    name = "samspil.pulse"
    label = "pulse"
