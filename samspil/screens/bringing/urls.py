"""Addresses of this screen."""

from django.urls import path

from samspil.screens.bringing.views import files, forgetting, runs

urlpatterns = [
    path("people-import/", files.start, name="people_import"),
    path("people-import/<uuid:ident>/columns/", files.columns, name="people_columns"),
    path("people-import/<uuid:ident>/", runs.run, name="people_run"),
    path("people-import/<uuid:ident>/progress/", runs.progress, name="people_progress"),
    path("people-import/<uuid:ident>/do/", runs.do, name="people_do"),
    path("people-import/<uuid:ident>/not-taken.csv", runs.not_taken, name="people_not_taken"),
    path("people-forget/<uuid:ident>/", forgetting.forget_person, name="forget_person"),
]
