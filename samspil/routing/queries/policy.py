"""How the organisation wants work shared out."""

from samspil.base.question import Question
from samspil.routing.models import Policy

_POLICY = Question(lambda: Policy.objects.order_by("pk")[:1])


def policy() -> Policy:
    """What was set, or what is usual."""
    return _POLICY.first() or Policy()
