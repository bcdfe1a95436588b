"""Questions about replies: on which ways a consumer can be answered, what became of what was sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q, QuerySet, prefetch_related_objects
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import override

from samspil.base import blobs, registry, sql
from samspil.base.question import Question
from samspil.base.seal import sign, signed
from samspil.conversation.models import Conversation
from samspil.identity.models import Link
from samspil.identity.queries import links
from samspil.intake.models import Account, Handle, Interaction
from samspil.intake.queries import capabilities
from samspil.kit import Capabilities, Changes, File, Sends, Templates
from samspil.organisation.models import Colleague
from samspil.organisation.queries import organisation
from samspil.reply.models import Canned, Change, Delivery, Draft, Reply, ReplyFile
from samspil.reply.rules import VARIABLES, filled_in

LINK = "reply.file"
VARIABLE_NAMES = tuple(VARIABLES.values())
"""(Danish, English) names of what a ready text can have filled in."""


@dataclass(slots=True, kw_only=True)
class Way:
    """One handle on which the consumer can be answered.

    ``last`` is the message that is answered there and ``public`` whether everybody can read it, ``why_not`` why it cannot be used now.
    ``templates``: the network has messages that it approved beforehand, and with ``only_templates`` it takes no others, for its time for
    answers has passed.
    """

    handle: Handle
    account: Account
    capabilities: Capabilities
    last: UUID | None = None
    default: bool = False
    public: bool = False
    why_not: str = ""
    templates: bool = False
    only_templates: bool = False


_LAST = (
    "SELECT DISTINCT ON (h.id) h.id, i.account_id, i.id, i.at, p.conversation_id = %(c)s, i.public FROM (SELECT unnest(%(known)s::uuid[]) UNION"
    "  (SELECT DISTINCT i.handle_id FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
    "   WHERE p.conversation_id = %(c)s AND NOT i.outgoing AND i.handle_id <> ALL(%(known)s) LIMIT 20)) AS h(id)"
    " LEFT JOIN LATERAL (SELECT id, account_id, at, public FROM intake_interaction"
    "  WHERE handle_id = h.id AND kind = 'message' AND NOT outgoing ORDER BY at DESC, id DESC LIMIT 5) i ON true"
    " LEFT JOIN conversation_placement p ON p.interaction_id = i.id"
    " ORDER BY h.id, (p.conversation_id = %(c)s) DESC NULLS LAST, i.at DESC"
)


_ACCOUNTS = Question(lambda: Account.objects.order_by("created_at", "id"))


def ways(conversation: Conversation, *, at: datetime, known: Sequence[Link] | None = None) -> Sequence[Way]:
    """Every handle of the consumer on which we could answer; the default first: where the consumer last wrote in this conversation.

    ``known`` are the links of the consumer where the caller has them.
    """
    handles = {link.handle_id: link.handle for link in (links(conversation.consumer_id) if known is None else known)}
    rows = sql.run(_LAST, {"c": conversation.pk, "known": list(handles)})
    if others := [row[0] for row in rows if row[0] not in handles]:
        handles.update(Handle.objects.in_bulk(others))
    # A channel that was taken away must not take the conversation with it: its accounts only reach nobody any more.
    accounts = {a.pk: a for a in _ACCOUNTS() if a.channel in registry.names()}
    last = {row[0]: row[1:] for row in rows if row[1]}
    found = [way for handle in handles.values() if (way := _way(handle, accounts, last.get(handle.pk), at))]
    found.sort(key=lambda w: _rank(w, last), reverse=True)
    usable = next((w for w in found if not w.why_not), None)
    if usable:
        usable.default = True
        found.remove(usable)
        found.insert(0, usable)
    return found


def _rank(way: Way, last: Mapping[UUID, tuple[object, ...]]) -> tuple[bool, float]:
    row = last.get(way.handle.pk)
    when = row[2] if row else way.handle.first_at
    assert isinstance(when, datetime)  # noqa: S101  for the type checker
    return bool(row and row[3]), when.timestamp()


def _way(handle: Handle, accounts: Mapping[UUID, Account], last: tuple[object, ...] | None, at: datetime) -> Way | None:
    account = accounts.get(last[0]) if last else None  # type: ignore[call-overload]
    if account is None or _silent(account) or not isinstance(registry.channel(account.channel), Sends):
        account = next((a for a in accounts.values() if _reaches(a, handle, started=False)), None)
    if account is None:
        return None
    can = capabilities(account)
    why_not, templates, only = "", isinstance(registry.channel(account.channel), Templates), False
    if handle.dead_at:
        why_not = handle.dead_why or "The address does not exist any more"
    elif account.state == Account.State.PAUSED:
        why_not = f"{account.name} is paused"
    elif last and can.window and not last[4] and isinstance(last[2], datetime) and at - last[2] > timedelta(seconds=can.window):
        only = templates
        why_not = "" if templates else "The network's time for answers has passed"
    answered = last[1] if last else None
    return Way(
        handle=handle,
        account=account,
        capabilities=can,
        last=answered,  # type: ignore[arg-type]
        public=bool(last and last[4]),
        why_not=why_not,
        templates=templates,
        only_templates=only,
    )


def _silent(account: Account) -> bool:
    return account.history or account.state == Account.State.CLOSED


def _reaches(account: Account, handle: Handle, *, started: bool) -> bool:
    channel = registry.channel(account.channel)
    same = registry.manifest(account.channel).get("network", account.channel) == handle.network
    return same and not _silent(account) and isinstance(channel, Sends) and (started or channel.capabilities.starts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changeable:
    """What can be done to one message now: ``kinds`` of edit, delete, react, read; ``signs`` that can be given, empty for any emoji."""

    kinds: frozenset[str]
    signs: Sequence[str] = ()
    max_length: int | None = None


def changeable(message: Interaction, *, at: datetime) -> Changeable | None:
    """What can be done to a message; None for nothing. Asks nothing of the database where the message's account is known."""
    account = message.account
    if message.kind != Interaction.Kind.MESSAGE or not message.external_id or _silent(account):
        return None
    if account.channel not in registry.names() or not isinstance(registry.channel(account.channel), Changes):
        return None
    can = capabilities(account)
    age = (at - message.at).total_seconds()
    windows = {"edit": can.edit_window, "delete": can.delete_window}
    kinds = {
        kind
        for kind in can.changes
        if (kind == "react" or message.outgoing is (kind != "read"))
        and not (windows.get(kind) is not None and age > windows[kind])  # type: ignore[operator]
    }
    return Changeable(kinds=frozenset(kinds), signs=can.signs, max_length=can.max_length) if kinds else None


