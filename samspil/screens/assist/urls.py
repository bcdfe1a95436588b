"""Addresses of this screen."""

from django.urls import path

from samspil.screens.assist.views import auto, auto_cases, auto_desk, fared, made, model, panel

urlpatterns = [
    path("c/<uuid:conversation>/suggested", panel.panel, name="assist"),
    path("c/<uuid:conversation>/suggested/shown", panel.shown, name="assist_shown"),
    path("suggested/<uuid:offer>/inserted", panel.inserted, name="assist_inserted"),
    path("suggested/<uuid:offer>/useless", panel.useless, name="assist_useless"),
    path("c/<uuid:conversation>/made", made.make, name="assist_make"),
    path("c/<uuid:conversation>/made/leaves", made.leaves, name="assist_leaves"),
    path("settings/suggestions/model/", model.model, name="assist_model"),
    path("settings/suggestions/model/test/", model.test, name="assist_test"),
    path("c/<uuid:conversation>/by-itself", auto_desk.pending, name="auto_pending"),
    path("by-itself/<uuid:run>/stop", auto_desk.halt, name="auto_stop"),
    path("by-itself/<uuid:reply>/mark", auto_desk.mark, name="auto_mark"),
    path("by-itself/<uuid:run>/wrong", auto_desk.wrong, name="auto_wrong"),
    path("by-itself/<uuid:run>/refuse", auto_desk.refuse, name="auto_refuse"),
    path("settings/suggestions/by-itself/", auto.index, name="auto_units"),
    path("settings/suggestions/by-itself/<uuid:unit>/", auto.page, name="auto_unit"),
    path("settings/suggestions/by-itself/<uuid:unit>/save/", auto.save, name="auto_save"),
    path("settings/suggestions/by-itself/<uuid:unit>/switch/", auto.switch, name="auto_switch"),
    path("settings/suggestions/by-itself/<uuid:unit>/approve/", auto.take, name="auto_approve"),
    path("settings/suggestions/by-itself/<uuid:unit>/withdraw/<uuid:answer>/", auto.leave, name="auto_withdraw"),
    path("settings/suggestions/by-itself/<uuid:unit>/try/", auto.attempt, name="auto_try"),
    path("settings/suggestions/by-itself/<uuid:unit>/progress/", auto.progress, name="auto_progress"),
    path("settings/suggestions/by-itself/<uuid:unit>/back/<int:number>/", auto.restore, name="auto_back"),
    path("settings/suggestions/by-itself/<uuid:unit>/cases/", auto_cases.cases, name="auto_cases"),
    path("settings/suggestions/by-itself/cases/<int:case>/", auto_cases.label, name="auto_label"),
    path("settings/suggestions/", fared.figures, name="assist_figures"),
]
