"""What identity holds of a person, and how it is forgotten."""

from contextlib import suppress
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from samspil.base import blobs
from samspil.base.flow import step
from samspil.identity.models import (
    Consumer,
    Decision,
    Detail,
    Field,
    File,
    Key,
    Link,
    Mark,
    Note,
    Profile,
    Suggestion,
    Veto,
)


def handles_of(consumer: UUID) -> list[UUID]:
    """Every handle that is the consumer's now: what is forgotten with the person."""
    return list(Link.objects.filter(consumer=consumer, ended_at=None).values_list("handle_id", flat=True))


def export_of(*, consumer: UUID) -> dict[str, Any]:
    """The person's name, why each handle is believed to be theirs, and all that is known of them, as JSON values.

    Of what was compared with other people only the own side is told.
    """
    row = Consumer.objects.get(pk=consumer)
    links = Link.objects.filter(consumer=consumer).select_related("handle").order_by("began_at", "id")
    handles = handles_of(consumer)
    return {
        "name": row.name,
        "place": row.place,
        "since": row.since.isoformat(),
        "links": [
            {
                "handle": str(link.handle),
                "evidence": link.evidence,
                "from": link.began_at.isoformat(),
                "until": link.ended_at.isoformat() if link.ended_at else None,
            }
            for link in links
        ],
        **_known_of(handles),
    }


def _known_of(handles: list[UUID]) -> dict[str, Any]:
    details = Detail.objects.filter(handle__in=handles).select_related("handle").order_by("at", "id")
    names = dict(Field.objects.values_list("slug", "name"))
    return {
        "details": [
            {
                "what": names.get(d.field, d.field),
                "value": d.value,
                "since": _day(d.since),
                "until": _day(d.until),
                "handle": str(d.handle),
                "source": d.source,
                "noted": d.at.isoformat(),
                "believed_until": d.ended_at.isoformat() if d.ended_at else None,
            }
            for d in details
        ],
        "notes": [
            {"at": n.at.isoformat(), "text": n.text, "deleted": n.deleted_at is not None}
            for n in Note.objects.filter(handle__in=handles).order_by("at", "id")
        ],
        "files": [
            {"at": f.at.isoformat(), "name": f.name, "type": f.content_type, "bytes": f.size, "deleted": f.deleted_at is not None}
            for f in File.objects.filter(handle__in=handles).order_by("at", "id")
        ],
        "marks": [
            {
                "handle": str(m.handle),
                "mark": m.kind,
                "why": m.why,
                "from": m.at.isoformat(),
                "until": m.ended_at.isoformat() if m.ended_at else None,
            }
            for m in Mark.objects.filter(handle__in=handles).select_related("handle").order_by("at", "id")
        ],
        **_compared(set(handles)),
    }


def _compared(handles: set[UUID]) -> dict[str, Any]:
    pair = Q(one__in=handles) | Q(other__in=handles)
    suggestions = Suggestion.objects.filter(pair).select_related("one", "other").order_by("found_at", "id")
    vetoes = Veto.objects.filter(pair).select_related("one", "other").order_by("at", "id")
    return {
        "perhaps_the_same_as_another": [
            {
                "handle": str(s.one if s.one_id in handles else s.other),
                "probability": round(s.probability, 3),
                "compared": sorted({str(part.get("kind", "")) for part in s.parts}),
                "found": s.found_at.isoformat(),
                "answer": s.state,
            }
            for s in suggestions
        ],
        "not_the_same_as": [
            {
                "handle": str(v.one if v.one_id in handles else v.other),
                "why": v.why,
                "from": v.at.isoformat(),
                "until": v.lifted_at.isoformat() if v.lifted_at else None,
            }
            for v in vetoes
        ],
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def forget(*, consumer: UUID) -> None:
    """Delete everything about the person, and the person where nothing else names them. Later stages forget first, intake after."""
    with step():
        handles = handles_of(consumer)
        earlier = _names_of(consumer, handles)
        forget_handles(handles=handles)
        Link.objects.filter(consumer=consumer).delete()
        Link.objects.filter(from_consumer=consumer).update(from_consumer=None)
        _delete_decisions(Q(kept=consumer) | Q(absorbed=consumer))
        Consumer.objects.filter(pk=consumer).delete()
        for one in earlier - set(Link.objects.filter(consumer__in=earlier).values_list("consumer", flat=True)):
            Link.objects.filter(from_consumer=one).update(from_consumer=None)
            _delete_decisions(Q(kept=one) | Q(absorbed=one))
            Consumer.objects.filter(pk=one).update(name="", folded="", place="", language="")
            _delete_alone(one)


def forget_handles(*, handles: list[UUID]) -> None:
    """Delete everything that hangs on these handles, their links among it. Joins the caller's step."""
    with step():
        pair = Q(one__in=handles) | Q(other__in=handles)
        Suggestion.objects.filter(pair).delete()
        Veto.objects.filter(pair).delete()
        files = list(File.objects.filter(handle__in=handles).values_list("digest", flat=True))
        kept: tuple[type[Mark | Key | Profile | Detail | Note | File], ...] = (Mark, Key, Profile, Detail, Note, File)
        for model in kept:
            model.objects.filter(handle__in=handles).delete()
        transaction.on_commit(lambda: _release(files))
        Link.objects.filter(via__in=handles).update(via=None)
        Link.objects.filter(handle__in=handles).delete()


def _release(files: list[str]) -> None:
    # Not before the rows are gone for good: a step that is rolled back must find its files.
    with transaction.atomic():
        blobs.release(files)


def _names_of(consumer: UUID, handles: list[UUID]) -> set[UUID]:
    """Consumers that these handles were before somebody joined them: their rows still bear the person's name."""
    found = set(Link.objects.filter(handle__in=handles).values_list("consumer", flat=True))
    found |= set(Decision.objects.filter(kept=consumer, kind="join", undone_at=None).values_list("absorbed", flat=True))
    return found - {consumer}


def _delete_alone(consumer: UUID) -> None:
    """The row goes where no later stage names it; without a name it says nothing of anybody where one does."""
    with suppress(IntegrityError), transaction.atomic():
        Consumer.objects.filter(pk=consumer).delete()


def _delete_decisions(which: Q) -> None:
    decisions = Decision.objects.filter(which)
    Link.objects.filter(decision__in=decisions).update(decision=None)
    Veto.objects.filter(decision__in=decisions).update(decision=None)
    Suggestion.objects.filter(decision__in=decisions).update(decision=None)
    _delete_undos(list(decisions.values_list("pk", flat=True)))
    decisions.delete()


def _delete_undos(decisions: list[UUID]) -> None:
    undos = list(Decision.objects.filter(undoes__in=decisions).values_list("pk", flat=True))
    if undos:
        _delete_undos(undos)
        Veto.objects.filter(decision__in=undos).update(decision=None)
        Decision.objects.filter(pk__in=undos).delete()
