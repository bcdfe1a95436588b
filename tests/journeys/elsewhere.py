"""What the journeys of answering from elsewhere share: who is there, a web chat, and the log read on as the worker does."""

import json
from typing import Any
from uuid import uuid4

from samspil import kit
from samspil.base import flow, sql
from samspil.base.clock import now
from samspil.intake.actions import keep, understand_waiting
from samspil.organisation.actions import found, take_in
from samspil.organisation.models import Colleague, Unit


class _Read:
    up_to = 0


def begin() -> None:
    """Read the log from its beginning. Before each test."""
    _Read.up_to = 0


def later() -> None:
    """Let every later reaction read on in the log, as the worker does; within the test's own transaction, which the worker would wait for."""
    while rows := sql.run("SELECT id, kind, data FROM base_fact WHERE id > %s ORDER BY id", [_Read.up_to]):
        _Read.up_to = rows[-1][0]
        for fact, readers in flow.later().items():
            mine = [(row[0], kept) for row in rows if row[1] == fact.kind for kept in row[2]]
            if mine:
                token = flow._places.set([flow.Place(f"{ident}.{n}", now()) for n, (ident, _) in enumerate(mine)])
                for reader in readers:
                    with flow.step():
                        reader([fact.load(kept) for _, kept in mine])
                flow._places.reset(token)


def people() -> dict[str, Colleague]:
    """Bo in the workshop, Jonas, Mette who administers, of a company that is founded with them."""
    found(name="Nordlys", language="da")
    triage = Unit.objects.get(triage=True)
    return {
        name: take_in(
            email=f"{name}@brand.test", name=f"{name.title()} Holm", password="cykelkurv-i-regn", unit=triage, role=role
        )
        for name, role in (("bo", "employee"), ("jonas", "employee"), ("mette", "admin"))
    }


def arrives(account: Any, *envelopes: kit.Envelope) -> None:
    """Through the whole spine, until nothing waits."""
    keep(account=account.pk, envelopes=envelopes, at=now())
    while understand_waiting(at=now()):
        pass


def write_in_chat(chat: Any, text: str, visitor: str = "a" * 32) -> None:
    """As the widget's message lies in its envelope."""
    payload = {"visitor": visitor, "id": str(uuid4()), "text": text}
    arrives(chat, kit.Envelope(external_id=f"{visitor}:{payload['id']}", payload=json.dumps(payload).encode(), received_at=now()))
