from django.apps import AppConfig


class Checklist(AppConfig):
    name = "samspil.checklist"
    label = "checklist"
