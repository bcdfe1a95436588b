"""Understanding again what was understood before: what would be read otherwise today, and putting the wording right.

The envelope is the truth and the log's wording is derived from it, so a channel that reads better may correct the wording of an
interaction in place. What others refer to (whose it is, when, its id, that it exists) is never changed here: it is only reported.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from samspil import kit
from samspil.base import registry, sql
from samspil.base.flow import publish, step
from samspil.intake.actions.write import Received, row_of
from samspil.intake.facts import InteractionReread
from samspil.intake.models import Account, Envelope, Interaction
from samspil.intake.queries import account_view, envelope_view

BATCH = 200
WORDING = ("subject", "text", "data", "language", "public")
"""What may be put right in place."""
FIXED = ("kind", "at", "outgoing", "amount", "currency")
"""What is only reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is read otherwise today; ``applied`` when it was put right. ``interaction`` is None for what the log lacks.

    ``field`` is a field of the interaction, or ``missing`` (read today, not in the log), ``gone`` (in the log, not read today),
    ``error`` (the envelope is not understood any more).
    """

    envelope: UUID
    interaction: UUID | None
    field: str
    stored: Any
    now: Any
    applied: bool = False


def reread(*, account: UUID, envelopes: Sequence[UUID] | None = None, apply: bool = False, at: datetime) -> Iterator[Difference]:
    """Understand envelopes of one account anew and compare; all of them, or the given ones. The differences, as they are found.

    ``apply`` puts the wording of interactions right, one transaction a batch, with a fact for each; everything else stays.
    """
    row = Account.objects.get(pk=account)
    understood = Envelope.objects.filter(account=row, state__in=[Envelope.State.UNDERSTOOD, Envelope.State.EMPTY])
    wanted = list(
        (understood.filter(pk__in=envelopes) if envelopes is not None else understood).order_by("id").values_list("id", flat=True)
    )
    ours = _by_envelope(account, wanted if envelopes is not None else None)
    for start in range(0, len(wanted), BATCH):
        piece = wanted[start : start + BATCH]
        with step():
            found = list(_compare(row, piece, ours, apply=apply))
            changed = {d.interaction for d in found if d.applied}
            publish(*[InteractionReread(interaction=i, account=account, at=at) for i in sorted(filter(None, changed))])
        yield from found


def _by_envelope(account: UUID, envelopes: Sequence[UUID] | None) -> dict[UUID, list[UUID]]:
    """Ids of the interactions of each envelope, in one pass: an index by envelope would cost every message its upkeep."""
    found: dict[UUID, list[UUID]] = {}
    few = "AND envelope_id = ANY(%s)" if envelopes is not None else ""
    query = f"SELECT envelope_id, id FROM intake_interaction WHERE account_id = %s AND envelope_id IS NOT NULL {few} ORDER BY id"
    for envelope, ident in sql.run(query, [account, *([list(envelopes)] if envelopes is not None else [])]):
        found.setdefault(envelope, []).append(ident)
    return found


def _compare(
    account: Account, envelopes: Sequence[UUID], ours: Mapping[UUID, list[UUID]], *, apply: bool
) -> Iterator[Difference]:
    channel, view = registry.channel(account.channel), account_view(account)
    stored = Interaction.objects.defer("search").in_bulk([i for e in envelopes for i in ours.get(e, ())])
    for envelope in Envelope.objects.filter(pk__in=envelopes).order_by("id"):
        before = {stored[i].external_id: stored[i] for i in ours.get(envelope.pk, ())}
        try:
            events = channel.understand(envelope_view(envelope), view)
        except Exception as error:  # noqa: BLE001  one envelope that fails today is a finding about it, not the end of the others
            yield Difference(
                envelope=envelope.pk, interaction=None, field="error", stored="understood", now=f"{type(error).__name__}: {error}"
            )
            continue
        for event in events:
            if isinstance(event, (kit.DeliveryReport, kit.Receipt, kit.ColleagueWrote)):
                continue
            item = row_of(Received(envelope=envelope.pk, account=account, event=event))
            old = before.pop(item["external_id"], None)
            if old is None:
                yield Difference(envelope=envelope.pk, interaction=None, field="missing", stored=None, now=item["external_id"])
            else:
                yield from _fields(envelope.pk, old, item, apply=apply)
        for old in before.values():
            yield Difference(envelope=envelope.pk, interaction=old.pk, field="gone", stored=old.external_id, now=None)


def _fields(envelope: UUID, old: Interaction, new: Mapping[str, Any], *, apply: bool) -> Iterator[Difference]:
    other = [name for name in (*FIXED, *WORDING) if getattr(old, name) != new[name]]
    better = [name for name in other if name in WORDING] if apply else []
    if better:
        Interaction.objects.filter(pk=old.pk).update(**{name: new[name] for name in better})
    for name in other:
        yield Difference(
            envelope=envelope, interaction=old.pk, field=name, stored=getattr(old, name), now=new[name], applied=name in better
        )
