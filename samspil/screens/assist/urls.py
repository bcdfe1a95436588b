"""Addresses of this screen."""

from django.urls import path

from samspil.screens.assist.views import fared, made, model, panel

urlpatterns = [
    path("c/<uuid:conversation>/suggested", panel.panel, name="assist"),
    path("c/<uuid:conversation>/suggested/shown", panel.shown, name="assist_shown"),
    path("suggested/<uuid:offer>/inserted", panel.inserted, name="assist_inserted"),
    path("suggested/<uuid:offer>/useless", panel.useless, name="assist_useless"),
    path("c/<uuid:conversation>/made", made.make, name="assist_make"),
    path("c/<uuid:conversation>/made/leaves", made.leaves, name="assist_leaves"),
    path("settings/suggestions/model/", model.model, name="assist_model"),
    path("settings/suggestions/model/test/", model.test, name="assist_test"),
    path("settings/suggestions/", fared.figures, name="assist_figures"),
]
