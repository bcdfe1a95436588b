"""Roles: what each allows, who has it, who changed it when; the organisation's own are made, copied, changed and removed."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.look.answers import uuid_of
from samspil.organisation.actions import bring_back_role, change_role, end_role, make_role
from samspil.organisation.models import Colleague, CustomRole, RoleChange
from samspil.organisation.queries import called
from samspil.organisation.queries.rights import (
    REACHES,
    Reach,
    Right,
    Rights,
    custom_roles,
    holders,
    may_grant,
    rights_in,
    role_changes,
)
from samspil.organisation.ui.guard import having, me
from samspil.screens.setup.rights_words import GROUPS, WORDS, built_in_hint, built_in_words, reach_words, right_words
from samspil.screens.setup.views.organisation import frame

LINES = 15
"""Changes that a page shows before «Show all»."""


@having(Right.ROLES)
@require_GET
def roles(request: HttpRequest) -> HttpResponse:
    """Every role with what it allows in words and who has it; ``?ended=`` offers to bring back one that was removed. Three statements more."""
    have = holders()
    built = [
        {
            "key": role,
            "title": built_in_words(role),
            "hint": built_in_hint(role),
            "allows": _allows(role),
            "who": have.get(role, []),
        }
        for role in Colleague.Role.values
    ]
    own = [
        {"role": row, "key": str(row.pk), "title": called(row), "allows": _allows(row), "who": have.get(row.pk, [])}
        for row in custom_roles()
    ]
    gone = uuid_of(request.GET.get("ended", ""))
    context = {**frame(request, "roles"), "built_in": built, "own": own, "gone": gone, **_history(None)}
    return render(request, "setup/roles.html", context)


def _allows(role: CustomRole | str) -> list[dict[str, Any]]:
    """What a role allows, in the order of the page, with its reach where that is not simply yes."""
    rights = rights_in(role)
    return [
        {"title": right_words(right), "reach": reach_words(rights[right]) if len(REACHES[right]) > 2 else ""}  # noqa: PLR2004
        for _title, some in GROUPS
        for right in some
        if rights.get(right)
    ]


@having(Right.ROLES)
@require_http_methods(["GET", "POST"])
def new_role(request: HttpRequest) -> HttpResponse:
    """A new role; ``?of=`` begins with what another one allows, as far as one has it oneself."""
    of = request.GET.get("of", "")
    model = CustomRole.objects.filter(pk=ident, ended_at=None).first() if (ident := uuid_of(of)) else None
    by = me(request)
    start = {right: reach for right, reach in rights_in(model or of).items() if may_grant(by, right, reach)}
    return _edit(request, None, start)


@having(Right.ROLES)
@require_http_methods(["GET", "POST"])
def one_role(request: HttpRequest, ident: UUID) -> HttpResponse:
    """One of the organisation's own: who has it, what it allows, what happened to it."""
    row = get_object_or_404(CustomRole, pk=ident, ended_at=None)
    return _edit(request, row, rights_in(row))


def _edit(request: HttpRequest, row: CustomRole | None, start: Rights) -> HttpResponse:
    given = {"name": row.name if row else "", "name_en": row.name_en if row else ""}
    rights: Rights = start
    error = ""
    if request.method == "POST":
        given = {name: request.POST.get(name, "")[:200] for name in given}
        rights = _chosen(request, start)
        try:
            if row is None:
                make_role(**given, rights=rights, by=me(request), at=now())
            else:
                change_role(role=row.pk, **given, rights=rights, by=me(request), at=now())
        except NotAllowed:
            raise
        except SamspilError as refused:
            error = _refusal(refused)
        else:
            messages.success(request, _("Saved"))
            return HttpResponseRedirect(reverse("roles"))
    context = {
        **frame(request, "roles"),
        "row": row,
        "given": given,
        "error": error,
        "groups": _table(me(request), rights, start),
        "reaches": [reach_words(reach) for reach in Reach],
        "who": holders().get(row.pk, []) if row else [],
        **(_history(row.pk) if row else {"changes": []}),
    }
    return render(request, "setup/role.html", context, status=422 if error else 200)


