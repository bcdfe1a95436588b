"""Addresses of this screen."""

from django.urls import path

from samspil.screens.rules.views import editor, listing, past, trying

urlpatterns = [
    path("", listing.rules, name="rules"),
    path("take/<slug:example>/", listing.take, name="rule_take"),
    path("answers/", listing.answers, name="rule_answers"),
    path("new/", editor.new, name="rule_new"),
    path("edit/", editor.edit, name="rule_edit"),
    path("save/", editor.save, name="rule_save"),
    path("try/", trying.attempt, name="rule_try"),
    path("why/<uuid:run>/", past.because, name="rule_why"),
    path("<uuid:ident>/", editor.rule, name="rule"),
    path("<uuid:ident>/switch/", listing.turn, name="rule_switch"),
    path("<uuid:ident>/move/", listing.reorder, name="rule_move"),
    path("<uuid:ident>/resume/", listing.go_on, name="rule_resume"),
    path("<uuid:ident>/delete/", listing.remove, name="rule_delete"),
    path("<uuid:ident>/undo/", listing.undo, name="rule_undo"),
    path("<uuid:ident>/history/", past.history, name="rule_history"),
    path("<uuid:ident>/history/<int:number>/", past.back, name="rule_back"),
]
