from django.apps import AppConfig


class Lists(AppConfig):
    name = "samspil.screens.lists"
    label = "lists_screens"
