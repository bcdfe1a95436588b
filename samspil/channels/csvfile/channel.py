"""The channel of CSV files: one row of a file is one message."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from samspil.channels.csvfile import rows, times
from samspil.channels.csvfile.meaning import Column
from samspil.kit import Account, Capabilities, Channel, Check, Envelope, Event, Field, Handle, Message, NotUnderstood

_MENTION = re.compile(r"^\s*\.?@(\w{1,50})")


class CsvFile:
    """Satisfies Channel, ReadsFiles and ChoosesOptions. Stateless."""

    name = "csvfile"
    capabilities = Capabilities(threads=True, sends=False, subject=True)
    fields: Sequence[Field] = ()
    formats: Sequence[str] = ("csv",)

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """The message of one row. Raises NotUnderstood with what is missing."""
        return [_message(envelope, account)]

    def check(self, account: Account) -> Sequence[Check]:  # noqa: ARG002 - the contract's argument
        """Nothing is connected. Raises nothing."""
        return [Check(name="history", ok=True, detail="taken in from a file")]

    def options_of(self, path: Path, options: Mapping[str, str]) -> Mapping[str, str]:
        """The columns' meaning, the form of the times, and how many rows there are. Raises NotUnderstood."""
        return rows.options_of(path, options)

    def read_file(self, path: Path, options: Mapping[str, str]) -> Iterator[Envelope]:
        """Every row. Raises NotUnderstood for what is no table or lacks a column."""
        return rows.envelopes(path, options)


def channel() -> Channel:
    """The channel, for the registry."""
    return CsvFile()


def _message(envelope: Envelope, account: Account) -> Message:
    try:
        row = dict(json.loads(envelope.payload))
        columns = {word: Column(*told) for word, told in json.loads(envelope.headers["meaning"]).items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotUnderstood("not a row of a table") from error

    def cell(word: str) -> str:
        return str(row.get(columns[word].name) or "") if word in columns else ""

    author, text = rows.ident(cell("author")), cell("text")
    if not author:
        raise NotUnderstood(_missing("no author", envelope))
    if not text.strip() and not cell("subject").strip():
        raise NotUnderstood(_missing("no text", envelope))
    try:
        at = times.parse(cell("time"), envelope.headers.get("time_format", "iso"))
    except (ValueError, OverflowError, TypeError, OSError) as error:
        raise NotUnderstood(_missing(f"the time {cell('time')[:60]!r} is not understood", envelope)) from error
    network = (cell("network") or envelope.headers.get("network") or "table").strip().lower()[:40]
    ours = author.lower() in account.own or rows.true(row, columns.get("outgoing"))
    return Message(
        external_id=rows.ident(cell("id")) or envelope.external_id,
        author=Handle(network=network, address=author, display=cell("name").strip()),
        at=at,
        text=text,
        subject=cell("subject").strip(),
        thread=cell("thread").strip(),
        references=tuple(dict.fromkeys([*rows.idents(cell("answered_by")), *rows.idents(cell("reply_to"))])),
        to=_to(cell("to"), text, network, envelope, ours=ours),
        outgoing=ours,
        public=envelope.headers.get("public", "").lower() in rows.YES,
        notes=(f"the row has {envelope.headers['columns']} columns",) if "columns" in envelope.headers else (),
    )


def _missing(what: str, envelope: Envelope) -> str:
    cut = envelope.headers.get("columns")
    return f"row {envelope.headers.get('row', '?')}: {what}" + (f" (it has {cut} columns)" if cut else "")


def _to(said: str, text: str, network: str, envelope: Envelope, *, ours: bool) -> tuple[Handle, ...]:
    found = rows.idents(said) if said.strip() else []
    if ours and not found:
        mention = _MENTION.match(text)
        found = [envelope.headers["to"]] if envelope.headers.get("to") else [mention[1]] if mention else []
        if not found:
            raise NotUnderstood(
                _missing("written by us to nobody in particular: it answers no row, and addresses nobody", envelope)
            )
    return tuple(Handle(network=network, address=address) for address in found[:50])
