"""What came to where a colleague answers, and was not sent on: a person decides."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from samspil.base.clock import now
from samspil.elsewhere.actions import drop, it_was_me, use_as_note
from samspil.look.answers import tell
from samspil.organisation.models import Colleague
from samspil.screens.desk.views.common import for_colleague

VERBS = {"mine": it_was_me, "note": use_as_note, "drop": drop}


@for_colleague("POST")
def decide(request: HttpRequest, me: Colleague, arrival: UUID, verb: str) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """Send it on as the colleague's own, keep it as a note, or drop it."""
    if verb not in VERBS:
        raise Http404
    row = VERBS[verb](arrival=arrival, by=me, at=now())
    words = {
        "answered": _("It is sent in their name"),
        "noted": _("Kept as a note"),
        "dropped": _("Dropped"),
    }.get(row.verdict, _("It could not be sent; the colleague is told why"))
    return tell(HttpResponse(status=204), changed=[row.about.pk] if row.about else [], toast=words)
