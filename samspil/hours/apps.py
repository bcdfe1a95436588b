from django.apps import AppConfig


class Hours(AppConfig):
    name = "samspil.hours"
    label = "hours"
