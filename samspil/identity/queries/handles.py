"""Handles by what people write."""

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from django.db.models import Q

from samspil.identity.models import Link
from samspil.intake.models import Handle

MOST = 10


def handles_like(text: str) -> Sequence[Handle]:
    """The handles that are somebody's and are written so: «address», «network:address», or the id; at most MOST, first seen first."""
    text = text.strip()
    network, _, rest = text.partition(":")
    wanted = Q(address=text) | Q(address=text.lower()) | Q(name=text)
    if rest:
        wanted |= Q(network=network, address=rest) | Q(network=network, name=rest)
    with suppress(ValueError):
        wanted |= Q(pk=UUID(text))
    held = Link.objects.filter(ended_at=None).values("handle")
    return list(Handle.objects.filter(wanted, pk__in=held).order_by("first_at", "id")[:MOST])
