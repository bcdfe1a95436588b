"""When answers of a unit need somebody else's yes: for its leads and administrators, with everything that was ever set."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from samspil.base.clock import now
from samspil.base.errors import NotAllowed, SamspilError
from samspil.base.networks import channel_face
from samspil.intake.models import Account
from samspil.intake.queries import accounts
from samspil.organisation.models import Colleague, Unit
from samspil.organisation.queries import colleagues
from samspil.organisation.ui.guard import me
from samspil.reply.actions import set_policy
from samspil.reply.actions.policy import LONGEST_WAIT
from samspil.reply.models import ApprovalPolicy
from samspil.reply.queries.approval import may_set, policies_of
from samspil.reply.rules.approval import words_from
from samspil.screens.setup.views.organisation import frame

FIELD_OF = {
    "reply.no_approver": (
        None,
        gettext_lazy("Nobody could say yes: give the unit a lead, name somebody, or let those who know the competence say it."),
    ),
    "reply.no_condition": (None, gettext_lazy("Say which answers need a yes: choose at least one.")),
    "reply.approval_range": (None, gettext_lazy("A number is out of range.")),
}
LEVELS = [("", gettext_lazy("whatever they know")), *[(str(n), str(n)) for n in range(2, 6)]]


class Wanted(forms.Form):
    """Which answers, and whose yes."""

    active = forms.BooleanField(label=gettext_lazy("Answers need somebody else's yes before they are sent"), required=False)
    everybody = forms.BooleanField(label=gettext_lazy("Every answer"), required=False)
    below_level = forms.TypedChoiceField(
        label=gettext_lazy("Of colleagues below level"),
        help_text=gettext_lazy(
            "In the conversation's competence. Where it is not known what a conversation is about, this asks for nothing."
        ),
        choices=LEVELS,
        coerce=int,
        empty_value=None,
        required=False,
    )
    first_answers = forms.IntegerField(
        label=gettext_lazy("The first answers of a new colleague"),
        help_text=gettext_lazy("How many that were sent; empty: none."),
        min_value=1,
        max_value=1000,
        required=False,
    )
    words = forms.CharField(
        label=gettext_lazy("With one of these words"),
        help_text=gettext_lazy("With commas or on lines of their own. ret* stands for every word that begins so."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        required=False,
    )
    amount = forms.DecimalField(
        label=gettext_lazy("With an amount of money from"),
        help_text=gettext_lazy("In whatever currency; 0 stands for every amount."),
        min_value=Decimal(0),
        max_digits=11,
        decimal_places=2,
        localize=True,
        required=False,
    )
    accounts = forms.MultipleChoiceField(
        label=gettext_lazy("Only on these channels"), widget=forms.CheckboxSelectMultiple(), required=False
    )
    by_leads = forms.BooleanField(label=gettext_lazy("The unit's leads"), required=False)
    by_level = forms.BooleanField(
        label=gettext_lazy("Whoever knows the conversation's competence at level 4 or 5"), required=False
    )
    named = forms.MultipleChoiceField(
        label=gettext_lazy("And these colleagues"), widget=forms.CheckboxSelectMultiple(), required=False
    )
    raise_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes until the leads above are asked too"),
        help_text=gettext_lazy("And the administrators. Empty: they never are."),
        min_value=1,
        max_value=LONGEST_WAIT,
        required=False,
    )

    def __init__(self, *args: Any, ways: list[Account], people: list[Colleague], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (
            ("accounts", [(str(a.pk), f"{a.name} · {channel_face(a.channel)[1]}") for a in ways]),
            ("named", [(str(c.pk), f"{c.name}{f' · {c.unit.name}' if c.unit else ''}") for c in people]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - for the type checker
            field.choices = choices

    def given(self) -> dict[str, Any]:
        """The values as the action takes them."""
        clean = dict(self.cleaned_data)
        return {
            **clean,
            "words": words_from(clean["words"]),
            "accounts": [UUID(a) for a in clean["accounts"]],
            "named": [UUID(c) for c in clean["named"]],
        }


@login_required
@require_http_methods(["GET", "POST"])
def unit_approvals(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Say when answers of a unit need a yes; below stands who set what, and when."""
    unit, by = get_object_or_404(Unit, pk=ident), me(request)
    if not may_set(by, unit):
        raise NotAllowed("Only the unit's lead or an administrator can do that")
    history = policies_of(unit.pk)
    held = next((row for row in history if row.ended_at is None), None)
    ways, people = [a for a in accounts() if not a.history], list(colleagues())
    form = Wanted(request.POST or None, initial=_initial(held), ways=ways, people=people)
    if request.method == "POST" and form.is_valid():
        try:
            set_policy(unit=unit, by=by, at=now(), **form.given())
            messages.success(request, _("Saved"))
            return HttpResponseRedirect(reverse("unit_approvals", args=[ident]))
        except NotAllowed:
            raise
        except SamspilError as error:
            field, words = FIELD_OF.get(error.code, (None, str(error)))
            form.add_error(field, str(words))
    names = {str(c.pk): c.name for c in people} | {str(a.pk): a.name for a in ways}
    context = {
        **frame(request, "units"),
        "unit": unit,
        "held": held,
        "form": form,
        "history": [{"row": row, "lines": _lines(row, names)} for row in history],
    }
    return render(request, "setup/unit_approvals.html", context, status=422 if form.is_bound else 200)


def _initial(held: ApprovalPolicy | None) -> dict[str, Any]:
    if held is None:
        return {"everybody": True, "by_leads": True, "raise_minutes": 60}
    same = (
        "active",
        "everybody",
        "below_level",
        "first_answers",
        "amount",
        "accounts",
        "by_leads",
        "by_level",
        "named",
        "raise_minutes",
    )
    return {**{name: getattr(held, name) for name in same}, "words": ", ".join(held.words)}


def _lines(row: ApprovalPolicy, names: dict[str, str]) -> list[str]:
    """What a row says, in words: which answers, whose yes."""
    gone = _("one that is gone")
    which = [
        _("every answer") if row.everybody else "",
        _("below level %(n)d in the competence") % {"n": row.below_level} if row.below_level else "",
        _("the first %(n)d answers of a new colleague") % {"n": row.first_answers} if row.first_answers else "",
        _("with %(words)s") % {"words": ", ".join(f"“{w}”" for w in row.words)} if row.words else "",
        _("with an amount from %(amount)s") % {"amount": f"{row.amount.normalize():f}"} if row.amount is not None else "",
    ]
    whose = [
        _("the unit's leads") if row.by_leads else "",
        _("who knows the competence at level 4 or 5") if row.by_level else "",
        *[names.get(c, gone) for c in row.named],
    ]
    lines = [
        _("Which: %(which)s") % {"which": " · ".join(filter(None, which)) or _("none")},
        _("Only on: %(where)s") % {"where": ", ".join(names.get(a, gone) for a in row.accounts)} if row.accounts else "",
        _("Whose yes: %(who)s") % {"who": " · ".join(filter(None, whose)) or _("nobody's")},
        _("The leads above are asked too after %(n)d minutes") % {"n": row.raise_minutes} if row.raise_minutes else "",
    ]
    return [line for line in lines if line]
