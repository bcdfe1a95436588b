from django.apps import AppConfig


class Desk(AppConfig):
    name = "samspil.screens.desk"
    label = "desk"
