from django.apps import AppConfig


class Organisation(AppConfig):
    name = "samspil.organisation"
    label = "organisation"
