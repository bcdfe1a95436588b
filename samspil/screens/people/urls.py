"""Addresses of this screen."""

from django.urls import path

from samspil.screens.people.views import consumer, joining, lists

urlpatterns = [
    path("", lists.consumers, name="consumers"),
    path("<uuid:ident>/", consumer.consumer, name="consumer"),
    path("<uuid:ident>/timeline/", consumer.strip, name="timeline"),
    path("<uuid:ident>/name/", joining.rename, name="rename_consumer"),
    path("<uuid:ident>/name/undo/", joining.name_again, name="rename_undo"),
    path("<uuid:ident>/merge/", joining.merge, name="merge"),
    path("<uuid:ident>/merge/<uuid:other>/", joining.join, name="join"),
    path("merges/<uuid:merge>/undo/", joining.undo, name="undo_merge"),
    path("links/<uuid:link>/apart/", joining.apart, name="take_apart"),
]
