from django.apps import AppConfig


class Intake(AppConfig):
    name = "samspil.intake"
    label = "intake"
