from django.apps import AppConfig


class Relationship(AppConfig):
    name = "samspil.relationship"
    label = "relationship"
