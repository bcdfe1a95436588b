"""What colleagues know: evidence comes, levels are weighed from it, languages are told. Set-based, whatever the number."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.base.ids import new_id
from samspil.organisation.facts import CompetenceChanged
from samspil.organisation.models import Colleague, Competence, CompetenceHeld, Evidence, Speaks
from samspil.organisation.queries.know import Pair, pieces_of, weighed
from samspil.organisation.queries.rights import Right, may_in
from samspil.organisation.rules import Weighed


class WrongLevel(SamspilError):
    """A competence's level goes from 1 to 5."""

    code = "organisation.wrong_level"


class WrongLanguage(SamspilError):
    """A language is two letters, and how well it is spoken 1, 2 or 3."""

    code = "organisation.wrong_language"


class NothingShown(SamspilError):
    """There is nothing to confirm: nobody said it and no answer has shown it."""

    code = "organisation.nothing_shown"


class TooLateToUndo(SamspilError):
    """The confirmation is somebody else's, or is gone already."""

    code = "organisation.confirmation_gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One piece of evidence that was seen: ``well``, ``again``, ``verdict`` or ``lesson``.

    ``key`` names what it is of, so that it counts once and can be taken back; a digest, never the conversation's own id.
    """

    key: UUID
    colleague: UUID
    competence: UUID
    kind: str
    level: float
    at: datetime


SHOWN = frozenset({"well", "again", "verdict", "lesson"})
_COLUMNS = ("id", "colleague_id", "competence_id", "kind", "level", "at", "key")


def record_evidence(*, shown: Sequence[Shown], gone: Collection[UUID] = (), at: datetime) -> None:
    """Keep what was shown, once by its key, take back what no longer holds, and weigh the levels anew. Raises WrongLevel.

    The port of whoever sees somebody do well: routing of answered conversations, later a consumer's verdict and lessons.
    What is told again with the same key replaces what was told. Only the day is kept. A constant number of statements.
    """
    if any(s.kind not in SHOWN or not 1 <= s.level <= 5 for s in shown):  # noqa: PLR2004
        raise WrongLevel("What was shown is well, again, verdict or lesson, at a level from 1 to 5")
    rows = {s.key: s for s in shown}
    keys = sorted({*rows, *gone})
    if not keys:
        return
    with step():
        _one_at_a_time()
        before = sql.run("DELETE FROM organisation_evidence WHERE key = ANY(%s) RETURNING colleague_id, competence_id", [keys])
        sql.copy(
            "organisation_evidence",
            _COLUMNS,
            [(new_id(), s.colleague, s.competence, s.kind, s.level, _day(s.at), s.key) for s in rows.values()],
        )
        _weigh({*map(tuple, before), *((s.colleague, s.competence) for s in rows.values())}, at)


def state(*, colleague: Colleague, competence: UUID, level: int, kind: str, by: Colleague | None, at: datetime) -> UUID:
    """Note a statement, ``said`` or ``confirmed``; the evidence's id. 0 takes the competence away. Raises WrongLevel.

    Asks nobody whether ``by`` may: ``give_level`` and ``confirm`` do.
    """
    if not 0 <= level <= 5:  # noqa: PLR2004
        raise WrongLevel("A level goes from 1 to 5")
    with step():
        _one_at_a_time()
        row = Evidence.objects.create(
            colleague=colleague,
            competence_id=competence,
            kind=kind,
            level=level,
            at=at,
            by=by,
        )
        _weigh({(colleague.pk, competence)}, at, told=True)
    return row.pk


def confirm(*, colleague: UUID, competence: UUID, by: Colleague, at: datetime) -> UUID:
    """Confirm the level that stands now, or that answers have shown; the confirmation's id, for an undo.

    A lead confirms others'; the person says yes to what their own answers have shown. Raises NotAllowed, NotFound, NothingShown.
    """
    who = Colleague.objects.filter(pk=colleague, is_active=True, outside=False).first()
    if who is None or not Competence.objects.filter(pk=competence, active=True).exists():
        raise NotFound("no such colleague or competence")
    if by != who and not may_in(by, Right.LEVELS, who.unit_id):
        raise NotAllowed("Your role does not let you say that of others")
    with step():
        _one_at_a_time()
        pieces = pieces_of(pairs={(colleague, competence)}).get((colleague, competence), [])
        if not any(p.level for p in pieces):
            raise NothingShown("Nobody said it, and no answer has shown it")
        level = weighed({(colleague, competence): pieces}, at)[colleague, competence].whole
        kind = "said" if by == who else "confirmed"
        return state(colleague=who, competence=competence, level=level, kind=kind, by=by, at=at)


def take_back(*, evidence: UUID, by: Colleague, at: datetime) -> None:
    """Undo one's own confirmation or statement: the level is what it would be without it. Raises TooLateToUndo."""
    with step():
        _one_at_a_time()
        rows = sql.run(
            "DELETE FROM organisation_evidence WHERE id = %s AND by_id = %s AND kind IN ('said', 'confirmed')"
            " RETURNING colleague_id, competence_id",
            [evidence, by.pk],
        )
        if not rows:
            raise TooLateToUndo("There is nothing of yours to undo")
        _weigh({(rows[0][0], rows[0][1])}, at, told=True)


