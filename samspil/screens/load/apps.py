from django.apps import AppConfig


class LoadPages(AppConfig):
    name = "samspil.screens.load"
    label = "load_pages"