_CHANGES = Question(
    lambda conversation: (
        Change.objects.filter(conversation=conversation, state__in=("awaits_yes", "queued", "sending", "failed"))
        .exclude(kind="read")
        .select_related("colleague")
        .order_by("written_at", "id")[:200]
    )
)


def changes_of(conversation: Conversation) -> Mapping[UUID, Sequence[Change]]:
    """The changes of the conversation's messages that are not carried out, by message, the oldest first. One statement."""
    found: dict[UUID, list[Change]] = {}
    for row in _CHANGES(conversation.pk):
        found.setdefault(row.interaction_id, []).append(row)
    return found


def replies_of(conversation: Conversation) -> Sequence[Reply]:
    """The newest 500 replies of the conversation but the cancelled ones, oldest first, with files and author."""
    rows = _REPLIES(conversation.pk)
    prefetch_related_objects(rows, "files")
    return rows[::-1]


def _replies(conversation: UUID) -> QuerySet[Reply]:
    rows = Reply.objects.filter(conversation=conversation).exclude(state=Reply.State.CANCELLED)
    return rows.select_related("colleague__unit", "handle", "account").order_by("-written_at", "-id")[:500]


_REPLIES = Question(_replies)


def reply_file(ident: UUID) -> ReplyFile | None:
    """One file of a reply. Ask for access to its conversation before showing it."""
    return ReplyFile.objects.filter(pk=ident).first()


def file_of(*, account: UUID, reply: str, number: int) -> File | None:
    """The file of this number, from 0, that goes or went with a reply on this account; None where there is none."""
    try:
        row = Reply.objects.filter(account=account, pk=UUID(reply)).prefetch_related("files").first()
    except ValueError:
        return None
    files = files_of(row) if row else ()
    return files[number] if 0 <= number < len(files) else None


def files_of(reply: Reply) -> Sequence[File]:
    """The files of a reply as its channel gets them, in order."""
    return [
        File(
            name=f.name,
            content_type=f.content_type,
            size=f.size,
            open=partial(blobs.read, f.digest),
            alt=f.alt,
            url=_link(reply.account_id, reply.pk, number),
        )
        for number, f in enumerate(sorted(reply.files.all(), key=lambda f: (f.at, f.id)))
    ]


def _link(account: UUID, reply: UUID, number: int) -> str:
    """Where whoever was told may fetch a file; "" where the live process has no public https address."""
    base = str(settings.SAMSPIL_LIVE_URL)
    if not base.startswith("https://"):
        return ""
    return f"{base}/in/{account}/files/{reply}/{number}/{sign(LINK, _named(account, str(reply), number))}"


def _named(account: UUID, reply: str, number: int) -> bytes:
    return f"{account} {reply} {number}".encode()


_TAKEN_BACK = (
    "SELECT 1 FROM reply r JOIN intake_interaction i ON i.handle_id = r.handle_id AND i.kind = 'delete' AND i.outgoing"
    " AND i.data->>'target' = r.external_id WHERE r.id = %s LIMIT 1"
)


def linked_file(*, account: UUID, reply: str, number: int, mark: str) -> File | None:
    """The file at an address of ours; None for one that we never gave, or whose message was taken back."""
    if not signed(LINK, _named(account, reply, number), mark.encode("ascii", "replace").decode()):
        return None
    file = file_of(account=account, reply=reply, number=number)
    return None if file is None or sql.run(_TAKEN_BACK, [reply]) else file


