"""The diff: what a source wants against what is here. Nothing is written, nothing is asked; the same values give the same plan."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from samspil.provision.rules.people import RANK, Here, Path, Plan, Planned, Tree, Wanted, address_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a source is taken: what becomes of who is missing (``leave``, ``close``), whether it gives roles, and who may not be closed."""

    missing: str = "leave"
    roles: bool = False
    language: str = "da"
    spared: UUID | None = None
    competences: Mapping[str, UUID] = field(default_factory=dict)
    """Competences in use by their names in lower case."""


def plan(*, wanted: Sequence[Wanted], here: Sequence[Here], tree: Tree, terms: Terms) -> Plan:
    """What would be done, row by row."""
    work = _Work(here, tree, terms, wanted)
    rows = [work.row(one) for one in wanted]
    rows += work.missing(len(wanted))
    closing = sum(1 for row in rows if row.changes.get("is_active", [None, True])[1] is False and row.outcome == "close")
    return Plan(rows=rows, units=work.units, closing=closing, active=sum(h.active and not h.outside for h in here))


class _Work:
    """What is known while a plan is made: who is taken by a row already, which addresses are free, who still administers."""

    def __init__(self, here: Sequence[Here], tree: Tree, terms: Terms, wanted: Sequence[Wanted]) -> None:
        self.tree, self.terms, self.units = tree, terms, list[Path]()
        self.by_id = {h.ident: h for h in here}
        self.by_external = {h.external: h for h in here if h.external}
        self.by_mail = {address_key(h.email): h for h in here}
        self.admins = {h.ident for h in here if h.role == "admin" and h.active and not h.outside}
        self.taken: dict[UUID, int] = {}
        self.first: dict[tuple[str, str], int] = {}
        self.said = {w.external for w in wanted if w.external} | {""}
        self.mails = Counter(address_key(w.email) for w in wanted if w.email)
        self.making: set[Path] = set()

    def row(self, one: Wanted) -> Planned:
        """What becomes of one person of the source."""
        done = Planned(number=one.number, outcome="broken", shown=one.name or one.email, email=one.email, external=one.external)
        if one.wrong:
            done.why = [list(w) for w in one.wrong]
            return done
        found, why = self._who(one)
        if not why and one.unit and (self.tree.find(one.unit) is None) and self.tree.unclear(one.unit):
            why = ["unit_unclear", " › ".join(one.unit)]
        if why:
            done.outcome, done.why = "conflict", [why]
            return done
        self._note(one, found)
        if found is None or found.outside:
            return self._create(one, found, done)
        return self._change(one, found, done)

    def _who(self, one: Wanted) -> tuple[Here | None, list[str]]:
        key = address_key(one.email) if one.email else ""
        for mark in (("external", one.external), ("mail", key)):
            if mark[1] and mark in self.first:
                return None, ["twice", str(self.first[mark])]
        by_id, by_mail = self.by_external.get(one.external) if one.external else None, self.by_mail.get(key)
        found = by_id or by_mail
        if by_id and by_mail and by_id.ident != by_mail.ident:
            return None, ["of_another", f"{one.email} ({by_mail.name})"]
        if found and not by_id and found.external and one.external and found.external != one.external:
            return None, ["known_otherwise", found.external]
        if found and found.ident in self.taken:
            return None, ["twice", str(self.taken[found.ident])]
        if not found and not key:
            return None, ["no_address", ""]
        return found, []

    def _note(self, one: Wanted, found: Here | None) -> None:
        for mark in (("external", one.external), ("mail", address_key(one.email) if one.email else "")):
            if mark[1]:
                self.first[mark] = one.number
        if found:
            self.taken[found.ident] = one.number

    def _create(self, one: Wanted, found: Here | None, done: Planned) -> Planned:
        if one.active is False:
            done.outcome, done.why = "nothing", [["not_active", ""]]
            return done
        done.outcome, done.colleague = ("adopt", found.ident) if found else ("create", None)
        done.shown = name = one.name or (found.name if found else one.email.partition("@")[0])
        role = one.role if self.terms.roles and one.role else "employee"
        values = {"email": one.email or (found.email if found else ""), "name": name, "title": one.title or "", "role": role}
        values["language"] = one.language or self.terms.language
        done.changes = {key: [None, value] for key, value in values.items()}
        if one.unit:
            done.changes["unit"] = [None, list(one.unit)]
            self._make(one.unit)
        self._levels(one, None, done)
        return done

    def _change(self, one: Wanted, found: Here, done: Planned) -> Planned:
        done.colleague, done.shown = found.ident, one.name or found.name
        changes = done.changes
        if one.email and address_key(one.email) != address_key(found.email):
            changes["email"] = [found.email, one.email]
        for name, new in (("name", one.name or None), ("title", one.title), ("language", one.language)):
            if new is not None and new != getattr(found, name):
                changes[name] = [getattr(found, name), new]
        self._unit(one, found, changes)
        if self.terms.roles and one.role and one.role != found.role and not found.own_role:
            changes["role"] = [found.role, one.role]
        if one.active is not None and one.active != found.active:
            changes["is_active"] = [found.active, one.active]
        self._levels(one, found, done)
        self._guard(found, done)
        if done.outcome != "conflict":
            done.outcome = _named(changes)
        return done

    def _unit(self, one: Wanted, found: Here, changes: dict[str, list[object]]) -> None:
        if one.unit is None:
            return
        there = self.tree.find(one.unit) if one.unit else None
        if (one.unit and there is None) or there != found.unit:
            changes["unit"] = [list(self.tree.path(found.unit)), list(one.unit)]
            if one.unit and there is None:
                self._make(one.unit)

    def _make(self, path: Path) -> None:
        for length in range(1, len(path) + 1):
            part = path[:length]
            folded = tuple(p.lower() for p in part)
            if folded not in self.making and self.tree.find(part) is None:
                self.making.add(folded)
                self.units.append(part)

    def _levels(self, one: Wanted, found: Here | None, done: Planned) -> None:
        held = found.levels if found else {}
        for name, level in one.levels.items():
            known = self.terms.competences.get(name.lower())
            if known is None:
                done.why.append(["no_competence", name])
            elif held.get(known) != level:
                done.changes[f"level:{name}"] = [held.get(known, 0), level]

    def _guard(self, found: Here, done: Planned) -> None:
        """The last administrator stays, and nobody closes the access of who starts the import."""
        role, active = done.changes.get("role"), done.changes.get("is_active")
        loses = (role is not None and RANK[role[1]] < RANK["admin"]) or (active is not None and active[1] is False)
        if found.ident in self.admins and loses:
            if self.admins <= {found.ident} or found.ident == self.terms.spared:
                code = "oneself" if found.ident == self.terms.spared else "last_administrator"
                done.outcome, done.changes, done.why = "conflict", {}, [[code, ""]]
            else:
                self.admins.discard(found.ident)

    def missing(self, after: int) -> list[Planned]:
        """Who this source has brought before and does not name any more."""
        rows: list[Planned] = []
        for one in sorted(self.by_id.values(), key=lambda h: (h.name, str(h.ident))):
            if not one.ours or one.outside or not one.active or one.ident in self.taken or one.external in self.said - {""}:
                continue
            if address_key(one.email) in self.mails:
                continue  # named, but in a row that could not be taken: that is no leaving
            after += 1
            row = Planned(number=-after, outcome="missing", shown=one.name, email=one.email, external=one.external)
            row.colleague, row.why = one.ident, [["not_named", ""]]
            if self.terms.missing == "close":
                row.outcome, row.changes = "close", {"is_active": [True, False]}
                self._guard(one, row)
            rows.append(row)
        return rows


def _named(changes: Mapping[str, list[object]]) -> str:
    if "is_active" in changes:
        return "reopen" if changes["is_active"][1] else "close"
    if set(changes) == {"unit"}:
        return "move"
    return "change" if changes else "nothing"


def counted(rows: Sequence[Planned]) -> dict[str, int]:
    """{outcome: rows}."""
    return dict(Counter(row.outcome for row in rows))
