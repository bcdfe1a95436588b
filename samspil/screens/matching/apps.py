from django.apps import AppConfig


class Matching(AppConfig):
    name = "samspil.screens.matching"
    label = "matching"
