"""The demo's consumers and what was said: through the real log, as history, and then given its past."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from samspil import kit
from samspil.aside.actions import ask, say
from samspil.base import blobs
from samspil.conversation.actions import Past, furnish
from samspil.conversation.models import Label, Placement
from samspil.exchange.rules import ago, document, mentions, picture
from samspil.identity.actions import Taken, take_in_consumers
from samspil.intake.actions import know_handles, record
from samspil.intake.models import Account
from samspil.organisation.models import Colleague, Competence, Unit
from samspil.reply.actions import Answered, record_answered

LIMIT = 30_000_000
LEDGER = frozenset({"mail", "webchat"})
"""Networks on which answers have a ledger here."""
Handles = dict[tuple[str, str], tuple[kit.Handle, UUID]]
"""The handle of a consumer on a network, and its row, by the consumer's key and the network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What the demo's conversations are about, by their keys."""

    units: Mapping[str, Unit]
    competences: Mapping[str, Competence]
    colleagues: Mapping[str, Colleague]
    labels: Mapping[str, Label]
    accounts: Mapping[str, Account]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message of a conversation: its id in the log, what is written, at which of the consumer's handles, when."""

    ident: str
    entry: Mapping[str, Any]
    handle: kit.Handle
    row: UUID
    at: datetime


@dataclass(slots=True, kw_only=True)
class Said:
    """What the files say, on its way into the log. ``lines`` are by conversation, ``digests`` by message and part."""

    company: Company
    handles: Handles
    now: datetime
    events: list[tuple[Account, kit.Event]] = field(default_factory=list)
    digests: dict[str, dict[str, str]] = field(default_factory=dict)
    lines: dict[str, list[Line]] = field(default_factory=dict)


def talk(*, company: Company, texts: Path, now: datetime) -> None:
    """Make the consumers and all that was said, in steps: the later ones need the first one's conversations."""
    people = {row["key"]: row for row in _read(texts / "consumers.toml")["consumer"]}
    talks = {path.stem: _read(path) for path in sorted((texts / "conversations").glob("*.toml"))}
    handles = _people(company, people, talks, now)
    said = Said(company=company, handles=handles, now=now)
    for key, row in talks.items():
        _tell(said, key, row)
    interactions, conversations = _record(said)
    furnish(pasts=[_past(company, conversations[key], row, said.lines[key], now) for key, row in talks.items()])
    answered = [
        _answer(said, conversations[key], row["subject"], line, interactions, said.lines[key][:place])
        for key, row in talks.items()
        for place, line in enumerate(said.lines[key])
        if line.entry["kind"] == "out" and line.handle.network in LEDGER
    ]
    record_answered(answered=answered)
    for key, row in talks.items():
        for asked in row.get("aside", []):
            _ask(company, conversations[key], asked, now)


def _ask(company: Company, conversation: UUID, asked: Mapping[str, Any], now: datetime) -> None:
    row = ask(
        conversation=conversation,
        by=company.colleagues[asked["by"]],
        text=asked["text"],
        at=now - ago(asked["ago"]),
        people=[company.colleagues[key].pk for key in asked.get("people", [])],
        competences=[company.competences[key].pk for key in asked.get("competences", [])],
    )
    for said in asked.get("said", []):
        say(aside=row.pk, by=company.colleagues[said["by"]], text=said["text"], at=now - ago(said["ago"]))


