"""What identity holds of a person, and how it is forgotten."""

from typing import Any
from uuid import UUID

from samspil.base.flow import step
from samspil.identity.models import Consumer, Link, Merge


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
    """Delete the person's links and merges, and the person where nothing else names them. Later stages forget first, intake after."""
    with step():
        handles = handles_of(consumer)
        Link.objects.filter(handle__in=handles).delete()
        Link.objects.filter(consumer=consumer).delete()
        Link.objects.filter(from_consumer=consumer).update(from_consumer=None)
        Link.objects.filter(merge__kept=consumer).update(merge=None)
        Link.objects.filter(merge__absorbed=consumer).update(merge=None)
        Merge.objects.filter(kept=consumer).delete()
        Merge.objects.filter(absorbed=consumer).delete()
        Consumer.objects.filter(pk=consumer).delete()
