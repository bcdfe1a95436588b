"""How one is told."""

from uuid import UUID

from samspil.base.errors import NotFound
from samspil.base.flow import step
from samspil.elsewhere.models import Preference
from samspil.elsewhere.queries.own import tellers
from samspil.organisation.models import Colleague

FORGOTTEN = {"unreachable": "", "lost": None, "lost_kind": "", "lost_why": ""}
"""What went wrong before: one tries again."""


def prefer(*, colleague: Colleague, when: str) -> Preference:
    """Say when one is told outside of Samspil: away, always or never. What came back before is forgotten: one tries again."""
    with step():
        row, _ = Preference.objects.update_or_create(colleague=colleague, defaults={"when": Preference.When(when), **FORGOTTEN})
    return row


def prefer_account(*, colleague: Colleague, account: UUID | None) -> Preference:
    """Say by which account one is told; None: the first there is. Raises NotFound for one that tells nobody."""
    with step():
        if account is not None and account not in {a.pk for a in tellers()}:
            raise NotFound("No such account tells colleagues")
        row, _ = Preference.objects.update_or_create(colleague=colleague, defaults={"account_id": account, **FORGOTTEN})
    return row
