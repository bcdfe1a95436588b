"""The saved segments, and who is in one of them now."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.identity.actions.segments import bring_back_segment, end_segment
from samspil.identity.models import Segment
from samspil.identity.queries.segments import PAGE, TooSlow, WrongFilter, count, members, owns, read_filter
from samspil.identity.queries.segments import segment as one
from samspil.identity.queries.segments import segments as all_of
from samspil.identity.rules.segment import Own, words_of, write
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import Right, may
from samspil.organisation.ui.guard import me
from samspil.screens.segments.queries import rows
from samspil.screens.segments.views.common import language
from samspil.screens.segments.views.words import told

_REFUSALS = {
    "identity.segment_no_name": gettext_lazy("Give the segment a name."),
    "identity.segment_everybody": gettext_lazy("Say who is in it: a segment of everybody is the list of consumers."),
    "identity.too_slow": gettext_lazy("This takes too long. Narrow it down, for instance by a network or a date."),
    "samspil.not_allowed": gettext_lazy("Only whoever made a segment, or an administrator, can change it."),
}


def refusal(error: SamspilError) -> str:
    """Why something was refused, in the reader's language."""
    return str(_REFUSALS.get(error.code) or error)


def line_of(row: Segment, own: list[Own]) -> tuple[str, str]:
    """A segment's line in the reader's language, and what is wrong with it, "" when it can be read."""
    try:
        return write(read_filter(row.filter, own), own, language()), ""
    except WrongFilter as error:
        return row.filter, told(error, words_of(own), language())


def may_change(row: Segment, by: Colleague) -> bool:
    """Whether the colleague may change or end it."""
    return row.by_id == by.pk or may(by, Right.SEGMENTS)


@login_required
@require_GET
def segments(request: HttpRequest) -> HttpResponse:
    """The list; ``?ended=`` offers to take back that one was ended. Three statements at most."""
    by, own = me(request), owns()
    lines = [{"segment": row, "line": line, "wrong": wrong} for row in all_of(by=by) for line, wrong in [line_of(row, own)]]
    context: dict[str, Any] = {"section": "consumers", "lines": lines}
    if "ended" in request.GET:
        try:
            gone = one(UUID(request.GET["ended"]), by=by)
        except (ValueError, NotFound):
            gone = None
        if gone is not None and gone.ended_at:
            said = _("“%(name)s” is not kept any more") % {"name": gone.name}
            context["toast"] = {"text": said, "undo": reverse("segment_undo", args=[gone.pk])}
    return render(request, "segments/segments.html", context)


@login_required
@require_GET
def segment(request: HttpRequest, ident: UUID) -> HttpResponse:
    """One and its people; ``?after=`` goes on where a page ended."""
    by = me(request)
    row, own = one(ident, by=by), owns()
    line, wrong = line_of(row, own)
    context = {"section": "consumers", "segment": row, "line": line, "wrong": wrong, "may_change": may_change(row, by)}
    try:
        after = UUID(request.GET.get("after", ""))
    except ValueError:
        after = None
    going_on = after is not None and bool(request.headers.get("HX-Request"))
    if not wrong:
        try:
            found = members(row.filter, by=by, after=after, limit=PAGE + 1, own=own)
            context |= {"people": rows(by, found[:PAGE]), "more": found[PAGE - 1] if len(found) > PAGE else None}
            if not going_on:
                context["number"] = count(row.filter, by=by, own=own)
        except TooSlow as error:
            context["slow"] = refusal(error)
    return render(request, "segments/parts/people.html" if going_on else "segments/segment.html", context)


@login_required
@require_POST
def end(request: HttpRequest, ident: UUID) -> HttpResponse:
    """It is not kept any more; the list says so and offers to take it back."""
    try:
        end_segment(segment=ident, by=me(request), at=now())
    except NotAllowed as error:
        messages.error(request, refusal(error))
        return redirect("segment", ident=ident)
    return redirect(f"{reverse('segments')}?ended={ident}")


@login_required
@require_POST
def undo(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Bring an ended one back."""
    address = reverse("segment", args=[ident])
    try:
        bring_back_segment(segment=ident, by=me(request))
    except NotAllowed as error:
        messages.error(request, refusal(error))
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