def _record(said: Said) -> tuple[dict[str, UUID], dict[str, UUID]]:
    """The interactions by external id, and the conversations by key.

    What begins a conversation comes first; the rest names it as our reply token would, for it goes on over other networks.
    """
    openings = {lines[0].ident: key for key, lines in said.lines.items()}
    first = [pair for pair in said.events if pair[1].external_id in openings]
    interactions = record(events=first, at=said.now, digests=said.digests)
    placed = dict(Placement.objects.filter(interaction__in=interactions.values()).values_list("interaction", "conversation"))
    conversations = {key: placed[interactions[ident]] for ident, key in openings.items()}
    within = {line.ident: str(conversations[key]) for key, lines in said.lines.items() for line in lines}
    rest = [
        (account, replace(event, conversation=within[event.external_id]) if isinstance(event, kit.Message) else event)
        for account, event in said.events
        if event.external_id not in openings
    ]
    return interactions | record(events=rest, at=said.now, digests=said.digests), conversations


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _people(company: Company, people: Mapping[str, Any], talks: Mapping[str, Any], now: datetime) -> Handles:
    first: dict[str, datetime] = {}
    for row in talks.values():
        began = now - ago(row["entry"][0]["ago"])
        first[row["consumer"]] = min(first.get(row["consumer"], began), began)
    views: dict[tuple[str, str], kit.Handle] = {}
    for key, person in people.items():
        for handle in person["handles"]:
            network = handle["network"]
            views[key, network] = kit.Handle(
                network=network,
                address=handle["address"],
                scope=str(company.accounts[network].pk) if network == "webchat" else "",
                display=person["name"],
                name=handle.get("display", ""),
            )
    rows = know_handles(handles=[(view, first.get(key, now)) for (key, _), view in views.items()])
    found = {pair: (view, rows[view.network, view.scope, view.address]) for pair, view in views.items()}
    take_in_consumers(
        consumers=[
            Taken(
                name=person["name"],
                place=person["city"],
                language=person["language"],
                since=min(datetime(person["since"], 3, 1, 9, tzinfo=UTC), first.get(key, now)),
                handles=[(found[key, h["network"]][1], [_evidence(h)]) for h in person["handles"]],
            )
            for key, person in people.items()
        ],
        at=now,
    )
    return found


def _evidence(handle: Mapping[str, Any]) -> dict[str, object]:
    words = handle.get("joined_by")
    if not words:
        return {"kind": "same", "strength": 1.0, "words": "Wrote from this address"}
    return {"kind": "told", "strength": 0.99, "words": words["da"], "words_en": words["en"]}


def _tell(said: Said, key: str, row: Mapping[str, Any]) -> None:
    lines = said.lines[key] = []
    for number, entry in enumerate(row["entry"]):
        at = said.now - ago(entry["ago"])
        if entry["kind"] == "purchase":
            said.events.append(_purchase(said, row, entry, at))
        elif entry["kind"] in {"in", "out"}:
            view, handle = said.handles[row["consumer"], entry["channel"]]
            line = Line(ident=_ident(key, number, view), entry=entry, handle=view, row=handle, at=at)
            files = [_file(f"{key}-{number}", part, one) for part, one in enumerate(entry.get("attachments", []), 1)]
            said.digests[line.ident] = {attachment.part: digest for attachment, digest in files}
            subject = (f"Sv: {row['subject']}" if lines else row["subject"]) if view.network == "mail" else ""
            message = _message(said, line, subject, f"demo:{key}", [attachment for attachment, _ in files])
            said.events.append((said.company.accounts[view.network], message))
            lines.append(line)


def _ident(key: str, number: int, view: kit.Handle) -> str:
    if view.network == "mail":
        return f"{key}.{number}@demo.nordlys.example"
    return f"{view.address}:demo-{key}-{number}" if view.network == "webchat" else f"demo-{key}-{number}"


def _message(said: Said, line: Line, subject: str, thread: str, files: Sequence[kit.Attachment]) -> kit.Message:
    ours = line.entry["kind"] == "out"
    author = line.handle
    if ours:
        colleague = said.company.colleagues[line.entry["by"]]
        author = kit.Handle(network=line.handle.network, address=colleague.email, display=colleague.name)
    return kit.Message(
        external_id=line.ident,
        author=author,
        at=line.at,
        text=line.entry["text"],
        subject=subject,
        thread=thread,
        to=(line.handle,) if ours else (),
        outgoing=ours,
        attachments=tuple(files),
        public=line.handle.network not in LEDGER | {"matrix"},
    )


