from django.apps import AppConfig


class Routing(AppConfig):
    name = "samspil.routing"
    label = "routing"
