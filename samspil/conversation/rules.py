"""Pure decisions of conversation: which messages belong together, and what that does to a conversation's state.

The order of the rules: a reference (message id, or our signed reply token) > for a reply without one, the same subject of
the same consumer not long ago > for channels that do not thread, the consumer's open conversation > a new one.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

REOPEN = timedelta(days=3)
"""A finished conversation on a channel that does not thread is taken up again within this time; after it a new one begins."""
SUBJECT = timedelta(days=30)
"""A reply without references finds the conversation of its subject within this time."""
SNIPPET = 200

_MARK = re.compile(r"^\s*((re|sv|vs|aw|fw|fwd|vb|wg|ang|svar|antw)(\[\d+\])?\s*[:：]\s*|\[[^\]]{1,30}\]\s*)+", re.IGNORECASE)
_REPLY = re.compile(r"^\s*(\[[^\]]{1,30}\]\s*)?(re|sv|vs|aw|antw|svar)(\[\d+\])?\s*[:：]", re.IGNORECASE)


def bare_subject(subject: str) -> str:
    """The subject without Re:, SV:, AW:, Fwd: and list marks, in lower case with single spaces."""
    return " ".join(_MARK.sub("", subject).lower().split())


def is_reply(subject: str) -> bool:
    """Whether the subject says that it answers something."""
    return bool(_REPLY.match(subject))


def snippet(text: str) -> str:
    """The first words of a message, on one line."""
    return " ".join(text[: SNIPPET * 4].split())[:SNIPPET]


class Groups:
    """Things that belong together (union-find with path halving)."""

    def __init__(self) -> None:
        self._parent: dict[Hashable, Hashable] = {}

    def root(self, node: Hashable) -> Hashable:
        """The one that stands for the node's group."""
        parent = self._parent.setdefault(node, node)
        while parent != node:
            grand = self._parent[parent]
            self._parent[node] = grand
            node, parent = parent, grand
        return node

    def unite(self, nodes: Iterable[Hashable]) -> None:
        """Say that all of these belong together."""
        roots = [self.root(n) for n in nodes]
        for other in roots[1:]:
            first, second = self.root(roots[0]), self.root(other)
            if first != second:
                self._parent[second] = first


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What the rules know of one message. ``refs`` are its own id and all it refers to, the nearest last but its own first."""

    place: int
    consumer: UUID
    account: UUID
    at: datetime
    refs: Sequence[UUID]
    token: UUID | None = None
    threads: bool = False
    subject: str = ""
    outgoing: bool = False
    automatic: str = ""
    history: bool = False

    @property
    def parents(self) -> Sequence[UUID]:
        """The references to other messages, the nearest last."""
        return self.refs[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the rules know of a conversation that exists. ``settled`` as in MessageJoined."""

    id: UUID
    consumer: UUID
    account: UUID
    status: str
    subject: str
    opened_at: datetime
    last_at: datetime
    apart: bool = False
    settled: bool = False


@dataclass(slots=True, kw_only=True)
class Joined:
    """Messages that go into one conversation; ``known`` None is a new one. ``merges`` are others that turn out to be the same."""

    members: list[Incoming]
    known: Known | None = None
    why: str = "new"
    merges: list[Known] = field(default_factory=list)


def join(
    messages: Sequence[Incoming],
    by_ref: Mapping[UUID, UUID],
    known: Mapping[UUID, Known],
    candidates: Mapping[UUID, Sequence[Known]],
) -> list[Joined]:
    """Decide for a whole batch where each message goes.

    ``by_ref`` is the conversation of each reference that has one, ``known`` those conversations and those of tokens,
    ``candidates`` the newest conversations of each consumer.
    """
    groups = Groups()
    for message in messages:
        groups.unite(_nodes(message, by_ref, known))
    members: dict[Hashable, list[Incoming]] = {}
    for message in messages:
        members.setdefault(groups.root(message.refs[0]), []).append(message)
    return [_settle(group, by_ref, known, candidates) for group in members.values()]


def _nodes(message: Incoming, by_ref: Mapping[UUID, UUID], known: Mapping[UUID, Known]) -> list[Hashable]:
    there = [known[c] for r in message.refs if (c := by_ref.get(r)) is not None and c in known]
    # Two references to one conversation belong together, or two groups of a batch would merge it into two others.
    nodes: list[Hashable] = [*message.refs, *(("conversation", k.id) for k in there)]
    split = [k.id for k in there if k.apart]
    if split:  # the nearest parent decides where somebody has taken two conversations apart
        nodes = [message.refs[0], ("conversation", split[-1])]
    elif message.token is not None and message.token in known:
        nodes.append(("conversation", known[message.token].id))
    elif not message.threads and not message.parents:
        nodes.append(("consumer", message.consumer))
    elif not message.parents and is_reply(message.subject) and not message.history:
        nodes.append(("subject", message.consumer, bare_subject(message.subject)))
    return nodes


