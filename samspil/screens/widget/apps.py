from django.apps import AppConfig


class Widget(AppConfig):
    name = "samspil.screens.widget"
    label = "widget"
