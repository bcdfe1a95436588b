from django.apps import AppConfig


class Aside(AppConfig):
    name = "samspil.aside"
    label = "aside"
