"""Addresses of this screen."""

from django.urls import path

from samspil.screens.assist.views import fared, panel

urlpatterns = [
    path("c/<uuid:conversation>/suggested", panel.panel, name="assist"),
    path("c/<uuid:conversation>/suggested/shown", panel.shown, name="assist_shown"),
    path("suggested/<uuid:offer>/inserted", panel.inserted, name="assist_inserted"),
    path("suggested/<uuid:offer>/useless", panel.useless, name="assist_useless"),
    path("settings/suggestions/", fared.figures, name="assist_figures"),
]