def _purchase(said: Said, row: Mapping[str, Any], entry: Mapping[str, Any], at: datetime) -> tuple[Account, kit.Event]:
    view = next(pair[0] for (key, _), pair in said.handles.items() if key == row["consumer"])
    order = kit.Order(
        external_id=f"order-{entry['number']}",
        author=view,
        at=at,
        amount=Decimal(entry["amount"]),
        currency=entry["currency"],
        number=entry["number"],
        extra={"what": entry["text"]},
    )
    return said.company.accounts[view.network], order


def _file(seed: str, part: int, said: Mapping[str, Any]) -> tuple[kit.Attachment, str]:
    body = picture(seed) if said["content_type"] == "image/jpeg" else document(said["name"], said["size"])
    digest, size = blobs.keep([body], limit=LIMIT)
    return kit.Attachment(part=str(part), name=said["name"], content_type=said["content_type"], size=size), digest


def _past(
    company: Company,
    conversation: UUID,
    row: Mapping[str, Any],
    lines: Sequence[Line],
    now: datetime,
) -> Past:
    assignee = company.colleagues.get(row["assignee"])
    shown = next(c for c in company.colleagues.values() if c.role == Colleague.Role.ADMIN)
    began, last = lines[0].at, lines[-1].at
    answered = max((line.at for line in lines if line.entry["kind"] == "out"), default=None)
    waiting = next((line.at for line in lines if line.entry["kind"] == "in" and (answered is None or line.at > answered)), None)
    journal: list[tuple[str, UUID | None, datetime, Mapping[str, Any]]] = []
    if assignee:
        # Within minutes, and never after the first answer.
        journal.append(("assigned", None, min(began + timedelta(minutes=2), lines[min(1, len(lines) - 1)].at), _given(assignee)))
    done_at = last + timedelta(hours=5) if row["status"] == "done" else None
    until = now + timedelta(days=row["snoozed_days"]) if row["status"] == "snoozed" else None
    if assignee and done_at:
        journal.append(("done", assignee.pk, done_at, {}))
    if assignee and until:
        journal.append(("snoozed", assignee.pk, last + timedelta(minutes=4), {"until": until.isoformat()}))
    readers = {c.pk for c in (assignee, shown) if c and row["status"] != "open"}
    return Past(
        conversation=conversation,
        subject=row["subject"],
        status=row["status"],
        competence=company.competences[row["competence"]].pk,
        unit=assignee.unit_id if assignee else next(u.pk for u in company.units.values() if u.triage),
        assignee=assignee.pk if assignee else None,
        waiting_since=waiting if row["status"] == "open" else None,
        snoozed_until=until,
        done_at=done_at,
        labels=[company.labels[key].pk for key in row["labels"]],
        notes=_notes(company, row, now),
        journal=journal,
        read=dict.fromkeys(readers, max(last, done_at or last)),
    )


def _given(colleague: Colleague) -> dict[str, Any]:
    return {"to": str(colleague.pk), "to_name": colleague.name}


def _notes(company: Company, row: Mapping[str, Any], now: datetime) -> list[tuple[UUID, str, datetime, Sequence[UUID]]]:
    return [
        (
            company.colleagues[entry["by"]].pk,
            entry["text"],
            now - ago(entry["ago"]),
            [company.colleagues[key].pk for key in mentions(entry["text"])],
        )
        for entry in row["entry"]
        if entry["kind"] == "note"
    ]


def _answer(
    said: Said, conversation: UUID, subject: str, line: Line, interactions: Mapping[str, UUID], before: Sequence[Line]
) -> Answered:
    asked = next((b for b in reversed(before) if b.entry["kind"] == "in"), None)
    return Answered(
        interaction=interactions[line.ident],
        in_reply_to=interactions[asked.ident] if asked else None,
        conversation=conversation,
        handle=line.row,
        account=said.company.accounts[line.handle.network].pk,
        colleague=said.company.colleagues[line.entry["by"]].pk,
        text=line.entry["text"],
        subject=subject,
        external_id=line.ident,
        at=line.at,
        state="read" if line.handle.network == "webchat" else "delivered",
    )
