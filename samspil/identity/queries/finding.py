"""Finding anybody: by words of a name in any order and spelling, any part of an address, a phone number, a company, a number of theirs."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from samspil.base import sql
from samspil.base.question import Question
from samspil.identity.models import Consumer
from samspil.identity.queries.segment_sql import escaped
from samspil.identity.rules.wanted import Wanted, wanted

EACH = 200
"""How many of each kind are weighed."""
TRIGRAM = 3
ALIKE = "0.45"
"""How much of a word's letters, three by three, must be met where nobody is found as typed."""

_BEST = (
    "SELECT f.id FROM ({found}) f WHERE EXISTS (SELECT 1 FROM identity_link l WHERE l.consumer_id = f.id AND l.ended_at IS NULL)"
    " GROUP BY f.id ORDER BY max(f.rank) DESC, f.id DESC LIMIT %(limit)s"
)
# A whole name before its beginning, that before a word's beginning, that before the middle of one; shorter names first.
_NAMED = (
    "(SELECT k.id, 3 + (CASE WHEN n.name = %(whole)s THEN 3 WHEN n.name LIKE %(begins)s THEN 2 WHEN {words} THEN 1 ELSE 0 END)"
    " + 1.0 / (1 + length(n.name)) AS rank FROM identity_consumer k CROSS JOIN LATERAL (SELECT identity_loose(k.folded) AS name) n"
    " WHERE {named} LIMIT %(each)s)"
)
_REACHED = (
    "(SELECT l.consumer_id AS id, {rank} AS rank FROM intake_handle h JOIN identity_link l ON l.handle_id = h.id"
    " AND l.ended_at IS NULL WHERE {where} LIMIT %(each)s)"
)
_KNOWN = (
    "(SELECT l.consumer_id AS id, CASE WHEN identity_loose(d.value) = %(whole)s THEN 5 ELSE 2.2 END AS rank FROM identity_detail d"
    " JOIN identity_link l ON l.handle_id = d.handle_id AND l.ended_at IS NULL WHERE d.ended_at IS NULL"
    " AND d.field IN ('company', 'customer_number', 'order_number') AND identity_loose(d.value) LIKE %(inside)s LIMIT %(each)s)"
)
_ALIKE = "(SELECT k.id, {rank} AS rank FROM identity_consumer k WHERE {alike} LIMIT %(each)s)"


def find(text: str, *, limit: int = 20) -> Sequence[Consumer]:
    """Consumers with a handle, best first. Two statements, and where nobody is found as typed those that look for what is alike."""
    asked = wanted(text)
    if not asked.words:
        return []
    statement, params = statement_of(asked, limit)
    ids = [r[0] for r in sql.run(statement, params)]
    if not ids:
        ids = _alike(asked, limit)
    found = {c.pk: c for c in _CONSUMERS(ids)} if ids else {}
    return [found[i] for i in ids if i in found]


_CONSUMERS = Question(lambda ids: Consumer.objects.filter(pk__in=ids))


def statement_of(asked: Wanted, limit: int) -> tuple[str, dict[str, Any]]:
    """The statement that finds what was typed, as it was typed, and its parameters."""
    whole = " ".join(asked.words)
    params: dict[str, Any] = {
        "whole": whole,
        "begins": f"{escaped(whole)}%",
        "inside": f"{_around(whole)}{escaped(whole)}%",
        "limit": limit,
        "each": EACH,
    }
    for n, word in enumerate(asked.words):
        params |= {f"w{n}": f"%{escaped(word)}%", f"s{n}": f"% {escaped(word)}%", f"o{n}": f"{escaped(word)}%"}
    places = range(len(asked.words))
    named = " AND ".join(_in_name(n, word) for n, word in enumerate(asked.words))
    words = " AND ".join(f"(' ' || n.name) LIKE %(s{n})s" for n in places)
    found = [_NAMED.format(named=named, words=words), _KNOWN]
    for n, part in enumerate(p for p in asked.parts if len(p) >= TRIGRAM):
        params |= {f"a{n}": f"%{escaped(part)}%", f"b{n}": f"{escaped(part)}%", f"e{n}": part}
        for column, where in (("h.address", ""), ("h.name", " AND h.name <> ''")):
            rank = f"CASE WHEN lower({column}) = %(e{n})s THEN 7 WHEN {column} ILIKE %(b{n})s THEN 2.5 ELSE 2 END"
            found.append(_REACHED.format(rank=rank, where=f"{column} ILIKE %(a{n})s{where}"))
    if asked.digits:
        params |= {"digits": f"%{asked.digits}%", "only": asked.digits}
        rank = "CASE WHEN ltrim(h.address, '+') = %(only)s THEN 7 ELSE 4 END"
        found.append(_REACHED.format(rank=rank, where="h.address LIKE %(digits)s"))
    return _BEST.format(found=" UNION ALL ".join(found)), params


def _around(text: str) -> str:
    """Two letters are looked for at a beginning only: the index knows three, and else everything would be read."""
    return "%" if len(text) >= TRIGRAM else ""


def _in_name(place: int, word: str) -> str:
    name = "identity_loose(k.folded)"
    if len(word) >= TRIGRAM:
        return f"{name} LIKE %(w{place})s"
    return f"({name} LIKE %(o{place})s OR {name} LIKE %(s{place})s)"


def _alike(asked: Wanted, limit: int) -> list[Any]:
    """Who is called nearly so: every word is like a part of the name."""
    statement, params = alike_statement(asked, limit)
    with transaction.atomic():
        before = sql.run("SELECT current_setting('pg_trgm.word_similarity_threshold')")[0][0]
        _threshold(ALIKE)
        ids = [r[0] for r in sql.run(statement, params)]
        _threshold(before)
    return ids


def alike_statement(asked: Wanted, limit: int) -> tuple[str, dict[str, Any]]:
    """The statement that forgives typing errors, and its parameters."""
    params: dict[str, Any] = {"limit": limit, "each": EACH} | {f"t{n}": word for n, word in enumerate(asked.words)}
    places = range(len(asked.words))
    alike = " AND ".join(f"%(t{n})s <%% identity_loose(k.folded)" for n in places)
    rank = " + ".join(f"word_similarity(%(t{n})s, identity_loose(k.folded))" for n in places)
    return _BEST.format(found=_ALIKE.format(rank=rank, alike=alike)), params


def _threshold(value: str) -> None:
    sql.run("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [value])
