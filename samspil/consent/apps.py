from django.apps import AppConfig


class Consent(AppConfig):
    name = "samspil.consent"
    label = "consent"
