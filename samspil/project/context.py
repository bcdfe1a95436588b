"""What the shell of every page needs."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from samspil.conversation.queries import counts, saved_filters
from samspil.organisation.models import Colleague
from samspil.organisation.queries import organisation
from samspil.project.settings import settings


def shell(request: HttpRequest) -> dict[str, Any]:
    """Menu, counts, addresses; nothing for those who have not signed in, and nothing for a part of a page."""
    user = getattr(request, "user", None)
    theme = user.theme if isinstance(user, Colleague) else request.COOKIES.get("theme", "auto")
    context: dict[str, Any] = {"theme": theme, "colleague": None}
    if not isinstance(user, Colleague) or request.headers.get("HX-Request"):
        return context
    here = organisation()
    return {
        **context,
        "colleague": user,
        "organisation": here,
        "counts": counts(by=user),
        "saved_filters": saved_filters(user),
        "live_url": settings().live_address(request.get_host()),
    }


def menu(section: str, counted: dict[str, int]) -> list[dict[str, Any]]:
    """The main menu; each entry is {key, href, label, icon, count}."""
    return [
        {"key": "desk", "href": reverse("desk"), "label": _("Conversations"), "icon": "inbox", "count": counted.get("mine", 0)},
        {"key": "consumers", "href": reverse("consumers"), "label": _("Consumers"), "icon": "users", "count": 0},
        {"key": "organisation", "href": reverse("organisation"), "label": _("Organisation"), "icon": "workflow", "count": 0},
    ]
