"""Addresses of this screen."""

from django.urls import path

from samspil.screens.arrivals.views import directory, files, runs, tokens

urlpatterns = [
    path("organisation/import/", files.start, name="arrivals"),
    path("organisation/import/example.csv", files.example, name="arrivals_example"),
    path("organisation/import/scim/", tokens.tokens, name="arrivals_scim"),
    path("organisation/import/scim/<uuid:ident>/revoke/", tokens.revoke, name="arrivals_revoke"),
    path("organisation/import/ldap/", directory.directory, name="arrivals_ldap"),
    path("organisation/import/ldap/look/", directory.look, name="arrivals_ldap_look"),
    path("organisation/import/<uuid:ident>/", runs.run, name="arrivals_run"),
    path("organisation/import/<uuid:ident>/columns/", files.columns, name="arrivals_columns"),
    path("organisation/import/<uuid:ident>/progress/", runs.progress, name="arrivals_progress"),
    path("organisation/import/<uuid:ident>/do/", runs.do, name="arrivals_do"),
    path("organisation/import/<uuid:ident>/links/", runs.links, name="arrivals_links"),
]
