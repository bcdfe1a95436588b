from django.apps import AppConfig


class Promise(AppConfig):
    name = "samspil.promise"
    label = "promise"
