"""One connected mailbox, page or bot, as a channel sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from samspil.kit.keeps import Keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One setting of an account, for the setup form.

    ``kind`` is one of text, secret, number, switch, address, url. ``secret`` values are encrypted at rest and never shown again.
    """

    name: str
    label: Mapping[str, str]
    kind: Literal["text", "secret", "number", "switch", "address", "url"] = "text"
    required: bool = True
    default: Any = None
    help: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a channel is given of one account: never a database row.

    ``config`` holds the values of the channel's fields, secrets in the clear. ``own`` are our own handles on the network
    (lower case), so that a channel knows its own echo. ``key`` is 32 bytes, private to this account, for signing reply
    addresses and message ids. ``cursor`` is what the last batch of a pull left, to be looked at: what a channel counts while it
    fetches (a budget, a quota) is known when it checks and sends. None before the first pull. ``keeps`` is where a channel remembers what
    several processes need at once; None where there is no database behind it, as in fixtures.
    """

    id: str
    name: str
    config: Mapping[str, Any]
    key: bytes
    own: frozenset[str] = frozenset()
    language: str = "da"
    cursor: Any = None
    keeps: Keeps | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of ``samspil doctor`` about an account: what was tried, whether it worked, and what to do if not."""

    name: str
    ok: bool
    detail: str = ""
    remedy: str = ""