def written(ident: UUID) -> bool:
    """Whether a reply with the page's own id is in the outbox."""
    return Reply.objects.filter(pk=ident).exists()


def ledger(reply: UUID) -> Sequence[Delivery]:
    """Everything that became known of one reply, oldest first."""
    return list(Delivery.objects.filter(reply=reply).select_related("by").order_by("at", "id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What a colleague has begun to write: the draft, the files that wait to go with it; whether there are ready texts.

    A file is {pk, name, size, content_type, alt}.
    """

    text: str = ""
    note: bool = False
    handle: UUID | None = None
    files: Sequence[Mapping[str, Any]] = ()
    has_canned: bool = False


_BEGUN = (
    "SELECT d.text, d.note, d.handle_id, (SELECT jsonb_agg(jsonb_build_object('pk', f.id, 'name', f.name, 'size', f.size,"
    "  'content_type', f.content_type, 'alt', f.alt) ORDER BY f.at, f.id)"
    "  FROM reply_file f WHERE f.conversation_id = %(c)s AND f.colleague_id = %(me)s AND f.reply_id IS NULL),"
    " EXISTS (SELECT 1 FROM reply_canned WHERE ended_at IS NULL)"
    " FROM (SELECT 1) one LEFT JOIN reply_draft d ON d.conversation_id = %(c)s AND d.colleague_id = %(me)s"
)


def begun(conversation: UUID, by: Colleague) -> Begun:
    """What the colleague has begun to write in the conversation. One statement."""
    text, note, handle, files, has_canned = sql.run(_BEGUN, {"c": conversation, "me": by.pk})[0]
    return Begun(text=text or "", note=bool(note), handle=handle, files=files or (), has_canned=has_canned)


def draft(conversation: UUID, by: Colleague) -> Draft | None:
    """A colleague's own draft."""
    return Draft.objects.filter(conversation=conversation, colleague=by).first()


def waiting_files(conversation: UUID, by: Colleague) -> Sequence[ReplyFile]:
    """Files that wait to go with the colleague's next reply."""
    return list(ReplyFile.objects.filter(conversation=conversation, colleague=by, reply=None).order_by("at", "id"))


def canned(text: str = "", *, by: Colleague) -> Sequence[Canned]:
    """Ready texts for all and of the colleague's unit, whose key or name begins with the text, by key."""
    rows = Canned.objects.filter(Q(unit=None) | Q(unit=by.unit_id), ended_at=None)
    return list((rows.filter(Q(key__istartswith=text) | Q(name__icontains=text)) if text else rows)[:20])


def all_canned() -> Sequence[Canned]:
    """Every ready text in use, by key."""
    return list(Canned.objects.filter(ended_at=None).select_related("unit", "changed_by"))


_SPOKEN = (
    "SELECT coalesce((SELECT nullif(i.language, '') FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
    "  WHERE p.conversation_id = %(c)s AND i.kind = 'message' AND NOT i.outgoing ORDER BY p.at DESC, p.interaction_id DESC LIMIT 1),"
    " (SELECT language FROM intake_account WHERE id = %(a)s), '')"
)


def spoken(conversation: Conversation) -> str:
    """The language in which the consumer last wrote, the account's where that is not known; two letters or "". One statement."""
    return str(sql.run(_SPOKEN, {"c": conversation.pk, "a": conversation.account_id})[0][0])


def values_for(conversation: Conversation, by: Colleague, *, at: datetime, language: str) -> Mapping[str, str]:
    """What is filled into a ready text (``rules.VARIABLES``) for this conversation. Its consumer is at hand, or asked for."""
    name = conversation.consumer.name
    known = name if name and "@" not in name else ""
    here = organisation()
    unit = by.unit
    with override("en" if language == "en" else "da"):
        date = date_format(localtime(at), "j. F" if language != "en" else "j F")
    return {
        "first_name": known.split(" ")[0],
        "name": known,
        "my_first_name": by.name.split(" ")[0],
        "my_name": by.name,
        "my_title": by.title,
        "unit": (unit.name_en if language == "en" and unit.name_en else unit.name) if unit else "",
        "organisation": here.name if here else "",
        "subject": conversation.subject,
        "date": date,
    }


def said_in(ready: Canned, values: Mapping[str, str], language: str) -> str:
    """A ready text in the language of who gets it, filled in: English for all but Danes where there is an English one."""
    foreign = language not in ("da", "") and ready.text_en
    return filled_in(ready.text_en if foreign else ready.text, values)


def filled(text: str, values: Mapping[str, str]) -> str:
    """Any text with its places filled in, as a ready text's are."""
    return filled_in(text, values)


def state_counts() -> Mapping[str, int]:
    """How many replies are in each state; every state is named."""
    found = dict(Reply.objects.values_list("state").annotate(n=Count("id")).order_by())
    return {state: found.get(state, 0) for state in Reply.State.values}
