"""Addresses of this screen."""

from django.urls import path

from samspil.screens.segments.views import editor, export, listing

urlpatterns = [
    path("", listing.segments, name="segments"),
    path("new/", editor.new, name="segment_new"),
    path("edit/", editor.edit, name="segment_edit"),
    path("save/", editor.save, name="segment_save"),
    path("<uuid:ident>/", listing.segment, name="segment"),
    path("<uuid:ident>/change/", editor.change, name="segment_change"),
    path("<uuid:ident>/end/", listing.end, name="segment_end"),
    path("<uuid:ident>/undo/", listing.undo, name="segment_undo"),
    path("<uuid:ident>/people.csv", export.people, name="segment_export"),
]
