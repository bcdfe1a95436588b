"""Addresses of this screen."""

from django.urls import path

from samspil.screens.setup.views import arrange, channels, feeling, first_run, health, organisation, own, sign_in

urlpatterns = [
    path("first-run/", first_run.first_run, name="first_run"),
    path("settings/", own.own, name="settings"),
    path("settings/away/", own.away, name="settings_away"),
    path("settings/competences/", own.know, name="settings_know"),
    path("settings/channels/", channels.accounts, name="accounts"),
    path("settings/channels/new/", channels.choose, name="account_choose"),
    path("settings/channels/new/<slug:channel>/", channels.connect, name="account_connect"),
    path("settings/channels/<uuid:ident>/", channels.edit, name="account_edit"),
    path("settings/channels/<uuid:ident>/try/", channels.try_it, name="account_try"),
    path("settings/channels/<uuid:ident>/test/", channels.test, name="account_test"),
    path("settings/channels/<uuid:ident>/hold/", channels.hold, name="account_hold"),
    path("settings/channels/<uuid:ident>/heard/", channels.listen, name="account_heard"),
    path("settings/channels/<uuid:ident>/leave/", channels.leave, name="account_leave"),
    path("settings/channels/<uuid:ident>/sign-in/", sign_in.sign_in, name="account_sign_in"),
    path("settings/channels/<uuid:ident>/signed-in/", sign_in.signed_in, name="account_signed_in"),
    path("settings/health/", health.health, name="health"),
    path("settings/health/again/", health.again, name="health_again"),
    path("settings/health/<uuid:ident>/", health.envelope, name="envelope"),
    path("organisation/", organisation.organisation, name="organisation"),
    path("organisation/competences/", organisation.competences, name="competences"),
    path("organisation/units/", organisation.units, name="units"),
    path("organisation/feeling/", feeling.feeling, name="feeling"),
    path("organisation/feeling/<str:whose>/", feeling.edit, name="edit_feeling"),
    path("organisation/colleagues/new/", arrange.new_colleague, name="new_colleague"),
    path("organisation/colleagues/<uuid:ident>/", organisation.colleague, name="colleague"),
    path("organisation/colleagues/<uuid:ident>/edit/", arrange.edit_colleague, name="edit_colleague"),
    path("organisation/colleagues/<uuid:ident>/link/", arrange.sign_in_link, name="sign_in_link"),
    path("organisation/colleagues/<uuid:ident>/access/", arrange.close_colleague, name="close_colleague"),
    path("organisation/units/new/", arrange.edit_unit, name="new_unit"),
    path("organisation/units/<uuid:ident>/", organisation.unit, name="unit"),
    path("organisation/units/<uuid:ident>/edit/", arrange.edit_unit, name="edit_unit"),
    path("organisation/competences/new/", arrange.edit_competence, name="new_competence"),
    path("organisation/competences/<uuid:ident>/", organisation.competence, name="competence"),
    path("organisation/competences/<uuid:ident>/edit/", arrange.edit_competence, name="edit_competence"),
    path("organisation/competences/<uuid:ident>/use/", arrange.retire_competence, name="retire_competence"),
    path("organisation/competences/<uuid:ident>/level/", arrange.level, name="give_level"),
]
