"""What changes the organisation: colleagues, units, competences, levels. The actions say who may."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from samspil.base.errors import NotAllowed, SamspilError
from samspil.look.answers import uuid_of
from samspil.organisation.actions import (
    change_colleague,
    change_competence,
    change_unit,
    give_level,
    make_competence,
    make_unit,
    take_in,
)
from samspil.organisation.models import Colleague, Competence, CustomRole, Unit
from samspil.organisation.queries.rights import Reach, Right, may, may_change, reach, units_in
from samspil.organisation.ui.guard import having, me
from samspil.screens.setup.views import forms as ours
from samspil.screens.setup.views.organisation import editable, frame, giveable

FIELD_OF = {
    "organisation.already_here": ("email", gettext_lazy("Somebody with this address is here already.")),
    "organisation.name_taken": ("name", gettext_lazy("Another one is called that already.")),
    "organisation.name_missing": ("name", gettext_lazy("Give it a name.")),
    "organisation.in_a_circle": ("parent", gettext_lazy("It cannot lie below itself.")),
    "organisation.triage_needed": ("triage", gettext_lazy("Choose another unit for that first; one must have it.")),
    "organisation.last_administrator": ("role", gettext_lazy("Somebody must be left who can administer.")),
}
"""Where on the form a refusal belongs, and its words for the page."""


def _edit(
    request: HttpRequest, form: forms.Form, context: dict[str, Any], save: Callable[[dict[str, Any]], HttpResponse]
) -> HttpResponse:
    """Show a form, or save it; a refusal of the action stands at its field and nothing is changed."""
    if request.method == "POST" and form.is_valid():
        try:
            return save(form.cleaned_data)
        except NotAllowed:
            raise
        except SamspilError as error:
            field, words = FIELD_OF.get(error.code, (None, str(error)))
            form.add_error(field if field in form.fields else None, str(words))
    context = {**context, "form": form}
    return render(request, "setup/edit.html", context, status=422 if form.is_bound else 200)


def _saved(request: HttpRequest, name: str, ident: UUID) -> HttpResponse:
    messages.success(request, _("Saved"))
    return HttpResponseRedirect(reverse(name, args=[ident]))


def _person(request: HttpRequest, row: Colleague | None) -> ours.Person:
    """The form with what the reader may give: roles they hold all of, units where they may change colleagues."""
    by = me(request)
    now_has = str(row.custom_role_id or row.role) if row else "employee"
    far = reach(by, Right.COLLEAGUES)
    units = None if far in (Reach.EVERYWHERE, Reach.NOWHERE) else units_in(by, Right.COLLEAGUES)
    initial: dict[str, Any] = {"language": by.language, "role": now_has}
    if row is not None:
        initial = {n: getattr(row, n) for n in ours.Person.base_fields} | {"role": now_has}
    chosen = giveable(by, now_has)
    form = ours.Person(request.POST or None, initial=initial, roles=chosen, gives=may(by, Right.ROLES), units=units)
    if row is not None and not may_change(by, row):
        for name in set(form.fields) - {"role"}:
            del form.fields[name]
    return form


def _role_of(given: dict[str, Any]) -> dict[str, Any]:
    """The chosen role as the actions take it: a built-in one by its word, one of the organisation's own as its row."""
    ident = uuid_of(given["role"])
    own = get_object_or_404(CustomRole, pk=ident, ended_at=None) if ident else None
    return {**given, "role": "employee" if own else given["role"], "custom_role": own}


@having(Right.COLLEAGUES)
@require_http_methods(["GET", "POST"])
def new_colleague(request: HttpRequest) -> HttpResponse:
    """Take a colleague in; the way to sign in is shown once."""
    form = _person(request, None)
    context = {**frame(request, "colleagues"), "title": _("New colleague"), "back": reverse("organisation")}

    def save(given: dict[str, Any]) -> HttpResponse:
        return _link(request, take_in(by=me(request), **_role_of(given)), fresh=True)

    return _edit(request, form, context, save)


