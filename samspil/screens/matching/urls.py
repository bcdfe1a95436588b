"""Addresses of this screen."""

from django.urls import path

from samspil.screens.matching.views import learn, thresholds, why, worklist

urlpatterns = [
    path("", worklist.worklist, name="matching"),
    path("more/", worklist.more, name="matching_more"),
    path("undo/", worklist.undo_last, name="matching_undo"),
    path("<uuid:suggestion>/answer/", worklist.answer, name="matching_answer"),
    path("<uuid:suggestion>/back/", worklist.back, name="matching_back"),
    path("why/<uuid:one>/", why.choose, name="why_choose"),
    path("why/<uuid:one>/<uuid:other>/", why.why, name="why"),
    path("why/<uuid:one>/<uuid:other>/lift/", why.lift, name="why_lift"),
    path("why/<uuid:one>/<uuid:other>/hold/", why.hold, name="why_hold"),
    path("settings/", thresholds.thresholds, name="identity_settings"),
    path("settings/learn/", learn.learn, name="identity_learn"),
    path("settings/learning/", learn.progress, name="identity_learning"),
    path("settings/undo/", thresholds.undo, name="identity_settings_undo"),
]
