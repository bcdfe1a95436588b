"""Rules in short, and the log read on."""

import time
from typing import Any

from samspil.automation import reactions
from samspil.automation.actions import make
from samspil.automation.models import Rule
from samspil.base import flow, sql
from samspil.base.clock import now
from samspil.flow import LATER


def document(
    *then: dict[str, Any], when: str = "message", test: list[dict[str, Any]] | None = None, **more: Any
) -> dict[str, Any]:
    return {"schema": 1, "when": [{"kind": when}], "if": {"mode": "all", "items": test or []}, "then": list(then), **more}


def do(kind: str, value: Any = "") -> dict[str, Any]:
    return {"kind": kind, "value": str(value)}


def said(*phrases: str, op: str = "any") -> dict[str, Any]:
    return {"test": "said", "op": op, "values": list(phrases)}


def rule(by, *then: dict[str, Any], name: str = "Regel", enabled: bool = True, unit=None, **more: Any) -> Rule:
    return make(name=name, document=document(*then, **more), by=by, at=now(), enabled=enabled, unit=unit)


OURS = [(fact, reaction) for fact, readers in LATER.items() for reaction in readers if reaction.__module__ == reactions.__name__]


def wait_for_older_transactions() -> None:
    """Other tests' transactions on the same server are older than our facts, which are read only when those have ended."""
    end = time.monotonic() + 240
    older = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint <= (SELECT max(xid) FROM base_fact)"
    while sql.run(older)[0][0]:
        assert time.monotonic() < end
        time.sleep(0.02)


def read_on(limit: int = 100) -> None:
    """Let the reactions of automation read until there is nothing more."""
    for _ in range(limit):
        wait_for_older_transactions()
        if not sum([flow.react(fact, reaction) for fact, reaction in OURS]):
            return
    raise AssertionError("it never ends")
