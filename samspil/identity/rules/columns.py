"""Reading a labelled file: which column is what, and its rows as profiles."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from samspil.identity.rules.names import cut
from samspil.identity.rules.profile import Profile, profile

TRUTH = "person"
MEANING: dict[str, tuple[str, ...]] = {
    "person": ("person", "cluster", "person_id", "truth"),
    "network": ("network", "channel", "source"),
    "address": ("handle", "account"),
    "mail": ("mail", "email", "e_mail", "email_address"),
    "username": ("username", "user_name", "login", "nick"),
    "display": ("name", "display", "display_name", "full_name", "fullname"),
    "given": ("given_name", "first_name", "firstname", "given", "forename", "fornavn"),
    "surname": ("surname", "last_name", "lastname", "family_name", "efternavn"),
    "company": ("company", "employer", "organisation", "organization", "org", "firma", "affiliation"),
    "phone": ("phone", "telephone", "mobile", "tel", "phone_number", "telefon"),
    "born": ("dob", "date_of_birth", "born", "birth_date", "birthdate", "birthday"),
    "postcode": ("postcode", "postal_code", "zip", "zip_code", "zipcode", "postcode_fake", "postnummer"),
    "place": ("place", "city", "town", "suburb", "birth_place", "birthplace", "location", "by"),
    "street": ("street", "address", "address_1", "street_address", "adresse"),
    "gender": ("gender", "sex"),
    "job": ("occupation", "title", "job", "profession"),
    "languages": ("language", "languages", "lang"),
    "links": ("links", "url", "website", "blog"),
    "avatar": ("avatar", "avatar_hash"),
    "orders": ("order_number", "orders", "order_id"),
    "hours": ("hours",),
}
IGNORED = ("unique_id", "id", "rec_id", "record_id", "first_and_surname", "row", "index")
"""Names of a row itself, which say nothing of a person."""
SEVERAL = re.compile(r"[;|]")
_KNOWN = {name: meaning for meaning, names in MEANING.items() for name in names}
MOST_EXTRAS = 12


class BadFile(ValueError):
    """The file cannot be evaluated: it is missing, empty, or lacks a column. The text says which."""


@dataclass(slots=True)
class Rows:
    """``profiles`` with their ``truth``; ``broken`` counts rows left out by reason; ``plain`` says that there are no handles in the file."""

    profiles: list[Profile] = field(default_factory=list)
    truth: list[str] = field(default_factory=list)
    broken: dict[str, int] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    extras: tuple[str, ...] = ()
    plain: bool = False


def header(name: str) -> str:
    """A column's name as small letters, digits and underscores."""
    return re.sub(r"\W+", "_", name.strip().lstrip("\ufeff").lower()).strip("_")


def read_file(path: Path) -> Rows:
    """The rows of a CSV file in UTF-8 (other bytes are replaced), comma, semicolon or tab between. Raises BadFile."""
    if not path.is_file():
        raise BadFile(f"{path}: no such file")
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        start = file.readline()
        mark = max(",;\t", key=start.count)
        file.seek(0)
        clean = (line.replace("\0", "") for line in file)
        csv.field_size_limit(10_000_000)
        return read(
            csv.DictReader(clean, delimiter=mark, restkey="", restval=None), next(csv.reader([start], delimiter=mark), [])
        )


def read(rows: Iterable[Mapping[str, Any]], headers: Sequence[str]) -> Rows:
    """Profiles of rows by the meaning of their columns. Raises BadFile when there is no person column or nothing to compare."""
    named = {name: header(name) for name in headers if name}
    meaning = {name: _KNOWN[plain] for name, plain in named.items() if plain in _KNOWN}
    if "person" not in meaning.values():
        raise BadFile(f"no column {TRUTH!r} (who it is in truth); the columns are {', '.join(headers) or 'none'}")
    if not set(meaning.values()) - {"person", "network"}:
        raise BadFile(f"nothing to compare; the columns are {', '.join(headers)}")
    extras = [n for n, plain in named.items() if n not in meaning and plain and plain not in IGNORED][:MOST_EXTRAS]
    found = Rows(columns={n: meaning.get(n, "extra" if n in extras else "ignored") for n in named})
    found.extras = tuple(sorted(named[n] for n in extras))
    found.plain = not {"address", "mail", "username"} & set(meaning.values())
    for row in rows:
        _add(found, row, meaning, {n: named[n] for n in extras})
    if not found.profiles:
        raise BadFile(
            "no row can be used: " + (", ".join(f"{n} {why}" for why, n in found.broken.items()) or "the file is empty")
        )
    return found


def _add(found: Rows, row: Mapping[str, Any], meaning: Mapping[str, str], extras: Mapping[str, str]) -> None:
    if row.get("") is not None or (None in row.values() and all(v in (None, "") for v in list(row.values())[1:])):
        found.broken["wrong number of fields"] = found.broken.get("wrong number of fields", 0) + 1
        return
    raw: dict[str, Any] = {}
    for name, means in meaning.items():
        value = cut(row.get(name))
        if value:
            parts = (
                [p.strip() for p in SEVERAL.split(value)]
                if means in {"company", "phone", "languages", "links", "orders", "hours"}
                else [value]
            )
            raw[means] = [*raw.get(means, []), *parts]
    truth = (raw.pop("person", None) or [""])[0]
    if not truth:
        found.broken["no person"] = found.broken.get("no person", 0) + 1
        return
    single = {
        k: v[0]
        for k, v in raw.items()
        if k in {"network", "address", "username", "display", "given", "surname", "gender", "avatar"}
    }
    joined = {k: " ".join(v) for k, v in raw.items() if k in {"place", "street", "postcode", "born", "job"}}
    if "mail" in raw and "address" not in single:
        single["address"] = raw["mail"][0]
    details = {named: value for name, named in extras.items() if (value := cut(row.get(name)))}
    found.profiles.append(profile({**raw, **single, **joined, "extra": details}))
    found.truth.append(truth)
