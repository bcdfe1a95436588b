"""What open pages are told: signals, not contents. A page that hears one asks for what it may see.

The journey's page says which fact gives which signal (``SIGNALS``); the live process sends them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from samspil.base import bell
from samspil.base.facts import Fact

TOPIC = "live"
"""The bell's topic for signals that no row keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One event for open pages.

    ``name`` is the event's name and ``data`` ids and plain values, never texts: every colleague may hear it, whatever unit it
    is of. ``colleague`` limits it to the one; None is all colleagues. ``handle`` also wakes the visitor with this handle, and
    a visitor in ``data["conversation"]`` is woken by that: visitors are sent their own messages anew and nothing of ``data``.
    """

    name: str
    data: Mapping[str, Any] = field(default_factory=dict)
    colleague: UUID | None = None
    handle: UUID | None = None


_table: dict[str, tuple[type[Fact], Callable[[Any], "Signal"]]] = {}


def install(signals: Mapping[type[Fact], Callable[[Any], "Signal"]]) -> None:
    """Take the journey's table of signals; called once by the assembly."""
    _table.clear()
    _table.update({fact.kind: (fact, make) for fact, make in signals.items()})


def signals_of(kind: str, data: Sequence[dict[str, Any]]) -> list["Signal"]:
    """The signals of one row of the facts log, for whoever polls instead of listening. A fact nobody is told of gives none."""
    known = _table.get(kind)
    return [known[1](known[0].load(one)) for one in data] if known else []


def changed(fact: Fact, *, colleague: UUID | None = None, handle: UUID | None = None) -> Signal:
    """The usual signal of a fact: ``changed`` with the fact's kind and its ids."""
    return Signal(name="changed", data={"kind": fact.kind, **fact.data()}, colleague=colleague, handle=handle)


def typing(*, conversation: UUID, colleague: UUID, name: str, note: bool = False) -> None:
    """Tell that a colleague writes in a conversation; its visitor in the web chat sees it too, unless it is a ``note``."""
    bell.ring(TOPIC, {"signal": "typing", **_who(conversation, colleague, name), "note": note})


def presence(*, conversation: UUID, colleague: UUID, name: str, what: str = "looking") -> None:
    """Tell that a colleague is ``looking`` at a conversation, is ``writing`` in it or has ``left`` it. Not kept."""
    bell.ring(TOPIC, {"signal": "presence", **_who(conversation, colleague, name), "what": what})


def _who(conversation: UUID, colleague: UUID, name: str) -> dict[str, str]:
    return {"conversation": str(conversation), "colleague": str(colleague), "name": name[:120]}