def _settle(
    group: list[Incoming], by_ref: Mapping[UUID, UUID], known: Mapping[UUID, Known], candidates: Mapping[UUID, Sequence[Known]]
) -> Joined:
    joined = Joined(members=sorted(group, key=lambda m: (m.at, m.place)))
    tokens = {m.token for m in group if m.token is not None and m.token in known}
    referred = [c for m in group for r in m.refs if (c := by_ref.get(r)) is not None and c in known]
    split = [c for c in referred if known[c].apart]
    if split and not tokens:
        joined.known, joined.why = known[split[-1]], "thread"
        return joined
    found = {known[c].id: known[c] for c in (*tokens, *referred)}
    if found:
        rows = sorted(found.values(), key=lambda k: (k.opened_at, k.id))
        joined.known, joined.why = rows[0], "token" if tokens else "thread"
        joined.merges = [k for k in rows[1:] if not k.apart and not rows[0].apart]
        return joined
    for message in joined.members:
        near = _near(message, candidates.get(message.consumer, ()))
        if near:
            joined.known, joined.why = near
            return joined
    return joined


def _near(message: Incoming, candidates: Sequence[Known]) -> tuple[Known, str] | None:
    if not message.threads:
        for known in candidates:
            if known.status != "done":
                return known, "consumer"
            if known.account == message.account and abs(message.at - known.last_at) <= REOPEN:
                return known, "consumer"
    elif not message.parents and is_reply(message.subject) and not message.history:  # history is joined by what it says alone
        subject = bare_subject(message.subject)
        for known in candidates:
            if subject and bare_subject(known.subject) == subject and abs(message.at - known.last_at) <= SUBJECT:
                return known, "subject"
    return None


Wait = Literal["", "clear", "set", "reset"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a group of messages does to its conversation. ``wait``: leave, clear, set where empty, or begin anew at ``since``."""

    wait: Wait = ""
    since: datetime | None = None
    reopens: bool = False
    last_at: datetime
    count: int
    last: Incoming


def change(members: Sequence[Incoming]) -> Change:
    """The effect of messages in order of time: the consumer waits from the first that nobody has answered."""
    wait: Wait = ""
    since: datetime | None = None
    reopens = False
    for message in members:
        if message.history:
            continue
        if message.outgoing:
            wait, since = "clear", None
        elif not message.automatic:
            reopens = True
            if wait in ("", "clear"):
                wait, since = ("set", message.at) if not wait else ("reset", message.at)
    return Change(wait=wait, since=since, reopens=reopens, last_at=members[-1].at, count=len(members), last=members[-1])


def mentioned(text: str, names: Mapping[str, UUID], fold: Callable[[str], str]) -> list[UUID]:
    """The colleagues that a note names as ``@first`` or ``@first.last``; ``names`` is by folded first and full name."""
    found: dict[UUID, None] = {}
    for word in re.findall(r"(?<![\w@])@([\w.\-]{2,60})", text):
        ident = names.get(fold(word.rstrip(".-")).replace(".", " "))
        if ident:
            found[ident] = None
    return list(found)


@dataclass(slots=True, kw_only=True)
class Wanted:
    """What a search field asks for: free words, and ``name:value`` pairs; ``unknown`` are pairs that mean nothing here."""

    words: str = ""
    terms: list[tuple[str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


TERMS = frozenset(
    {"status", "label", "channel", "assignee", "unit", "competence", "consumer", "is", "before", "after", "due", "priority"}
)
DANISH = {
    "mærke": "label", "kanal": "channel", "til": "assignee", "enhed": "unit", "kompetence": "competence",
    "forbruger": "consumer", "er": "is", "før": "before", "efter": "after", "frist": "due", "prioritet": "priority",
}  # fmt: skip
_TERM = re.compile(r"(?:^|\s)([\wæøå]+):(\"[^\"]*\"|\S+)", re.IGNORECASE)


def parse(query: str) -> Wanted:
    """Read what stands in the search field: ``batteri status:open label:"vent på svar"``. Names may be Danish; never raises."""
    wanted = Wanted()

    def take(match: re.Match[str]) -> str:
        name = match[1].lower()
        name = DANISH.get(name, name)
        value = match[2].strip('"')
        if name in TERMS and value:
            wanted.terms.append((name, value))
            return " "
        if name in {"http", "https"}:
            return match[0]
        wanted.unknown.append(match[0].strip())
        return " "

    wanted.words = " ".join(_TERM.sub(take, query[:500]).split())
    return wanted
