"""What the shell of every page needs."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from samspil.base.models import FactRow
from samspil.conversation.queries import counts, saved_filters
from samspil.organisation.models import Colleague
from samspil.organisation.queries import organisation
from samspil.project.settings import settings


def shell(request: HttpRequest) -> dict[str, Any]:
    """Menu, counts and addresses by the names that look/base.html reads; little for a part of a page or a stranger."""
    user = getattr(request, "user", None)
    if not isinstance(user, Colleague):
        here = organisation()
        return {"colleague": None, "theme": request.COOKIES.get("theme", "auto"), "brand": here.name if here else "Samspil"}
    context: dict[str, Any] = {"colleague": user, "theme": user.theme, "single_keys": user.single_keys}
    if request.headers.get("HX-Request"):
        return context
    here = organisation()
    counted = counts(by=user)
    return {
        **context,
        "brand": here.name if here else "Samspil",
        "home_url": reverse("desk"),
        "counts": counted,
        "nav": menu(user, counted),
        "me": {"name": user.name, "subtitle": user.title, "id": user.pk, "state": "away" if user.away_until else "on"},
        "me_menu": me_menu(user),
        "palette_url": reverse("palette"),
        "pulse_url": reverse("pulse"),
        "live_url": settings().live_address(request.get_host()) + "/events",
        "live_after": FactRow.objects.order_by("-id").values_list("id", flat=True).first() or 0,
        "live_kinds": "changed typing presence reset",
    }


def menu(user: Colleague, counted: dict[str, int]) -> list[dict[str, Any]]:
    """The main menu: what this colleague's role uses."""
    desk = reverse("desk")
    children = [
        {"key": "mine", "href": desk, "label": _("My turn"), "count": counted["mine"], "live_count": "mine", "shortcut": ""},
        {
            "key": "help",
            "href": f"{desk}?view=help",
            "label": _("Can I help?"),
            "count": counted["help"],
            "live_count": "help",
            "shortcut": "",
        },
        {
            "key": "open",
            "href": f"{desk}?view=open",
            "label": _("All open"),
            "count": counted["open"],
            "live_count": "open",
            "shortcut": "",
        },
    ]
    children += [
        {"key": f"saved-{f.pk}", "href": f"{desk}?saved={f.pk}", "label": f.name, "count": None, "shortcut": ""}
        for f in saved_filters(user)
    ]
    return [
        {
            "key": "desk", "href": desk, "label": _("Conversations"), "icon": "inbox", "count": counted["mine"], "live_count": "mine",
            "shortcut": "g s",
            "children": children,
        },
        {"key": "consumers", "href": reverse("consumers"), "label": _("Consumers"), "icon": "users", "count": 0, "shortcut": "g f"},
        {"key": "organisation", "href": reverse("organisation"), "label": _("Organisation"), "icon": "waypoints", "count": 0, "shortcut": "g o"},
    ]  # fmt: skip


def me_menu(user: Colleague) -> list[dict[str, Any]]:
    """What stands behind the avatar."""
    entries = [{"href": reverse("settings"), "label": _("Settings"), "icon": "settings", "post": False}]
    if user.role == Colleague.Role.ADMIN:
        entries.append({"href": reverse("accounts"), "label": _("Channels"), "icon": "plug", "post": False})
        entries.append({"href": reverse("health"), "label": _("Health"), "icon": "activity", "post": False})
    return [*entries, {"href": reverse("account_logout"), "label": _("Sign out"), "icon": "log-out", "post": True}]
