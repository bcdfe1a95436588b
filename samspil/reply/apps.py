from django.apps import AppConfig


class Reply(AppConfig):
    name = "samspil.reply"
    label = "reply"
