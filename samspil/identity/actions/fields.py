"""The organisation's own attributes, and what is known of a person in them and in the words that every installation has."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.utils.text import slugify

from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.base.text import fold
from samspil.identity.actions.knowledge import ChangedMeanwhile
from samspil.identity.facts import FieldsChanged, KnowledgeChanged
from samspil.identity.models import Detail, Field
from samspil.identity.queries import owner_of
from samspil.identity.rules.details import DETAILS, tidy
from samspil.intake.models import Handle
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import Right, may

SOURCE = "colleague"
"""The source of what a colleague wrote."""


class NotSo(SamspilError):
    """The value is not of the attribute's kind. The message says why."""

    code = "identity.not_so"


class NoSuchField(SamspilError):
    """There is no attribute of that name, or it is archived."""

    code = "identity.no_such_field"


class NameMissing(SamspilError):
    """An attribute needs a name."""

    code = "identity.name_missing"


class ChoicesMissing(SamspilError):
    """A choice needs at least one value to choose."""

    code = "identity.choices_missing"


class WrongWay(SamspilError):
    """It ends before it begins."""

    code = "identity.wrong_way"


def make_field(*, name: str, kind: str, choices: Sequence[str] = (), by: Colleague, at: datetime) -> Field:
    """Make an attribute. Raises NotAllowed, NameMissing, ChoicesMissing, ValueError (no such kind)."""
    _administers(by)
    called, kind = _name(name), Field.Kind(kind).value
    values = _choices(kind, choices)
    with step():
        taken = {*DETAILS, *Field.objects.select_for_update().values_list("slug", flat=True)}
        base = slugify(fold(called))[:50] or "field"
        slug = next(s for s in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if s not in taken)
        row = Field.objects.create(slug=slug, name=called, kind=kind, choices=values, place=min(len(taken), 32_000))
        publish(FieldsChanged(field=slug, at=at, by=by.pk))
    return row


def change_field(*, field: str, name: str, choices: Sequence[str] = (), by: Colleague, at: datetime) -> Field:
    """Give an attribute another name, or other values to choose; its kind stays, so that what is known stays true. Raises as make_field."""
    _administers(by)
    called = _name(name)
    with step():
        row = _field(field)
        row.name, row.choices = called, _choices(row.kind, choices)
        row.save(update_fields=["name", "choices"])
        publish(FieldsChanged(field=field, at=at, by=by.pk))
    return row


def order_fields(*, fields: Sequence[str], by: Colleague, at: datetime) -> None:
    """Put the attributes in this order; those not named come after. Raises NotAllowed."""
    _administers(by)
    with step():
        rows = list(Field.objects.select_for_update().order_by("place", "name"))
        wanted = {slug: place for place, slug in enumerate(fields)}
        rows.sort(key=lambda row: wanted.get(row.slug, len(wanted)))
        for place, row in enumerate(rows):
            row.place = place
        Field.objects.bulk_update(rows, ["place"])
        publish(FieldsChanged(field=fields[0] if fields else "", at=at, by=by.pk))


def archive_field(*, field: str, by: Colleague, at: datetime, archived: bool = True) -> Field:
    """Offer an attribute no more; what is known in it stays and comes back with it. Raises NotAllowed, NoSuchField."""
    _administers(by)
    with step():
        row = _field(field)
        row.archived_at = (row.archived_at or at) if archived else None
        row.save(update_fields=["archived_at"])
        publish(FieldsChanged(field=field, at=at, by=by.pk))
    return row


def add_detail(
    *,
    handle: UUID,
    field: str,
    value: str,
    by: Colleague | None,
    at: datetime,
    since: date | None = None,
    until: date | None = None,
    source: str = SOURCE,
) -> Detail:
    """Note something known of a person. The same said again gives what is there.

    Raises NotFound, NoSuchField, NotSo, WrongWay.
    """
    kept = _tidied(field, value)
    _in_order(since, until)
    with step():
        if Handle.objects.select_for_update().filter(pk=handle).first() is None:
            raise NotFound("no such handle")
        same = Detail.objects.filter(handle=handle, field=field, value=kept, since=since, until=until, ended_at=None).first()
        if same is not None:
            return same
        row = Detail.objects.create(
            handle_id=handle, field=field, value=kept, since=since, until=until, source=source[:40], at=at, by=by
        )
        _told(handle, by, at)
    return row