@having(Right.COLLEAGUES, Right.ROLES)
@require_http_methods(["GET", "POST"])
def edit_colleague(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Change a colleague; whoever gives roles alone, the role alone."""
    row = get_object_or_404(Colleague.objects.select_related("custom_role"), pk=ident, outside=False)
    if not editable(me(request), row):
        raise NotAllowed("Your role does not let you change this colleague")
    form = _person(request, row)
    context = {**frame(request, "colleagues"), "title": row.name, "back": reverse("colleague", args=[ident])}

    def save(given: dict[str, Any]) -> HttpResponse:
        change_colleague(colleague=ident, by=me(request), **_role_of(given))
        return _saved(request, "colleague", ident)

    return _edit(request, form, context, save)


@having(Right.COLLEAGUES)
@require_POST
def close_colleague(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Close a colleague's access, or open it again; what they wrote stays."""
    row = get_object_or_404(Colleague, pk=ident, outside=False)
    if row == me(request):
        raise NotAllowed("Only another colleague can do that")
    opened = "open" in request.POST
    try:
        change_colleague(colleague=ident, by=me(request), is_active=opened)
    except NotAllowed:
        raise
    except SamspilError as error:
        messages.error(request, str(FIELD_OF.get(error.code, (None, str(error)))[1]))
    else:
        messages.success(request, _("The access is open again") if opened else _("The access is closed"))
    return HttpResponseRedirect(reverse("colleague", args=[ident]))


@having(Right.COLLEAGUES)
@require_POST
def sign_in_link(request: HttpRequest, ident: UUID) -> HttpResponse:
    """A new link by which a colleague chooses a password; it is used up by that and shown only here."""
    row = get_object_or_404(Colleague.objects.select_related("custom_role"), pk=ident, outside=False, is_active=True)
    if not may_change(me(request), row):
        raise NotAllowed("Who may do more than you is given a way to sign in by others")
    return _link(request, row, fresh=False)


@never_cache
def _link(request: HttpRequest, row: Colleague, *, fresh: bool) -> HttpResponse:
    key = default_token_generator.make_token(row)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(row), "key": key})
    context = {**frame(request, "colleagues"), "who": row, "fresh": fresh, "link": request.build_absolute_uri(path)}
    return render(request, "setup/link.html", context)


@having(Right.STRUCTURE)
@require_http_methods(["GET", "POST"])
def edit_unit(request: HttpRequest, ident: UUID | None = None) -> HttpResponse:
    """Add or change a unit."""
    row = get_object_or_404(Unit, pk=ident) if ident else None
    form = ours.UnitForm(request.POST or None, initial={n: getattr(row, n) for n in ours.UnitForm.base_fields} if row else {})
    title = row.name if row else _("New unit")
    context = {**frame(request, "units"), "title": title, "back": reverse("unit", args=[ident]) if ident else reverse("units")}

    def save(given: dict[str, Any]) -> HttpResponse:
        done = change_unit(unit=row.pk, by=me(request), **given) if row else make_unit(by=me(request), **given)
        return _saved(request, "unit", done.pk)

    return _edit(request, form, context, save)


@having(Right.STRUCTURE)
@require_http_methods(["GET", "POST"])
def edit_competence(request: HttpRequest, ident: UUID | None = None) -> HttpResponse:
    """Add or change a competence."""
    row = get_object_or_404(Competence, pk=ident) if ident else None
    initial = {n: getattr(row, n) for n in ("name", "name_en", "parent", "description")} if row else {}
    form = ours.CompetenceForm(request.POST or None, initial={**initial, "words": ", ".join(row.words) if row else ""})
    back = reverse("competence", args=[ident]) if ident else reverse("competences")
    context = {**frame(request, "competences"), "title": row.name if row else _("New competence"), "back": back}

    def save(given: dict[str, Any]) -> HttpResponse:
        done = change_competence(competence=row.pk, by=me(request), **given) if row else make_competence(by=me(request), **given)
        return _saved(request, "competence", done.pk)

    return _edit(request, form, context, save)


@having(Right.STRUCTURE)
@require_POST
def retire_competence(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Put a competence out of use, or back; levels and conversations keep it."""
    get_object_or_404(Competence, pk=ident)
    change_competence(competence=ident, by=me(request), active="use" in request.POST)
    return _saved(request, "competence", ident)


@login_required
@require_POST
def level(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Say how well one colleague knows one competence; others as far as the right to give levels goes, and of oneself."""
    competence = get_object_or_404(Competence, pk=ident, active=True)
    try:
        who = Colleague.objects.get(pk=UUID(request.POST.get("colleague", "")), is_active=True, outside=False)
        value = int(request.POST.get("level", ""))
    except (ValueError, Colleague.DoesNotExist) as error:
        raise Http404 from error
    give_level(colleague=who, competence=competence.pk, level=value, by=me(request))
    return _saved(request, "competence", ident)
