"""What a webhook of WhatsApp means (https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components). Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal

from samspil.channels._meta.gather import gather
from samspil.channels._meta.read import fail, parts, time, word
from samspil.channels._meta.settings import said
from samspil.channels._meta.webhook import parsed
from samspil.channels.whatsapp.content import content
from samspil.channels.whatsapp.media import attachments
from samspil.channels.whatsapp.people import ours, person, sender
from samspil.channels.whatsapp.settings import BSUID, CODES, normal
from samspil.kit import Account, Claim, Delete, DeliveryReport, Edit, Envelope, Event, Handle, Message, NotUnderstood, Reaction
from samspil.kit.reading import part

LISTS = ("messages", "statuses", "message_echoes")
"""What a change's value has several of."""
STATES: Mapping[str, Literal["accepted", "delivered", "read"]] = {
    "accepted": "accepted",
    "sent": "accepted",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
}
"""WhatsApp's words for what became of a message, in ours."""


def meaning(envelope: Envelope, account: Account) -> Sequence[Event]:
    """Every event of one webhook: all entries, all changes, all messages and all states. Raises NotUnderstood when none is understood."""
    body = parsed(envelope.payload)
    if body.get("object") != "whatsapp_business_account":
        raise NotUnderstood(f"this is of {word(body.get('object'), 40) or 'nothing'}, and not WhatsApp's")
    return gather(_things(body, account), "a webhook of WhatsApp's without a change")


def _things(body: Mapping[str, Any], account: Account) -> Iterator[Callable[[], Sequence[Event]]]:
    for entry in parts(body, "entry"):
        for change in parts(entry, "changes"):
            value, name = part(change, "value"), word(change.get("field"), 60)
            found = False
            for kind in LISTS:
                for one in parts(value, kind):
                    found = True
                    yield partial(_event, kind, one, value, account)
            if not found:
                yield partial(fail, _note(value, name))


def _event(kind: str, one: Mapping[str, Any], value: Mapping[str, Any], account: Account) -> Sequence[Event]:
    number = word(part(value, "metadata").get("phone_number_id"), 60)
    if number != said(account, "phone_number_id"):
        fail(f"this is for another number than this account's ({number or 'none'})")
    if kind == "statuses":
        return _state(one)
    return _message(one, value, account) if kind == "messages" else _echo(one, value, account)


def _note(value: Mapping[str, Any], name: str) -> str:
    errors = parts(value, "errors")
    if errors:
        return f"WhatsApp reports: {error_words(errors[0])}"
    return f"WhatsApp tells of {name or 'nothing'}, which is no message"


def _message(one: Mapping[str, Any], value: Mapping[str, Any], account: Account) -> Sequence[Event]:
    ident, at = word(one.get("id"), 300) or fail("a message without an id"), time(one.get("timestamp"))
    kind = word(one.get("type"), 40)
    if kind == "request_welcome":
        return []  # the chat was opened for the first time, and nothing was written
    if kind == "system":
        return [_system(one, value, account)]
    author, claims = sender(one, value, account)
    changed = _change(kind, one, ident, author)
    if changed:
        return [changed]
    text, notes, extra = content(kind, one)
    context = part(one, "context")
    answered = word(context.get("id"), 300)
    if context.get("forwarded") is True or context.get("frequently_forwarded") is True:
        notes = [*notes, "forwarded"]
    return [
        Message(
            external_id=ident,
            author=author,
            at=at,
            text=text,
            claims=claims,
            references=[answered] if answered else [],
            thread=word(one.get("group_id"), 200),
            notes=notes,
            attachments=attachments(extra.get("media")),
            extra=extra,
        )
    ]


def _change(kind: str, one: Mapping[str, Any], ident: str, author: Handle) -> Event | None:
    """A reaction, an edit or a taking back; None for a message."""
    at = time(one.get("timestamp"))
    if kind == "reaction":
        about = part(one, "reaction")
        target = word(about.get("message_id"), 300) or fail("a reaction to nothing")
        sign = word(about.get("emoji"), 20)
        return Reaction(external_id=ident, target=target, author=author, at=at, emoji=sign, removed=not sign)
    if kind == "revoke":
        target = word(part(one, "revoke").get("original_message_id"), 300) or fail("nothing was taken back")
        return Delete(external_id=ident, target=target, author=author, at=at)
    if kind == "edit":
        about = part(one, "edit")
        target = word(about.get("original_message_id"), 300) or fail("nothing was changed")
        now = part(about, "message")
        return Edit(external_id=ident, target=target, author=author, at=at, text=content(word(now.get("type"), 40), now)[0])
    return None


def _echo(one: Mapping[str, Any], value: Mapping[str, Any], account: Account) -> Sequence[Event]:
    """What a colleague wrote in the WhatsApp Business app on the same number; what we sent ourselves does not come here."""
    ident, at = word(one.get("id"), 300) or fail("a message without an id"), time(one.get("timestamp"))
    kind, author = word(one.get("type"), 40), ours(value)
    changed = _change(kind, one, ident, author)
    if changed:
        return fail("a colleague changed, or took back, a message in the WhatsApp Business app")
    to = word(one.get("to_user_id") or one.get("recipient"), 200)
    receiver, claims = person(normal(word(one.get("to"), 40)), to if BSUID.fullmatch(to) else "", account)
    text, notes, extra = content(kind, one)
    return [
        Message(
            external_id=ident,
            author=author,
            at=at,
            text=text,
            to=[receiver],
            claims=claims,
            outgoing=True,
            notes=notes,
            attachments=attachments(extra.get("media")),
            extra=extra,
        )
    ]


def _system(one: Mapping[str, Any], value: Mapping[str, Any], account: Account) -> Message:
    """Somebody changed their number: the old and the new are one person, by WhatsApp's word."""
    about = part(one, "system")
    author, claims = sender(one, value, account)
    new = normal(word(about.get("wa_id") or about.get("new_wa_id"), 40))
    second: list[Claim] = []
    if new:
        second = [Claim(handle=Handle(network=author.network, address=f"+{new}", name=f"+{new}"), by="network")]
        second += [Claim(handle=Handle(network="phone", address=f"+{new}", name=f"+{new}"), by="network")]
    return Message(
        external_id=word(one.get("id"), 300),
        author=author,
        at=time(one.get("timestamp")),
        text=word(about.get("body"), 500) or fail("a notice without words"),
        claims=[*claims, *second],
        automatic="notice",
    )


def _state(one: Mapping[str, Any]) -> Sequence[Event]:
    target, state = word(one.get("id"), 300) or fail("a state of nothing"), word(one.get("status"), 40).lower()
    at, external_id = time(one.get("timestamp")), f"{target}:{state}"
    target = word(one.get("biz_opaque_callback_data"), 100) or target  # our reply's id, which send() gave along
    if state in STATES:
        return [DeliveryReport(external_id=external_id, target=target, state=STATES[state], at=at)]
    if state == "failed":
        errors = parts(one, "errors")
        detail = error_words(errors[0]) if errors else "WhatsApp does not say why"
        return [DeliveryReport(external_id=external_id, target=target, state="failed", at=at, detail=detail)]
    return fail(f"WhatsApp says {state or 'nothing'} of a message")


def error_words(error: Mapping[str, Any]) -> str:
    """An error in words that we know, else in WhatsApp's own, with its code."""
    code = error.get("code")
    code = code if isinstance(code, int) and not isinstance(code, bool) else 0
    known = CODES.get(code)
    plain = (
        known.words
        if known
        else word(part(error, "error_data").get("details") or error.get("title") or error.get("message"), 300)
    )
    return f"{plain or 'WhatsApp does not say why'} ({code})"
