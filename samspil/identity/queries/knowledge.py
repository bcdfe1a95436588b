"""What is known of a person besides handles: notes, files, details, marks; over all handles that are theirs now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as grown
from datetime import date
from uuid import UUID

from samspil.base import sql
from samspil.base.question import Question
from samspil.identity.models import Detail, Field, File, Mark, Note
from samspil.identity.rules.details import DETAILS, MANY

NOTES = 50
FILES = 100


_NOTES = Question(
    lambda consumer: (
        Note.objects.filter(handle__links__consumer=consumer, handle__links__ended_at=None, deleted_at=None)
        .select_related("handle", "by")
        .order_by("-at", "-id")[:NOTES]
    )
)
_FILES = Question(
    lambda consumer: (
        File.objects.filter(handle__links__consumer=consumer, handle__links__ended_at=None, deleted_at=None)
        .select_related("handle", "by")
        .order_by("-at", "-id")[:FILES]
    )
)
_DETAILS = Question(
    lambda consumer: (
        Detail.objects.filter(handle__links__consumer=consumer, handle__links__ended_at=None, ended_at=None)
        .select_related("handle", "by")
        .order_by("-at", "-id")
    )
)
_MARKS = Question(
    lambda consumer: (
        Mark.objects.filter(handle__links__consumer=consumer, handle__links__ended_at=None, ended_at=None)
        .select_related("by")
        .order_by("at", "id")
    )
)


def notes_of(consumer: UUID) -> Sequence[Note]:
    """The notes about a person, newest first. One statement."""
    return _NOTES(consumer)


def files_of(consumer: UUID) -> Sequence[File]:
    """The files about a person, newest first. One statement."""
    return _FILES(consumer)


def file_of(file: UUID) -> File | None:
    """One file that is not deleted, of a handle that somebody has. One statement."""
    return File.objects.filter(pk=file, deleted_at=None, handle__links__ended_at=None).first()


def marks_of(consumer: UUID) -> Mapping[UUID, Sequence[Mark]]:
    """{handle: its marks now} of a person. One statement."""
    found: dict[UUID, list[Mark]] = {}
    for row in _MARKS(consumer):
        found.setdefault(row.handle_id, []).append(row)
    return found


@dataclass(slots=True, kw_only=True)
class Known:
    """All that is known in one word or attribute.

    ``name`` "" where the word is one of rules.details. ``values`` stand; ``also`` are other answers to a question that has one, of other
    handles or older. ``past`` are over. Each newest first.
    """

    field: str
    kind: str
    name: str = ""
    choices: Sequence[str] = ()
    many: bool = False
    values: list[Detail] = grown(default_factory=list)
    also: list[Detail] = grown(default_factory=list)
    past: list[Detail] = grown(default_factory=list)


def known_of(consumer: UUID, *, today: date, fields: Sequence[Field] | None = None) -> Sequence[Known]:
    """What is known, the words of every installation first, then the organisation's own in their order, empty ones among these too.

    What is kept in an archived attribute is left out. Two statements, one with ``fields``.
    """
    own = {f.slug: f for f in (fields_now() if fields is None else fields)}
    known: dict[str, Known] = {}
    for slug, shape in DETAILS.items():
        known[slug] = Known(field=slug, kind=shape, many=slug in MANY)
    for slug, row in own.items():
        known[slug] = Known(field=slug, kind=row.kind, name=row.name, choices=row.choices)
    for detail in _DETAILS(consumer):
        into = known.get(detail.field)
        if into is not None:
            _sort(into, detail, today)
    return [k for k in known.values() if k.values or k.also or k.past or k.name]


def _sort(into: Known, detail: Detail, today: date) -> None:
    if detail.until is not None and detail.until <= today:
        into.past.append(detail)
    elif any(d.value == detail.value for d in into.values):
        return  # the same said at two handles is one answer
    elif into.many or not into.values:
        into.values.append(detail)
    elif all(d.value != detail.value for d in into.also):
        into.also.append(detail)


_FIELDS = Question(lambda: Field.objects.filter(archived_at=None).order_by("place", "name"))


def fields_now() -> Sequence[Field]:
    """The organisation's own attributes that are in use, in their order. One statement."""
    return _FIELDS()


def fields_all() -> Sequence[Field]:
    """Every attribute, the archived ones last. One statement."""
    return sorted(Field.objects.order_by("place", "name"), key=lambda row: row.archived_at is not None)


def detail(ident: UUID) -> Detail | None:
    """One detail, also one that is believed no more. One statement."""
    return Detail.objects.filter(pk=ident).first()


def note(ident: UUID) -> Note | None:
    """One note, also one that is gone. One statement."""
    return Note.objects.filter(pk=ident).first()


def shape_of(name: str, fields: Sequence[Field]) -> str:
    """The kind of a word or an own attribute; text for what nobody knows."""
    return DETAILS.get(name) or next((f.kind for f in fields if f.slug == name), "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Perhaps:
    """Another person who may be the same: by which two handles, how probable from 0 to 1, and the kinds of evidence for it."""

    mine: UUID
    theirs: UUID
    consumer: UUID
    name: str
    network: str
    address: str
    probability: float
    kinds: Sequence[str]


_PERHAPS = (
    "SELECT DISTINCT ON (o.consumer_id) p.mine, p.theirs, o.consumer_id, coalesce(nullif(k.name, ''), h.address), h.network,"
    " coalesce(nullif(h.name, ''), h.address), p.probability, p.parts FROM ("
    " SELECT s.one_id AS mine, s.other_id AS theirs, s.probability, s.parts FROM identity_link l JOIN identity_suggestion s"
    "  ON s.one_id = l.handle_id AND s.state = 'open' WHERE l.consumer_id = %(c)s AND l.ended_at IS NULL"
    " UNION ALL SELECT s.other_id, s.one_id, s.probability, s.parts FROM identity_link l JOIN identity_suggestion s"
    "  ON s.other_id = l.handle_id AND s.state = 'open' WHERE l.consumer_id = %(c)s AND l.ended_at IS NULL) p"
    " JOIN identity_link o ON o.handle_id = p.theirs AND o.ended_at IS NULL AND o.consumer_id <> %(c)s"
    " JOIN identity_consumer k ON k.id = o.consumer_id JOIN intake_handle h ON h.id = p.theirs"
    " ORDER BY o.consumer_id, p.probability DESC, p.theirs"
)


def perhaps_also(consumer: UUID, *, limit: int = 3) -> Sequence[Perhaps]:
    """Who may be the same person, by the suggestions that wait for an answer; the most probable first. One statement."""
    found = [
        Perhaps(
            mine=row[0],
            theirs=row[1],
            consumer=row[2],
            name=row[3],
            network=row[4],
            address=row[5],
            probability=float(row[6]),
            kinds=[str(part.get("kind")) for part in row[7] if float(part.get("bits", 0)) > 0 and part.get("kind") != "prior"],
        )
        for row in sql.run(_PERHAPS, {"c": consumer})
    ]
    return sorted(found, key=lambda p: (-p.probability, p.theirs))[:limit]
