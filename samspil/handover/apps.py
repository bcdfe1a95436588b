from django.apps import AppConfig


class Handover(AppConfig):
    name = "samspil.handover"
    label = "handover"
