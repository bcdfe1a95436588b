"""How colleagues are told."""

from samspil import kit
from samspil.base import registry
from samspil.elsewhere.models import Preference
from samspil.intake.models import Account
from samspil.organisation.models import Colleague


def reached(colleague: Colleague) -> Preference:
    """What holds for the colleague; what holds for everybody where nothing was said."""
    return Preference.objects.filter(colleague=colleague).first() or Preference(colleague=colleague)


def tellers() -> list[Account]:
    """The accounts by which colleagues can be told, the oldest first."""
    rows = Account.objects.filter(state="active", history=False).order_by("created_at", "id")
    return [a for a in rows if a.channel in registry.names() and isinstance(registry.channel(a.channel), kit.Notifies)]


def can_tell() -> bool:
    """Whether there is one."""
    return bool(tellers())