def _chosen(request: HttpRequest, start: Rights) -> Rights:
    """The reaches that were chosen; what is missing stays as it was, nonsense is nowhere."""
    words = {reach.word: reach for reach in Reach}
    found = {right: words.get(request.POST.get(right.value, ""), start.get(right, Reach.NOWHERE)) for right in Right}
    return {right: reach for right, reach in found.items() if reach and reach in REACHES[right]}


def _table(by: Colleague, rights: Rights, start: Rights) -> list[dict[str, Any]]:
    """The table of rights and reaches; a reach that the reader does not have cannot be chosen, unless it is so already."""
    return [
        {
            "title": _(title),
            "rows": [
                {
                    "key": right.value,
                    "title": right_words(right),
                    "hint": _(WORDS[right][1]),
                    "cells": [
                        {
                            "word": reach.word,
                            "words": reach_words(reach),
                            "is_there": reach in REACHES[right],
                            "is_on": rights.get(right, Reach.NOWHERE) == reach,
                            "is_off": not may_grant(by, right, reach) and start.get(right, Reach.NOWHERE) != reach,
                        }
                        for reach in Reach
                    ],
                }
                for right in some
            ],
        }
        for title, some in GROUPS
    ]


@having(Right.ROLES)
@require_POST
def end(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Remove one that nobody has; the list offers to take that back."""
    try:
        end_role(role=ident, by=me(request), at=now())
    except (NotAllowed, NotFound):
        raise
    except SamspilError as error:
        messages.error(request, _refusal(error))
        return HttpResponseRedirect(reverse("role", args=[ident]))
    return HttpResponseRedirect(f"{reverse('roles')}?ended={ident}")


@having(Right.ROLES)
@require_POST
def back(request: HttpRequest, ident: UUID) -> HttpResponse:
    """The undo of that."""
    try:
        bring_back_role(role=ident, by=me(request), at=now())
    except (NotAllowed, NotFound):
        raise
    except SamspilError as error:
        messages.error(request, _refusal(error))
    return HttpResponseRedirect(reverse("roles"))


def _refusal(error: SamspilError) -> str:
    return {
        "organisation.role_in_use": _("Somebody has this role: give them another one first. Closed accesses count too."),
        "organisation.name_taken": _("Another one is called that already."),
        "organisation.name_missing": _("Give it a name."),
    }.get(error.code, str(error))


def _history(ident: UUID | None) -> dict[str, Any]:
    lines = [{"change": row, "words": _told(row)} for row in role_changes(ident)]
    return {"changes": lines[:LINES], "older": lines[LINES:]}


def _told(row: RoleChange) -> str:
    name = called(row.role) if row.role else ""
    if row.what == RoleChange.What.GIVEN:
        words = {key: built_in_words(row.told.get(key, "")) for key in ("before", "after")}
        who = row.colleague.name if row.colleague else "?"
        if not words["before"]:
            return _("%(who)s was taken in as %(after)s") % {"who": who, **words}
        return _("%(who)s: %(before)s → %(after)s") % {"who": who, **words}
    title = {
        "made": _("%(name)s was made"),
        "changed": _("%(name)s was changed"),
        "ended": _("%(name)s was removed"),
        "back": _("%(name)s was brought back"),
    }[row.what] % {"name": name}
    known = {right.value: right for right in Right}
    reaches = {reach.word: reach_words(reach) for reach in Reach}
    parts = [
        f"{right_words(known[key])}: " + (f"{reaches.get(old, old)} → " if row.what != "made" else "") + reaches.get(new, new)
        for key, (old, new) in row.told.items()
        if key in known
    ]
    if "name" in row.told and row.told["name"][0] != row.told["name"][1]:
        parts.insert(0, " → ".join(row.told["name"]))
    return f"{title} · {', '.join(parts)}" if parts else title
