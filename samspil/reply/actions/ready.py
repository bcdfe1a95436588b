"""Ready texts: kept, changed, taken out of use and back again."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import step
from samspil.organisation.models import Colleague, Unit
from samspil.organisation.queries.rights import Right, may
from samspil.reply.actions.write import Empty
from samspil.reply.models import Canned
from samspil.reply.rules import unknown_variables

LONGEST = 8000


class KeyTaken(SamspilError):
    """Another ready text has this key."""

    code = "reply.key_taken"


class UnknownVariable(SamspilError):
    """Nothing is known under that name that could be filled in."""

    code = "reply.unknown_variable"


def make_canned(*, key: str, name: str, text: str, text_en: str = "") -> Canned:
    """Keep a ready text under a key, for Samspil itself. Raises Empty."""
    if not key.strip() or not text.strip():
        raise Empty("A ready text needs a key and a text")
    with step():
        row, _ = Canned.objects.update_or_create(
            key=_bare(key), ended_at=None, defaults={"name": name[:120], "text": text, "text_en": text_en}
        )
    return row


def keep_ready(
    *,
    by: Colleague,
    at: datetime,
    key: str,
    name: str,
    text: str,
    text_en: str = "",
    unit: Unit | None = None,
    ready: UUID | None = None,
) -> Canned:
    """Keep a ready text, or change the one named. Raises NotAllowed, NotFound, Empty, KeyTaken, UnknownVariable."""
    _may(by)
    if not _bare(key) or not text.strip():
        raise Empty("A ready text needs a key and a text")
    wrong = [*unknown_variables(text), *unknown_variables(text_en)]
    if wrong:
        raise UnknownVariable(", ".join(f"{{{each}}}" for each in wrong))
    values = {
        "key": _bare(key),
        "name": name.strip()[:120] or _bare(key),
        "text": text.strip()[:LONGEST],
        "text_en": text_en.strip()[:LONGEST],
        "unit": unit,
        "changed_at": at,
        "changed_by": by,
    }
    with step():
        row = _one(ready) if ready else Canned()
        for field, value in values.items():
            setattr(row, field, value)
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            raise KeyTaken(f"/{row.key} is another text's key") from error
    return row


def end_ready(*, ready: UUID, by: Colleague, at: datetime) -> Canned:
    """Take a ready text out of use. Raises NotAllowed, NotFound."""
    _may(by)
    with step():
        row = _one(ready)
        row.ended_at, row.changed_at, row.changed_by = at, at, by
        row.save(update_fields=["ended_at", "changed_at", "changed_by"])
    return row


def bring_back(*, ready: UUID, by: Colleague, at: datetime) -> Canned:
    """The undo of that. Raises NotAllowed, NotFound, KeyTaken."""
    _may(by)
    with step():
        row = Canned.objects.select_for_update().filter(pk=ready, ended_at__isnull=False).first()
        if row is None:
            raise NotFound("There is no such text out of use")
        row.ended_at, row.changed_at, row.changed_by = None, at, by
        try:
            with transaction.atomic():
                row.save(update_fields=["ended_at", "changed_at", "changed_by"])
        except IntegrityError as error:
            raise KeyTaken(f"/{row.key} is another text's key") from error
    return row


def _one(ready: UUID) -> Canned:
    row = Canned.objects.select_for_update(of=("self",)).filter(pk=ready, ended_at=None).first()
    if row is None:
        raise NotFound("There is no such ready text")
    return row


def _may(by: Colleague) -> None:
    if not may(by, Right.READY):
        raise NotAllowed("Your role does not let you change ready texts")


def _bare(key: str) -> str:
    return "".join(key.split()).strip("/").lower()[:40]
