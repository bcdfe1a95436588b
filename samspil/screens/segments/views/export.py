"""A segment's people as a table, while it is read: of any size."""

import csv
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from samspil.identity.queries.segments import TooSlow, WrongFilter, members, owns, read_filter, segment
from samspil.identity.rules.segment import Node, Own, words_of
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having, me
from samspil.screens.segments.queries import exported
from samspil.screens.segments.views.common import language
from samspil.screens.segments.views.listing import refusal
from samspil.screens.segments.views.words import told

BATCH = 500
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|")


class _Echo:
    """What csv writes to: it gives the line back."""

    def write(self, text: str) -> str:
        return text


@having(Right.EXPORT)
@require_GET
def people(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """One line a person: id, name, place, language, since, last seen, addresses, companies. No texts of conversations."""
    by, own = me(request), owns()
    row = segment(ident, by=by)
    try:
        node = read_filter(row.filter, own)
        first = members(node, by=by, own=own, limit=BATCH)
    except WrongFilter as error:
        messages.error(request, told(error, words_of(own), language()))
        return redirect("segment", ident=ident)
    except TooSlow as error:
        messages.error(request, refusal(error))
        return redirect("segment", ident=ident)
    answer = StreamingHttpResponse(_lines(first, node, by, own), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{slugify(row.name) or "segment"}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


def _lines(first: Sequence[UUID], node: Node, by: Colleague, own: list[Own]) -> Iterator[str]:
    writer: Any = csv.writer(_Echo())
    heads = (_("id"), _("name"), _("place"), _("language"), _("with us since"), _("last seen"), _("addresses"), _("companies"))
    yield "\ufeff" + writer.writerow(heads)
    found = first
    while found:
        for cells in exported(found):
            yield writer.writerow([safe(c) for c in cells])
        found = members(node, by=by, own=own, limit=BATCH, after=found[-1]) if len(found) == BATCH else []


def safe(cell: Any) -> str:
    """A cell that no table program takes for a formula; times as ISO."""
    text = "" if cell is None else cell.isoformat(timespec="seconds") if hasattr(cell, "isoformat") else str(cell)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) or text.startswith(FORMULA) else text
