from django.apps import AppConfig


class PulsePage(AppConfig):
    name = "samspil.screens.pulse"
    label = "pulse_page"
