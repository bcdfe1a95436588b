"""What identity holds of a person, and how it is forgotten."""

from typing import Any
from uuid import UUID

from django.db.models import Q

from samspil.base import blobs
from samspil.base.flow import step
from samspil.identity.models import (
    Consumer,
    Decision,
    Detail,
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
    """The person's name and why each handle is believed to be theirs, as JSON values."""
    row = Consumer.objects.get(pk=consumer)
    links = Link.objects.filter(consumer=consumer).select_related("handle").order_by("began_at", "id")
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
    }


def forget(*, consumer: UUID) -> None:
    """Delete everything about the person, and the person where nothing else names them. Later stages forget first, intake after."""
    with step():
        handles = handles_of(consumer)
        pair = Q(one__in=handles) | Q(other__in=handles)
        Suggestion.objects.filter(pair).delete()
        Veto.objects.filter(pair).delete()
        files = list(File.objects.filter(handle__in=handles).values_list("digest", flat=True))
        kept: tuple[type[Mark | Key | Profile | Detail | Note | File], ...] = (Mark, Key, Profile, Detail, Note, File)
        for model in kept:
            model.objects.filter(handle__in=handles).delete()
        blobs.release(files)
        Link.objects.filter(via__in=handles).update(via=None)
        Link.objects.filter(handle__in=handles).delete()
        Link.objects.filter(consumer=consumer).delete()
        Link.objects.filter(from_consumer=consumer).update(from_consumer=None)
        decisions = Decision.objects.filter(Q(kept=consumer) | Q(absorbed=consumer))
        Link.objects.filter(decision__in=decisions).update(decision=None)
        Veto.objects.filter(decision__in=decisions).update(decision=None)
        Suggestion.objects.filter(decision__in=decisions).update(decision=None)
        _delete_undos(list(decisions.values_list("pk", flat=True)))
        decisions.delete()
        Consumer.objects.filter(pk=consumer).delete()


def _delete_undos(decisions: list[UUID]) -> None:
    undos = list(Decision.objects.filter(undoes__in=decisions).values_list("pk", flat=True))
    if undos:
        _delete_undos(undos)
        Veto.objects.filter(decision__in=undos).update(decision=None)
        Decision.objects.filter(pk__in=undos).delete()
