"""Keeping segments: a name for a description, changed, ended and brought back by whoever made it."""

from datetime import datetime
from uuid import UUID

from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import step
from samspil.identity.models import Field, Segment
from samspil.identity.rules.segment import Own, WrongFilter, read, write
from samspil.identity.rules.segment.tree import LONGEST
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import Right, may


class NoName(SamspilError):
    """A segment needs a name."""

    code = "identity.segment_no_name"


class Everybody(SamspilError):
    """A description that asks for nothing is no segment."""

    code = "identity.segment_everybody"


def save_segment(*, name: str, filter: str, by: Colleague, at: datetime, shared: bool = False) -> Segment:  # noqa: A002
    """A new segment. Raises NoName, Everybody, WrongFilter."""
    with step():
        return Segment.objects.create(name=_name(name), filter=_line(filter), by=by, shared=shared, at=at)


def change_segment(*, segment: UUID, name: str, filter: str, by: Colleague, shared: bool) -> Segment:  # noqa: A002
    """Another name or description. Raises NotFound, NotAllowed (somebody else's), NoName, Everybody, WrongFilter."""
    with step():
        row = _mine(segment, by)
        row.name, row.filter, row.shared = _name(name), _line(filter), shared
        row.save(update_fields=["name", "filter", "shared"])
    return row


def end_segment(*, segment: UUID, by: Colleague, at: datetime) -> None:
    """It is not kept any more. Raises NotFound, NotAllowed."""
    with step():
        row = _mine(segment, by)
        row.ended_at = row.ended_at or at
        row.save(update_fields=["ended_at"])


def bring_back_segment(*, segment: UUID, by: Colleague) -> Segment:
    """Undo of ending it. Raises NotFound, NotAllowed."""
    with step():
        row = _mine(segment, by)
        row.ended_at = None
        row.save(update_fields=["ended_at"])
    return row


def _mine(segment: UUID, by: Colleague) -> Segment:
    row = Segment.objects.select_for_update().filter(pk=segment).first()
    if row is None or (row.by_id != by.pk and not row.shared):
        raise NotFound("no such segment")
    if row.by_id != by.pk and not may(by, Right.SEGMENTS):
        raise NotAllowed("Only whoever made a segment, or whose role allows it, can change it")
    return row


def _name(name: str) -> str:
    plain = " ".join(name.replace("\x00", "").split())[:80]
    if not plain:
        raise NoName("Give the segment a name")
    return plain


def _line(text: str) -> str:
    own = [Own(f.slug, f.kind, f.name, tuple(str(c) for c in f.choices)) for f in Field.objects.filter(archived_at=None)]
    line = write(read(text, own), own)
    if not line:
        raise Everybody("Say who is in it; a segment of everybody is the list of consumers")
    if len(line) > LONGEST:  # written out in English it may have grown
        raise WrongFilter(LONGEST + 1, "long", expected=(str(LONGEST),))
    return line
