"""How one is told."""

from samspil.base.flow import step
from samspil.elsewhere.models import Preference
from samspil.organisation.models import Colleague


def prefer(*, colleague: Colleague, when: str) -> Preference:
    """Say when one is told outside of Samspil: away, always or never. What came back before is forgotten: one tries again."""
    with step():
        row, _ = Preference.objects.update_or_create(
            colleague=colleague, defaults={"when": Preference.When(when), "unreachable": ""}
        )
    return row