def weigh_all(*, at: datetime) -> int:
    """Let every level fade to what it is at this time; the number of levels that changed for routing. By the clock, nightly."""
    with step():
        _one_at_a_time()
        held = {(a, b) for a, b in sql.run("SELECT colleague_id, competence_id FROM organisation_competence_held")}
        return _weigh(held, at)


def speak(*, colleague: Colleague, languages: Mapping[str, int], by: Colleague) -> None:
    """Say in which languages somebody answers, and how well (1 gets by, 2 works in it, 3 their own). Raises NotAllowed, WrongLanguage."""
    if by != colleague and not may_in(by, Right.LEVELS, colleague.unit_id):
        raise NotAllowed("Your role does not let you say that of others")
    if any(not _language(code) or level not in {1, 2, 3} for code, level in languages.items()):
        raise WrongLanguage("A language is two letters, and how well it is spoken 1, 2 or 3")
    with step():
        Speaks.objects.filter(colleague=colleague).exclude(language__in=languages).delete()
        Speaks.objects.bulk_create(
            [Speaks(colleague=colleague, language=code, level=level) for code, level in sorted(languages.items())],
            update_conflicts=True,
            unique_fields=["colleague", "language"],
            update_fields=["level"],
        )


def limit_languages(*, colleague: Colleague, competence: UUID, languages: Iterable[str], by: Colleague) -> None:
    """Hold a competence in these languages alone; none is all that one answers in. Raises NotAllowed, NotFound, WrongLanguage."""
    if by != colleague and not may_in(by, Right.LEVELS, colleague.unit_id):
        raise NotAllowed("Your role does not let you say that of others")
    codes = sorted(set(languages))
    if not all(_language(code) for code in codes):
        raise WrongLanguage("A language is two letters")
    with step():
        rows = CompetenceHeld.objects.filter(colleague=colleague, competence=competence)
        if not rows.update(languages=codes):
            raise NotFound("This competence is not held")
        publish(CompetenceChanged(competence=competence))


def _language(code: str) -> bool:
    return len(code) == 2 and code.isascii() and code.islower()  # noqa: PLR2004 - ISO 639-1


def _day(at: datetime) -> datetime:
    """The day alone: a moment could be laid beside other records of who wrote when."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _one_at_a_time() -> None:
    """Let no other process weigh at the same time: each would miss what the other has not committed yet."""
    sql.write("SELECT pg_advisory_xact_lock(hashtext('samspil.organisation.evidence'))")


def _weigh(pairs: Collection[Pair], at: datetime, *, told: bool = False) -> int:
    """Write the levels of these pairs; the number that changed as routing sees them. ``told`` publishes even what did not.

    What nobody states is not held, however well it was shown. A pair without any evidence is left as it is.
    """
    if not pairs:
        return 0
    found = weighed(pieces_of(pairs=pairs), at)
    stated = {pair: w for pair, w in found.items() if w.stated}
    dropped = sorted(set(pairs) - set(stated)) if told else []  # nothing but a statement takes one away
    gone = sql.run(
        "DELETE FROM organisation_competence_held h USING unnest(%s::uuid[], %s::uuid[]) AS t(a, b)"
        " WHERE h.colleague_id = t.a AND h.competence_id = t.b RETURNING h.competence_id",
        [[a for a, _ in dropped], [b for _, b in dropped]],
    )
    before = _levels(stated)
    _write(stated, at)
    changed = {pair for pair, w in stated.items() if before.get(pair) != w.whole}
    tell = {b for (b,) in gone} | {b for _, b in changed} | ({b for _, b in pairs} if told else set())
    publish(*[CompetenceChanged(competence=b) for b in sorted(tell)])
    return len(changed) + len(gone)


def _levels(pairs: Iterable[Pair]) -> dict[Pair, int]:
    known = list(pairs)
    rows = sql.run(
        "SELECT h.colleague_id, h.competence_id, h.level FROM organisation_competence_held h"
        " JOIN unnest(%s::uuid[], %s::uuid[]) AS t(a, b) ON h.colleague_id = t.a AND h.competence_id = t.b",
        [[a for a, _ in known], [b for _, b in known]],
    )
    return {(a, b): level for a, b, level in rows}


def _write(stated: Mapping[Pair, Weighed], at: datetime) -> None:
    columns: dict[str, list[object]] = defaultdict(list)
    for (a, b), w in sorted(stated.items()):
        values = {"id": new_id(), "a": a, "b": b, "level": w.whole, "source": "self" if w.kind == "said" else "lead"}
        for name, value in {**values, "fine": w.level, "spread": w.spread}.items():
            columns[name].append(value)
    if not columns:
        return
    sql.run(
        "INSERT INTO organisation_competence_held AS h (id, colleague_id, competence_id, level, source, fine, spread, weighed_at)"
        " SELECT t.*, %s::timestamptz FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s::text[], %s::float8[],"
        " %s::float8[]) AS t ON CONFLICT (colleague_id, competence_id) DO UPDATE SET level = excluded.level, source = excluded.source,"
        " fine = excluded.fine, spread = excluded.spread, weighed_at = excluded.weighed_at",
        [at, *columns.values()],
    )
