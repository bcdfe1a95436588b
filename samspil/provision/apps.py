from django.apps import AppConfig


class Provision(AppConfig):
    name = "samspil.provision"
    label = "provision"