def correct_detail(
    *, detail: UUID, value: str, by: Colleague, at: datetime, since: date | None = None, until: date | None = None
) -> Detail:
    """Put another value in a detail's place, or say when it was true; the old one is kept.

    Raises NotFound, NoSuchField, NotSo, WrongWay, ChangedMeanwhile.
    """
    with step():
        old = _detail(detail)
        kept = _tidied(old.field, value)
        _in_order(since, until)
        _end(old, by, at)
        row = Detail.objects.create(
            handle_id=old.handle_id, field=old.field, value=kept, since=since, until=until, source=SOURCE, at=at, by=by
        )
        _told(old.handle_id, by, at)
    return row


def end_detail(*, detail: UUID, by: Colleague, at: datetime) -> Detail:
    """We do not believe it any more. Raises NotFound, ChangedMeanwhile."""
    with step():
        row = _detail(detail)
        _end(row, by, at)
        _told(row.handle_id, by, at)
    return row


def restore_detail(*, detail: UUID, by: Colleague, at: datetime, instead_of: UUID | None = None) -> Detail:
    """Bring a detail back, and end what came in its place. Raises NotFound, ChangedMeanwhile."""
    with step():
        row = _detail(detail)
        if not Detail.objects.filter(pk=detail, ended_at__isnull=False).update(ended_at=None, ended_by=None):
            raise ChangedMeanwhile("It is there already")
        if instead_of is not None:
            _end(_detail(instead_of), by, at)
        _told(row.handle_id, by, at)
    return row


def _administers(by: Colleague) -> None:
    if not may(by, Right.ATTRIBUTES):
        raise NotAllowed("Your role does not allow that")


def _name(name: str) -> str:
    called = " ".join(name.replace("\x00", "").split())[:80]
    if not called:
        raise NameMissing("Give it a name")
    return called


def _choices(kind: str, choices: Sequence[str]) -> list[str]:
    if kind != Field.Kind.CHOICE:
        return []
    values = list(dict.fromkeys(filter(None, (" ".join(c.replace("\x00", "").split())[:200] for c in choices))))
    if not values:
        raise ChoicesMissing("Write at least one value to choose")
    return values


def _field(field: str) -> Field:
    row = Field.objects.select_for_update().filter(slug=field).first()
    if row is None:
        raise NoSuchField("There is no such attribute")
    return row


def _tidied(field: str, value: str) -> str:
    shape: str | None = DETAILS.get(field)
    choices: list[str] = []
    if shape is None:
        row = Field.objects.filter(slug=field, archived_at=None).first()
        if row is None:
            raise NoSuchField("There is no such attribute, or it is archived")
        shape, choices = row.kind, row.choices
    try:
        kept = tidy(shape, value)
    except ValueError as error:
        raise NotSo(str(error)) from None
    if shape == Field.Kind.CHOICE and kept not in choices:
        raise NotSo("is not among the values to choose")
    return kept


def _in_order(since: date | None, until: date | None) -> None:
    if since and until and until < since:
        raise WrongWay("It ends before it begins")


def _detail(detail: UUID) -> Detail:
    row = Detail.objects.select_for_update().filter(pk=detail).first()
    if row is None:
        raise NotFound("no such detail")
    return row


def _end(row: Detail, by: Colleague, at: datetime) -> None:
    if row.ended_at is not None:
        raise ChangedMeanwhile("Somebody has changed it meanwhile")
    Detail.objects.filter(pk=row.pk).update(ended_at=at, ended_by=by)


def _told(handle: UUID, by: Colleague | None, at: datetime) -> None:
    publish(KnowledgeChanged(handle=handle, consumer=owner_of(handle), what="detail", at=at, by=by.pk if by else None))
