"""The final account of an import: what became of every record."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.intake.models import Envelope
from samspil.intake.queries import fate_of, refused_of

PIECE = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """``records`` = ``new`` + ``here`` + ``twice``; the states count each envelope of the file once.

    ``here`` were stored before this run, ``twice`` stand in the file more than once, ``refused`` are (external id, why) of those
    that are kept but not understood. ``threads`` are the conversations that the file's messages lie in.
    """

    records: int
    new: int
    here: int
    twice: int
    states: Mapping[str, int]
    refused: Sequence[tuple[str, str]]
    messages: int
    threads: int

    def data(self) -> dict[str, Any]:
        """The same as JSON values."""
        return asdict(self)


def report(*, account: UUID, external_ids: Sequence[str], new: int) -> Report:
    """Account for every record of a file, given by its external ids in order; ``new`` is how many this run has stored."""
    once = list(dict.fromkeys(external_ids))
    states = dict.fromkeys(Envelope.State.values, 0)
    refused: list[tuple[str, str]] = []
    for start in range(0, len(once), PIECE):
        piece = once[start : start + PIECE]
        for state, number in fate_of(account=account, external_ids=piece).items():
            states[state] += number
        refused += [(external, why) for _, external, _, why in refused_of(account=account, external_ids=piece)]
    messages, threads = _threads(account, once)
    return Report(
        records=len(external_ids),
        new=new,
        here=len(once) - new,
        twice=len(external_ids) - len(once),
        states=states,
        refused=refused,
        messages=messages,
        threads=threads,
    )


def _threads(account: UUID, external_ids: Sequence[str]) -> tuple[int, int]:
    # In three steps, each a pass by a list: as one join, PostgreSQL goes through the log once for each record where it has no statistics yet.
    ids = {"account": account, "ids": list(external_ids)}
    envelopes = sql.run("SELECT id FROM intake_envelope WHERE account_id = %(account)s AND external_id = ANY(%(ids)s)", ids)
    # One pass over the log: it has no index by envelope, which would slow every message for the sake of this page.
    messages = sql.run(
        "SELECT id FROM intake_interaction WHERE envelope_id = ANY(%s) AND kind = 'message'", [[ident for (ident,) in envelopes]]
    )
    rows = sql.run(
        "SELECT count(DISTINCT conversation_id) FROM conversation_placement WHERE interaction_id = ANY(%s)",
        [[ident for (ident,) in messages]],
    )
    return len(messages), int(rows[0][0])
