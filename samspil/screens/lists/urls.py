"""Addresses of these screens."""

from django.urls import path

from samspil.screens.lists.views import handing, running, templates

urlpatterns = [
    path("c/<uuid:conversation>/lists", running.lists, name="lists"),
    path("c/<uuid:conversation>/lists/choose", running.choose, name="list-choose"),
    path("c/<uuid:conversation>/lists/begin", running.begin, name="list-begin"),
    path("c/<uuid:conversation>/lists/add", running.add, name="list-add"),
    path("lists/<uuid:checklist>/<slug:verb>", running.list_do, name="list-do"),
    path("lists/step/<uuid:step>/people", running.people, name="step-people"),
    path("lists/step/<uuid:step>/do/<slug:verb>", running.step_do, name="step-do"),
    path("lists/finish", running.finish, name="list-finish"),
    path("settings/checklists/", templates.checklists, name="checklists"),
    path("settings/checklists/new/", templates.edit, name="checklist_new"),
    path("settings/checklists/<uuid:ident>/", templates.edit, name="checklist_edit"),
    path("settings/checklists/<uuid:ident>/end/", templates.end_it, name="checklist_end"),
    path("settings/checklists/<uuid:ident>/back/", templates.back, name="checklist_back"),
    path("c/<uuid:conversation>/handed", handing.card, name="handed"),
    path("desk/handed/<uuid:handover>/read", handing.seen, name="handed-read"),
    path("desk/hand-over/", handing.handing, name="handing"),
    path("desk/hand-over/preview", handing.preview, name="handing-preview"),
]
