from django.apps import AppConfig


class Conversation(AppConfig):
    name = "samspil.conversation"
    label = "conversation"
