"""The people of other programs' exports as rows of a table: Chatwoot, Zammad, FreeScout, Mautic, as their documentation describes them."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from samspil.base.tables import COLUMNS, MANY, ROWS, CannotReadPeople, Row, encoding_of, storable

LARGEST = 100_000_000
"""Bytes of a JSON file, which is read as a whole."""
FORMATS = ("csv", "vcard", "chatwoot", "zammad", "freescout", "mautic")
PRESETS: Mapping[str, Mapping[str, str]] = {
    "chatwoot": {
        "name": "name", "email": "handle.mail", "phone_number": "handle.phone", "identifier": "detail.customer_number",
        "created_at": "since", "company_name": "detail.company", "city": "detail.city", "country": "detail.country", "id": "",
        "country_code": "", "location": "", "contact_type": "", "inbox mail": "handle.mail", "inbox phone": "handle.phone",
        "inbox whatsapp": "handle.whatsapp", "last_name": "detail.surname", "middle_name": "",
    },
    "zammad": {
        "firstname": "detail.given_name", "lastname": "detail.surname", "email": "handle.mail", "phone": "handle.phone",
        "mobile": "handle.phone", "fax": "", "web": "detail.website", "organization": "detail.company",
        "department": "detail.department", "street": "detail.street", "zip": "detail.postcode", "city": "detail.city",
        "country": "detail.country", "address": "", "created_at": "since", "login": "", "note": "new.text", "vip": "new.yes",
        "verified": "", "active": "", "roles": "", "groups": "", "id": "",
    },
    "freescout": {
        "firstName": "detail.given_name", "lastName": "detail.surname", "emails": "handle.mail", "phones": "handle.phone",
        "company": "detail.company", "jobTitle": "detail.title", "websites": "detail.website", "createdAt": "since",
        "notes": "new.text", "background": "new.text", "city": "detail.city", "state": "detail.region", "zip": "detail.postcode",
        "country": "detail.country", "address": "detail.street", "id": "", "photoUrl": "",
    },
    "mautic": {
        "firstname": "detail.given_name", "lastname": "detail.surname", "email": "handle.mail", "phone": "handle.phone",
        "mobile": "handle.phone", "fax": "", "company": "detail.company", "position": "detail.title", "address1": "detail.street",
        "zipcode": "detail.postcode", "city": "detail.city", "state": "detail.region", "country": "detail.country",
        "website": "detail.website", "preferred_locale": "detail.language", "twitter": "handle.x", "facebook": "handle.facebook",
        "instagram": "handle.instagram", "points": "new.number", "do not contact": "new.yes", "tags": "new.text",
        "dateAdded": "since", "date_added": "since", "title": "", "id": "", "owner": "", "stage": "",
    },
}  # fmt: skip
_SECRET = ("password", "token", "secret", "preferences", "_ids", "image", "avatar", "thumbnail")
"""What is no knowledge of a person, and what must never be taken along."""
_INBOXES = {"Channel::Whatsapp": "whatsapp", "Channel::Email": "mail", "Channel::Sms": "phone", "Channel::TwilioSms": "phone"}

Cells = dict[str, str]


def is_json(beginning: bytes) -> bool:
    """Whether it begins as JSON does."""
    return beginning.decode(encoding_of(beginning), "replace").lstrip("\ufeff \r\n\t")[:1] in {"{", "["}


def told_by(names: Iterable[str]) -> str:
    """Which program has such columns or keys; ``csv`` for none of them."""
    seen = set(names)
    if {"firstName", "lastName"} <= seen and seen & {"emails", "_embedded", "photoUrl"}:
        return "freescout"
    if {"login", "firstname", "lastname"} <= seen:
        return "zammad"
    if "fields" in seen or (
        {"firstname", "lastname"} <= seen and seen & {"points", "dateAdded", "date_added", "preferred_locale"}
    ):
        return "mautic"
    if {"name", "email", "phone_number"} <= seen:
        return "chatwoot"
    return "csv"


def export(file: BinaryIO, *, source: str = "") -> tuple[str, list[str], Iterator[Row]]:
    """The program, the columns and the rows of a JSON export. Raises CannotReadPeople."""
    raw = file.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise CannotReadPeople(f"JSON of more than {LARGEST // 1_000_000} MB: split the file, or export as CSV")
    try:
        people = list(_people(_parsed(raw.decode(encoding_of(raw[:64_000]), "replace").lstrip("\ufeff"))))
    except (ValueError, RecursionError):
        raise CannotReadPeople("The file is no JSON that can be read") from None
    if not people:
        raise CannotReadPeople("There is nobody in the file")
    if len(people) > ROWS:
        raise CannotReadPeople(f"More than {ROWS:,} people: split the file")
    program = source if source in _FLAT else told_by(key for p in people[:20] if isinstance(p, dict) for key in p)
    flat = [_flattened(_FLAT.get(program, _plain), p) for p in people]
    header = list(dict.fromkeys(name for cells in flat if cells for name in cells))[:COLUMNS]
    return program, header, _rows(flat, header)


def _rows(flat: list[Cells | None], header: list[str]) -> Iterator[Row]:
    for number, cells in enumerate(flat, 1):
        if cells is None:
            yield Row(number, (), "not_a_person")
            continue
        row = [cells.get(name, "") for name in header]
        wrong = "too_long" if any(len(c) > 10_000 for c in row) else "not_text" if any("\ufffd" in c for c in row) else ""  # noqa: PLR2004
        yield Row(number, row, wrong)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]  # a page or a person on each line


def _people(found: Any) -> Iterator[Any]:
    """Everybody in it: a list, a page of an API, or a list of pages."""
    if isinstance(found, list):
        for one in found:
            yield from _people(one) if isinstance(one, (list, dict)) and _page(one) is not None else [one]
    elif isinstance(found, dict):
        inside = _page(found)
        yield from _people(inside) if inside is not None else [found]


def _page(found: Any) -> Any:
    if isinstance(found, list):
        return found
    for key in ("payload", "contacts", "customers", "users", "data", "records"):
        inside = found.get(key)
        if isinstance(inside, list):
            return inside
        if key == "contacts" and isinstance(inside, dict):
            return list(inside.values())
    embedded = found.get("_embedded")
    if isinstance(embedded, dict) and isinstance(embedded.get("customers"), list):
        return embedded["customers"]
    assets = found.get("assets")
    if isinstance(assets, dict) and isinstance(assets.get("User"), dict):
        return list(assets["User"].values())
    return None


def _flattened(how: Callable[[Mapping[str, Any]], Cells], person: Any) -> Cells | None:
    if not isinstance(person, dict):
        return None
    try:
        return {storable(k)[:200]: v for k, v in how(person).items() if v and not any(s in k.lower() for s in _SECRET)}
    except (AttributeError, TypeError, ValueError, RecursionError):
        return None


def _text(value: Any) -> str:
    if value is None or isinstance(value, (dict,)):
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list):
        return MANY.join(t for t in (_text(v) for v in value) if t)
    return str(value).replace(MANY, " ").encode("utf-8", "replace").decode()


def _dict(value: Any) -> Mapping[str, Any]:
    """An object; PHP writes an empty one as an empty list."""
    return value if isinstance(value, dict) else {}


def _plain(person: Mapping[str, Any]) -> Cells:
    cells = {str(k): _text(v) for k, v in person.items() if not isinstance(v, dict)}
    for key, inside in person.items():
        if isinstance(inside, dict):
            cells |= {f"{key}.{k}": _text(v) for k, v in inside.items()}
    return cells


def _chatwoot(person: Mapping[str, Any]) -> Cells:
    cells = {k: _text(person.get(k)) for k in ("name", "email", "phone_number", "identifier", "created_at", "last_name")}
    more = _dict(person.get("additional_attributes"))
    for name in ("company_name", "city", "country", "description"):
        cells[name] = _text(more.get(name))
    for name, value in _dict(more.get("social_profiles")).items():
        cells[f"{name}"] = _text(value)
    for name, value in _dict(person.get("custom_attributes")).items():
        cells[f"attribute: {name}"] = _text(value)
    for inbox in person.get("contact_inboxes") or []:
        network = _INBOXES.get(str(_dict(inbox.get("inbox")).get("channel_type")))
        if network and inbox.get("source_id"):
            source = _text(inbox["source_id"]).removeprefix("whatsapp:")
            place, shown = f"inbox {network}", source if network == "mail" or source.startswith("+") else f"+{source}"
            cells[place] = MANY.join(filter(None, [cells.get(place, ""), shown]))
    return cells


def _zammad(person: Mapping[str, Any]) -> Cells:
    cells = {str(k): _text(v) for k, v in person.items() if not isinstance(v, (dict, list))}
    organization = person.get("organization")
    if isinstance(organization, dict):
        cells["organization"] = _text(organization.get("name"))
    if not cells.get("email") and "@" in cells.get("login", ""):
        cells["email"] = cells["login"]
    return {k: v for k, v in cells.items() if not k.endswith(("_id", "_at", "_by")) or k == "created_at"}


def _freescout(person: Mapping[str, Any]) -> Cells:
    inside = _dict(person.get("_embedded"))
    cells = {str(k): _text(v) for k, v in person.items() if not isinstance(v, (dict, list))}
    for name in ("emails", "phones", "websites"):
        cells[name] = MANY.join(_text(one.get("value")) for one in inside.get(name) or [])
    for one in (*(inside.get("social_profiles") or []), *(inside.get("socialProfiles") or [])):
        cells[f"{one.get('type')}"] = _text(one.get("value"))
    for name, value in _dict(inside.get("address")).items():
        cells[str(name)] = _text(value)
    for one in person.get("customerFields") or person.get("customFields") or []:
        cells[f"attribute: {one.get('name') or one.get('id')}"] = _text(one.get("text") or one.get("value"))
    return {k: v for k, v in cells.items() if k not in {"type", "photoType", "updatedAt"}}


def _mautic(person: Mapping[str, Any]) -> Cells:
    fields = _dict(person.get("fields"))
    values = dict(_dict(fields.get("all")))
    if not values:
        for group in fields.values():
            values |= {alias: one.get("value") for alias, one in _dict(group).items() if isinstance(one, dict)}
    cells = {str(k): _text(v) for k, v in values.items() if not isinstance(v, dict)}
    cells["points"] = _text(person.get("points", values.get("points")))
    cells["dateAdded"] = _text(person.get("dateAdded"))
    cells["do not contact"] = "1" if person.get("doNotContact") else ""
    cells["tags"] = ", ".join(_text(t.get("tag") if isinstance(t, dict) else t) for t in person.get("tags") or [])
    companies = person.get("companies") or []
    named = [_text(c.get("companyname") or _dict(_dict(c.get("fields")).get("all")).get("companyname")) for c in companies]
    if any(named):
        cells["company"] = MANY.join(filter(None, dict.fromkeys([cells.get("company", ""), *named])))
    return cells


_FLAT: Mapping[str, Callable[[Mapping[str, Any]], Cells]] = {
    "chatwoot": _chatwoot,
    "zammad": _zammad,
    "freescout": _freescout,
    "mautic": _mautic,
}


def preset_of(program: str, header: Iterable[str]) -> dict[str, str]:
    """What the columns of a program's export mean, own attributes among them."""
    found = dict(PRESETS.get(program, {}))
    found |= {name: "new.text" for name in header if name.startswith("attribute: ")}
    return found
