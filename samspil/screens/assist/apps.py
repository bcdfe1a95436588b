from django.apps import AppConfig


class AssistScreens(AppConfig):
    name = "samspil.screens.assist"
    label = "assist_screens"
