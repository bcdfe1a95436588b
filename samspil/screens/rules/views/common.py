"""What the pages of rules share."""

from django.utils.translation import gettext as _

from samspil.base.errors import SamspilError
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having

who_writes = having(Right.RULES)
"""Refuses everybody who may change no rules, before the view does anything."""


def refusal(error: SamspilError) -> str:
    """A refusal in the reader's language."""
    return {
        "automation.no_name": _("Give the rule a name."),
        "automation.changed_meanwhile": _(
            "Somebody else has saved this rule since you opened it. Open it again to see what changed."
        ),
        "samspil.not_allowed": _("Your role does not let you change this rule."),
    }.get(error.code, str(error))
