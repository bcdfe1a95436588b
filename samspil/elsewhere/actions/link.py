"""Who a colleague is on a network that knows no mail addresses: they say it, a code is written to that person there, and the code proves it."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import override

from samspil import kit
from samspil.base import registry
from samspil.base.errors import NotAllowed, NotFound
from samspil.base.flow import step
from samspil.base.ids import new_id
from samspil.elsewhere.models import Seat
from samspil.elsewhere.queries.own import linking
from samspil.intake.queries import account_view
from samspil.organisation.models import Colleague

OPEN = timedelta(minutes=10)
TRIES = 5


def send_code(*, colleague: Colleague, account: UUID, name: str, at: datetime) -> dict[str, str]:
    """Write a code to the person of this name; what :func:`prove` needs, plain and without the code itself.

    Outside any transaction. Raises NotFound (no such account), kit.TryLater, kit.Unreachable.
    """
    row = next((a for a in linking() if a.pk == account), None)
    channel = registry.channel(row.channel) if row else None
    if row is None or not isinstance(channel, kit.LinksColleagues) or not isinstance(channel, kit.Notifies):
        raise NotFound("No such account tells colleagues")
    view = account_view(row)
    to = channel.seat(name, view)
    code = f"{secrets.randbelow(10**8):08}"
    with override("en" if colleague.language == "en" else "da"):
        said = _("Your code is %(code)s. Write it on your settings page in Samspil. Was it not you who asked? Then do nothing.")
        notice = kit.Notice(id=str(new_id()), to=to, subject="", text=said % {"code": code}, language=colleague.language)
    channel.notify(notice, view)
    place = {"network": to.network, "scope": to.scope, "address": to.address}
    return place | {"code": _sealed(colleague, place, code), "until": (at + OPEN).isoformat(), "tries": str(TRIES)}


def prove(*, colleague: Colleague, asked: Mapping[str, str], code: str, at: datetime) -> Seat:
    """The colleague's seat, when the code is the one that was sent within the time. Raises NotAllowed, also where somebody else of ours has it."""
    place = {name: asked[name] for name in ("network", "scope", "address")}
    late = at > datetime.fromisoformat(asked["until"]) or int(asked["tries"]) < 1
    if late or not constant_time_compare(_sealed(colleague, place, "".join(code.split())), asked["code"]):
        raise NotAllowed("That is not the code that was sent, or it is too old")
    try:
        with step(), transaction.atomic():
            Seat.objects.filter(colleague=colleague, network=place["network"], scope=place["scope"]).delete()
            return Seat.objects.create(colleague=colleague, **place, at=at)
    except IntegrityError as error:
        raise NotAllowed("Somebody else of ours is that person there") from error


def _sealed(colleague: Colleague, place: Mapping[str, str], code: str) -> str:
    said = "\0".join([str(colleague.pk), place["network"], place["scope"], place["address"], code])
    return salted_hmac("samspil.elsewhere.link", said, algorithm="sha256").hexdigest()
