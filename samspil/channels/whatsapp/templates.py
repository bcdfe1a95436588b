"""Approved templates, as WhatsApp lists them. Source: https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from samspil.channels._meta.graph import Graph
from samspil.channels._meta.read import parts, text, word
from samspil.channels._meta.settings import said
from samspil.channels.whatsapp.settings import graph
from samspil.kit import Account, Chosen, Template, TryLater, Unreachable
from samspil.kit.reading import part

PAGE, PAGES = 100, 20
FIELDS = "name,language,status,category,components,parameter_format"
APPROVED = "APPROVED"
SHOWN = frozenset({"HEADER", "BODY", "FOOTER", "BUTTONS"})
"""The parts that need nothing but the body's values; cards of a carousel and offers with an end need more."""
PRESSED = frozenset({"QUICK_REPLY", "URL", "PHONE_NUMBER"})
"""The buttons that need nothing when sent; products, orders, flows and codes do."""


def templates(account: Account) -> Sequence[Template]:
    """Those whose body alone has places: a picture, a button or a headline to fill in cannot be given from here. Raises TryLater, Unreachable."""
    waba = said(account, "waba_id")
    if not waba:
        raise Unreachable("The WhatsApp Business account's id is not set: give it in the settings of the channel")
    found = [made for row in _rows(graph(account), waba) if (made := _template(row))]
    return sorted(found, key=lambda t: (t.name, t.language))


def _rows(way: Graph, waba: str) -> Iterator[Mapping[str, Any]]:
    after = ""
    for _ in range(PAGES):
        query = {"fields": FIELDS, "status": APPROVED, "limit": PAGE} | ({"after": after} if after else {})
        page = way.call("GET", f"{waba}/message_templates", query=query)
        yield from parts(page, "data")
        paging = part(page, "paging")
        after = word(part(paging, "cursors").get("after"), 500)
        if not after or not paging.get("next"):
            return
    raise TryLater("WhatsApp lists more templates than there can be")


def _template(row: Mapping[str, Any]) -> Template | None:
    name, language = word(row.get("name"), 512), word(row.get("language"), 20)
    if not name or not language or row.get("status") != APPROVED:
        return None
    told: dict[str, str] = {}
    examples: dict[str, str] = {}
    for one in parts(row, "components"):
        kind, words = word(one.get("type"), 20), text(one.get("text"))
        if kind == "BODY":
            examples = _examples(part(one, "example"))
        elif kind not in SHOWN or (kind == "HEADER" and word(one.get("format"), 20) != "TEXT") or "{{" in words or _asks(one):
            return None
        told[kind] = words
    shown = "\n\n".join(told[kind] for kind in ("HEADER", "BODY", "FOOTER") if told.get(kind))
    category = word(row.get("category"), 40).lower()
    return Template(name=name, language=language, text=shown, category=category, examples=examples) if told.get("BODY") else None


def _asks(component: Mapping[str, Any]) -> bool:
    """Whether a button has something to fill in, or is of a kind that we do not know to need nothing."""
    return any("{{" in text(b.get("url")) or word(b.get("type"), 40) not in PRESSED for b in parts(component, "buttons"))


def _examples(said_of: Mapping[str, Any]) -> dict[str, str]:
    rows = said_of.get("body_text")
    first = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], list) else []
    found = {str(number): word(value, 200) for number, value in enumerate(first, 1)}
    return found | {
        word(one.get("param_name"), 60): word(one.get("example"), 200) for one in parts(said_of, "body_text_named_params")
    }


def about(chosen: Chosen) -> Mapping[str, Any]:
    """The part of a message that names a template and fills it in."""
    made: dict[str, Any] = {"name": chosen.name, "language": {"code": chosen.language, "policy": "deterministic"}}
    if chosen.values:
        named = not all(place.isdecimal() for place in chosen.values)
        places = list(chosen.values) if named else sorted(chosen.values, key=int)
        filled = [{"type": "text", **({"parameter_name": p} if named else {}), "text": chosen.values[p]} for p in places]
        made["components"] = [{"type": "body", "parameters": filled}]
    return made
