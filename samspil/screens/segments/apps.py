from django.apps import AppConfig


class Segments(AppConfig):
    name = "samspil.screens.segments"
    label = "segments"
