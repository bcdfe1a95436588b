"""What the pages of segments share."""

from django.http import HttpRequest
from django.utils.translation import get_language

from samspil.base.errors import NotAllowed
from samspil.organisation.models import Colleague


def me(request: HttpRequest) -> Colleague:
    """The colleague who asks. Raises NotAllowed for anybody else."""
    if not isinstance(request.user, Colleague):
        raise NotAllowed("Sign in first")
    return request.user


def language() -> str:
    """The reader's: da or en."""
    return "da" if (get_language() or "da").startswith("da") else "en"


def typed(text: str, longest: int = 2100) -> str:
    """What was typed, without what no database takes. A little longer than a filter may be, so that one hears it."""
    return text.replace("\x00", "").strip()[:longest]
