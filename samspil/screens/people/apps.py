from django.apps import AppConfig


class People(AppConfig):
    name = "samspil.screens.people"
    label = "people"
