"""What the shell of every page needs."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from samspil.base import sql
from samspil.conversation.queries import counts
from samspil.organisation.models import Colleague
from samspil.organisation.queries import organisation
from samspil.organisation.queries.rights import Right, may
from samspil.project.settings import settings
from samspil.reply.queries.approval import YES_COUNT

# Some small things that every page shows, in one round trip.
_SHELL = (
    "SELECT (SELECT name FROM organisation ORDER BY id LIMIT 1), (SELECT max(id) FROM base_fact),"
    " (SELECT jsonb_agg(jsonb_build_object('id', id, 'name', name) ORDER BY place, name) FROM conversation_saved_filter WHERE colleague_id = %s),"
    " (SELECT count(*) FROM aside_member m JOIN aside a ON a.id = m.aside_id"
    "  WHERE m.colleague_id = %s AND m.state IN ('asked', 'seen') AND a.closed_at IS NULL),"
    f" ({YES_COUNT}), EXISTS (SELECT 1 FROM reply_approval_policy p WHERE p.ended_at IS NULL AND p.active"
    "  AND (p.unit_id = %s OR jsonb_exists(p.named, %s)))"
)


class Shown:
    """What a page offers: ``{% if rights.channels %}`` is whether the reader has that right anywhere. Asked for when it is read."""

    def __init__(self, by: Colleague) -> None:
        self.by = by

    def __getitem__(self, name: str) -> bool:
        return may(self.by, Right(name))


def shell(request: HttpRequest) -> dict[str, Any]:
    """Menu, counts and addresses by the names that look/base.html reads; little for a part of a page or a stranger."""
    user = getattr(request, "user", None)
    if not isinstance(user, Colleague):
        here = organisation()
        return {
            "colleague": None,
            "rights": {},
            "theme": request.COOKIES.get("theme", "auto"),
            "brand": here.name if here else "Samspil",
        }
    context: dict[str, Any] = {"colleague": user, "rights": Shown(user), "theme": user.theme, "single_keys": user.single_keys}
    if request.headers.get("HX-Request"):
        return context
    counted = counts(by=user)
    brand, last_fact, saved, asked, yes, is_asked = sql.run(
        _SHELL, [user.pk, user.pk, user.pk, user.unit_id if may(user, Right.APPROVALS) else None, str(user.pk)]
    )[0]
    counted |= {"asked": int(asked), "yes": int(yes), "has_yes": int(bool(yes or is_asked))}
    return {
        **context,
        "brand": brand or "Samspil",
        "home_url": reverse("desk"),
        "counts": counted,
        "nav": menu(counted, saved or []),
        "me": {"name": user.name, "subtitle": user.title, "id": user.pk, "state": "away" if user.away_until else "on"},
        "me_menu": me_menu(user),
        "palette_url": reverse("palette"),
        "pulse_url": reverse("pulse"),
        "live_url": settings().live_address(request.get_host()) + "/events",
        "live_after": last_fact or 0,
        "live_kinds": "changed typing presence reset",
    }


def menu(counted: dict[str, int], saved: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """The main menu, with a colleague's own saved filters."""
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
    children.append(
        {
            "key": "asked",
            "href": reverse("asides"),
            "label": _("Asked of me"),
            "count": counted["asked"],
            "live_count": "asked",
            "shortcut": "",
        }
    )
    if counted["has_yes"]:
        children.append(
            {
                "key": "yes",
                "href": reverse("approvals"),
                "label": _("Waits for your yes"),
                "count": counted["yes"],
                "live_count": "yes",
                "shortcut": "",
            }
        )
    children += [
        {"key": f"saved-{f['id']}", "href": f"{desk}?saved={f['id']}", "label": f["name"], "count": None, "shortcut": ""}
        for f in saved
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
    if may(user, Right.CHANNELS):
        entries.append({"href": reverse("accounts"), "label": _("Channels"), "icon": "plug", "post": False})
    if may(user, Right.HEALTH):
        entries.append({"href": reverse("health"), "label": _("Health"), "icon": "activity", "post": False})
    return [*entries, {"href": reverse("account_logout"), "label": _("Sign out"), "icon": "log-out", "post": True}]
