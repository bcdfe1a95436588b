"""Addresses of this screen. The path is also made by ``samspil.pulse.queries.page_path``."""

from django.urls import path

from samspil.screens.pulse import views

urlpatterns = [path("<uuid:ident>/<str:mark>/", views.page, name="pulse_page")]
