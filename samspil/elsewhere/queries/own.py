"""How one colleague is told."""

from samspil.elsewhere.models import Preference
from samspil.organisation.models import Colleague


def reached(colleague: Colleague) -> Preference:
    """What holds for the colleague; what holds for everybody where nothing was said."""
    return Preference.objects.filter(colleague=colleague).first() or Preference(colleague=colleague)
