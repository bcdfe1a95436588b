"""The content of a message as plain text, by its type. Pure.

Files lie at Meta behind a short-lived address that asks for our token; they are fetched afterwards, by their id.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from samspil.channels._meta.read import fail, parts, text, word
from samspil.kit.reading import part

FILES = {
    "image": "picture",
    "audio": "audio",
    "voice": "voice message",
    "video": "video",
    "document": "document",
    "sticker": "sticker",
}
Content = tuple[str, Sequence[str], Mapping[str, Any]]
"""Text, notes, extra."""


def content(kind: str, message: Mapping[str, Any]) -> Content:
    """What was written. Raises NotUnderstood for a type that is not known or has nothing in it."""
    extra: dict[str, Any] = {}
    notes: list[str] = []
    if kind in FILES:
        written, extra["media"] = _file(kind, part(message, kind))
    elif kind in {"unsupported", "unknown"}:
        errors = parts(message, "errors")
        written = "[a message that WhatsApp does not pass on]"
        notes.append(word(errors[0].get("title") or errors[0].get("message"), 200) if errors else "not supported")
    elif kind in _PLAIN:
        written = _PLAIN[kind](message)
    else:
        return fail(f"WhatsApp sent {kind or 'a message without a type'}, which we do not know")
    referral = part(message, "referral")
    if referral:
        extra["referral"] = {
            n: word(referral.get(n), 500) for n in ("source_url", "source_id", "source_type", "headline") if referral.get(n)
        }
        notes.append(f"they came by {word(referral.get('source_type'), 20) or 'an ad'}: {word(referral.get('headline'), 200)}")
    return written or fail(f"a message of the type {kind} with nothing in it"), notes, extra


def _file(kind: str, about: Mapping[str, Any]) -> tuple[str, Mapping[str, str]]:
    shown = word(about.get("filename"), 200) or ("voice message" if about.get("voice") is True else FILES[kind])
    media = {n: word(about.get(n), 300) for n in ("id", "mime_type", "sha256") if about.get(n)} | {"kind": kind}
    caption = text(about.get("caption"))
    return f"{caption}\n[{shown}]".strip(), media


def _text(message: Mapping[str, Any]) -> str:
    return text(part(message, "text").get("body"))


def _location(message: Mapping[str, Any]) -> str:
    about = part(message, "location")
    place = [
        n for n in (about.get("latitude"), about.get("longitude")) if isinstance(n, (int, float)) and not isinstance(n, bool)
    ]
    if len(place) < 2:  # noqa: PLR2004
        return ""
    return "\n".join(
        filter(
            None, [f"[{place[0]}, {place[1]}]", word(about.get("name")), word(about.get("address")), word(about.get("url"), 500)]
        )
    )


def _contacts(message: Mapping[str, Any]) -> str:
    lines = []
    for card in parts(message, "contacts")[:20]:
        name = part(card, "name")
        shown = word(name.get("formatted_name")) or word(name.get("first_name"))
        ways = [word(p.get("phone") or p.get("wa_id"), 40) for p in parts(card, "phones")[:5]]
        ways += [word(e.get("email"), 200) for e in parts(card, "emails")[:5]]
        lines.append(f"[{' '.join(filter(None, [shown, *ways]))}]")
    return "\n".join(lines)


def _button(message: Mapping[str, Any]) -> str:
    about = part(message, "button")
    return text(about.get("text")) or word(about.get("payload"))


def _interactive(message: Mapping[str, Any]) -> str:
    about = part(message, "interactive")
    for name in ("button_reply", "list_reply", "nfm_reply"):
        chosen = part(about, name)
        if chosen:
            more = word(chosen.get("description"), 200)
            shown = word(chosen.get("title")) or word(chosen.get("body")) or word(chosen.get("id"))
            answers = text(chosen.get("response_json"), 2000)
            return "\n".join(filter(None, [f"{shown} ({more})" if more else shown, answers]))
    return ""


def _order(message: Mapping[str, Any]) -> str:
    about = part(message, "order")
    rows = [
        f"{word(i.get('quantity'), 12)} × {word(i.get('product_retailer_id'), 100)}, {_price(i.get('item_price'))} {word(i.get('currency'), 3)}"
        for i in parts(about, "product_items")[:100]
    ]
    return "\n".join(filter(None, [text(about.get("text")), *rows]))


def _price(value: object) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e12 else "?"  # noqa: PLR2004


_PLAIN = {
    "text": _text,
    "location": _location,
    "contacts": _contacts,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
}
