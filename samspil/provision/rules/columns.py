"""A table of people: what a column means, guessed from its name in Danish and English, and what a row says."""

import re
from collections.abc import Mapping, Sequence

from samspil.base.text import fold
from samspil.provision.rules.people import LONGEST, Path, Wanted, address_of, path_of

WORDS: Mapping[str, str] = {
    "mail": "mail|email|e mail|mailadresse|e mailadresse|emailadresse|email address|e mail address|user principal name|upn|arbejdsmail"
    "|work email|userprincipalname|epost|e post|username|brugernavn",
    "name": "name|navn|fulde navn|full name|display name|displayname|visningsnavn|medarbejder|medarbejdernavn|employee|employee name|cn",
    "given": "first name|fornavn|given name|givenname|firstname|forename",
    "surname": "last name|efternavn|surname|family name|lastname|sn",
    "external": "id|external id|employee id|employeeid|employee number|medarbejdernummer|medarbejder nr|medarbejdernr|loennummer|loennr"
    "|personalenummer|object id|initialer|initials|employeenumber|staff id|ansat nr|nummer",
    "title": "title|titel|stilling|job title|jobtitle|position|stillingsbetegnelse",
    "unit": "unit|enhed|afdeling|department|team|organisation unit|org unit|organisationsenhed|gruppe|division|omraade|ou",
    "active": "active|aktiv|status|account enabled|accountenabled|enabled|ansat",
    "role": "role|rolle|access|adgang",
    "language": "language|sprog|preferred language|preferredlanguage",
    "competences": "competences|competencies|skills|kompetencer|fag|faglighed|competence|skill|kompetence|expertise|ekspertise|kan",
}
MEANINGS = ("", *WORDS)
_BY_NAME = {word: meaning for meaning, words in WORDS.items() for word in words.split("|")}
_NOISE = re.compile(r"[\s_\-./:*()]+")
_YES = frozenset("1 true yes ja y j active aktiv enabled ansat x sand on".split())
_NO = frozenset("0 false no nej n inactive inaktiv disabled fratraadt ophoert lukket closed left falsk off".split())
_ROLES = {
    "employee": "employee|medarbejder|colleague|kollega|user|bruger",
    "lead": "lead|leder|manager|teamleder|team lead",
    "admin": "admin|administrator|systemadministrator",
}
ROLE_OF = {word: role for role, words in _ROLES.items() for word in words.split("|")}
_LANGUAGES = {
    "da": "da",
    "dansk": "da",
    "danish": "da",
    "dk": "da",
    "en": "en",
    "engelsk": "en",
    "english": "en",
    "gb": "en",
    "us": "en",
}
_LEVEL = re.compile(r"^(.*?)\s*(?:[:=]|\s)\s*([1-5])$|^(.*?)\s*\(([1-5])\)$")
USUAL_LEVEL = 3
"""Of a competence that is named without a level."""
EXAMPLE = (
    "Medarbejdernummer;Navn;E-mail;Titel;Afdeling;Kompetencer\r\n"
    "1001;Søren Ågård;soren@firma.example;Cykelsmed;Værksted/Elcykler;Batteri:5, Gear:3\r\n"
    "1002;Åse Dahl;aase@firma.example;Rådgiver;Kundeservice;Levering:4\r\n"
)


def guess(header: Sequence[str]) -> list[str]:
    """A meaning for each column, "" where its name says nothing; the first of two that mean the same has it."""
    found: list[str] = []
    for name in header:
        meaning = _BY_NAME.get(_NOISE.sub(" ", fold(name)).strip(), "")
        found.append("" if meaning in found else meaning)
    return found


def language_of(text: str) -> str | None:
    """A language that the pages speak, as da or en; None for any other."""
    return _LANGUAGES.get(fold(re.split(r"[-_]", text.strip())[0]))


def wanted_of(*, number: int, cells: Sequence[str], meanings: Sequence[str], separator: str) -> Wanted:
    """What a row says; what is wrong with it stands in ``wrong`` as (code, about)."""
    said = {m: " ".join(c.split()) for m, c in zip(meanings, cells, strict=False) if m}
    wrong: list[tuple[str, str]] = []
    name = said.get("name") or f"{said.get('given', '')} {said.get('surname', '')}".strip()
    mail = address_of(said.get("mail", ""))
    if said.get("mail") and not mail:
        wrong.append(("bad_mail", said["mail"]))
    unit = path_of(said["unit"], separator) if "unit" in said else None
    role, active = _role(said.get("role", ""), wrong), _active(said.get("active", ""), wrong)
    for kind, value in (("name", name), ("title", said.get("title", "")), *(("unit", u) for u in unit or ())):
        if len(value) > LONGEST[kind]:
            wrong.append(("too_long", f"{value[:40]}…"))
    if not mail and not said.get("external") and not wrong:
        wrong.append(("no_address", ""))
    return Wanted(
        number=number,
        external=said.get("external", "")[:200],
        email=mail,
        name=name,
        title=said.get("title"),
        unit=_kept(unit),
        active=active,
        role=role,
        language=language_of(said.get("language", "")),
        levels=levels_of(said.get("competences", "")),
        wrong=wrong,
    )


def _kept(unit: Path | None) -> Path | None:
    return unit or None  # an empty cell says nothing of the unit


def _role(text: str, wrong: list[tuple[str, str]]) -> str | None:
    if text and fold(text) not in ROLE_OF:
        wrong.append(("bad_role", text))
    return ROLE_OF.get(fold(text))


def _active(text: str, wrong: list[tuple[str, str]]) -> bool | None:
    word = fold(text)
    if word and word not in _YES | _NO:
        wrong.append(("bad_active", text))
    return True if word in _YES else False if word in _NO else None


def levels_of(text: str) -> dict[str, int]:
    """«Batteri:5, Gear (3), Levering» as {name: level}; without a level it is 3."""
    found: dict[str, int] = {}
    for part in re.split(r"[,;|\n]", text):
        word = part.strip()
        match = _LEVEL.match(word)
        if match:
            found[(match[1] or match[3] or "").strip()] = int(match[2] or match[4])
        elif word:
            found[word] = USUAL_LEVEL
    return {name: level for name, level in found.items() if name}
