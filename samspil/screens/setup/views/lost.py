"""Why a colleague is not told where they want to be, and what to do about it, in words."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from samspil.base.networks import channel_face
from samspil.elsewhere.models import Preference
from samspil.intake.models import Account


def lost_of(row: Preference, mail: str, ways: Sequence[Account]) -> str:
    """What to say on the page of the colleague with this ``mail`` address; "" while all is well.

    ``ways`` are the accounts by which they can be told now.
    """
    chosen = row.account
    if row.lost is None and (chosen is None or chosen in ways):
        return ""
    account = row.lost or chosen
    names = {"network": channel_face(account.channel)[1] if account else "", "email": mail, "why": row.lost_why}
    first = {
        "sign_in": _("%(network)s does not let Samspil in any more. An administrator gives it new credentials under Channels."),
        "person": _(
            "You were not found on %(network)s: %(why)s. Be there with %(email)s as a full member, or show below who you are."
        ),
        "later": _("%(network)s did not answer: %(why)s. There is nothing for you to do."),
    }.get(row.lost_kind) or _unseen(account)
    others = any(way != account for way in ways)
    then = (
        _("Until then you are told otherwise, and it is tried there again each time.")
        if others
        else _("Until then you are told only at the desk: no other account can tell you.")
    )
    return f"{first % names} {then}"


def _unseen(account: Account | None) -> str:
    if account is not None and account.state == Account.State.ACTIVE:
        return _("You have not shown who you are on %(network)s: do it below.")
    return _("%(network)s is not connected now. An administrator connects it under Channels.")
