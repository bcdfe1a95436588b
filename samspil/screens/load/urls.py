"""Addresses of this screen."""

from django.urls import path

from samspil.screens.load.views import ahead, now, was

urlpatterns = [
    path("", now.load, name="load"),
    path("was/", was.was, name="load_was"),
    path("ahead/", ahead.ahead, name="load_ahead"),
]
