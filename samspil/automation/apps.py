from django.apps import AppConfig


class Automation(AppConfig):
    name = "samspil.automation"
    label = "automation"
