"""The matching features of one handle, normalised once, and the blocking keys under which it is found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from hashlib import blake2b
from typing import Any

from samspil.identity.rules import names
from samspil.identity.rules.names import cut, root
from samspil.identity.rules.words import ROLE

MAX_KEYS = 12
READ = 120
"""Characters of a name or a handle that are kept for people to read."""
SHORT = 3
LONG_WORD = 6
CJK = "u"


@dataclass(frozen=True, slots=True)
class Profile:
    """One handle, ready to be compared. Text is lower ASCII, None is not known, a tuple is a set (sorted) and None when empty.

    ``name_key`` are the sorted words of a name of two words or more, ``word`` the only word of another; ``login_free`` is the user name
    when the own name does not explain it. ``display`` and ``at`` are the name and the handle as they are written, for people to read and
    never compared. ``role`` and ``mixed`` handles never match by what they look like.
    """

    network: str = ""
    display: str | None = None
    at: str | None = None
    address: str | None = None
    name: str | None = None
    name_key: str | None = None
    joined: str | None = None
    word: str | None = None
    given: str | None = None
    surname: str | None = None
    nick_key: str | None = None
    init_key: str | None = None
    first: str | None = None
    initial: str | None = None
    words: tuple[str, ...] | None = None
    others: tuple[str, ...] | None = None
    middles: tuple[str, ...] | None = None
    login: str | None = None
    login_free: str | None = None
    login_stem: str | None = None
    login_skeleton: str | None = None
    forms: tuple[str, ...] | None = None
    shorts: tuple[str, ...] | None = None
    domain: str | None = None
    orgs: tuple[str, ...] | None = None
    selves: tuple[str, ...] | None = None
    links: tuple[str, ...] | None = None
    phones: tuple[str, ...] | None = None
    street: str | None = None
    postcode: str | None = None
    area: str | None = None
    place: str | None = None
    born: str | None = None
    born_digits: str | None = None
    ids: tuple[str, ...] | None = None
    avatar: str | None = None
    languages: tuple[str, ...] | None = None
    hours: tuple[str, ...] | None = None
    seen: tuple[str, ...] | None = None
    seen_hours: tuple[str, ...] | None = None
    gender: str | None = None
    job: str | None = None
    role: bool = False
    mixed: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """What is known as plain values, for a JSON column; what is not known is left out."""
        found: dict[str, Any] = {}
        for name in NAMES:
            value = getattr(self, name)
            if value not in (None, "", False, (), {}):
                found[name] = list(value) if isinstance(value, tuple) else dict(value) if name == "extra" else value
        return found

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Profile":
        """The profile that ``to_json`` wrote; names it does not know are passed over."""
        known: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in kept.items() if k in _NAME_SET}
        return cls(**known)


NAMES = tuple(f.name for f in fields(Profile))
_NAME_SET = frozenset(NAMES)
LISTS = tuple(f.name for f in fields(Profile) if "tuple" in str(f.type))


def profile(raw: Mapping[str, Any]) -> Profile:
    """The features of one handle from what is known of it.

    ``raw``: network, address, display (or name), username, and optional details: company, phone, street, postcode, place, born, given,
    surname, orders, customers, links, avatar, languages, hours (0-23 of the day), seen (pairs of epoch hour and place), gender, job,
    extra (a mapping). A detail may be one text or several. Never raises on any text; fields are cut at ``names.LONG`` characters.
    """
    network = cut(raw.get("network")).lower()
    display = cut(raw.get("display")) or cut(raw.get("name"))
    user, domain, address = _handle(network, cut(raw.get("address")), cut(raw.get("username")))
    mixed = names.looks_alike(display) or names.looks_alike(user)
    plain = names.plain_user(user)
    role = names.is_role(plain, display)
    words = [] if mixed else _name_words(raw, display, user)
    words = _spelled_out(words, plain)
    found = _named(words, exact=bool(cut(raw.get("surname"))))
    if found and (raw.get("given") or raw.get("surname")):
        found["words"] = some([*(found["words"] or ()), *(w for w in names.name_words(display) if len(w) > 1)])
    if found:
        found["others"] = some(
            w for w in found["words"] or () if w not in {found.get("given"), found.get("surname"), found.get("word")}
        )
    if role or mixed or plain in ROLE:
        plain = ""
    found |= _user(plain, found, words)
    found |= _details(raw, domain)
    selves = {s for s in (address, *(names.mail_parts(m)[2] for m in many(raw.get("mail")) if "@" in m)) if s and not role}
    phones = {p for p in (names.phone(p) for p in many(raw.get("phone"))) if p}
    if network in {"phone", "whatsapp", "sms", "signal", "voice"} and (own := names.phone(user)):
        phones.add(own)
    return Profile(
        network=network,
        display=_written(display),
        at=_written(cut(raw.get("username")) or cut(raw.get("address"))),
        address=None if role else address or None,
        selves=some(selves),
        phones=some(phones),
        role=role,
        mixed=mixed,
        **found,
    )


def _written(text: str) -> str | None:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:READ] or None


def many(value: object) -> list[str]:
    """One text or several as a list of at most twenty non-empty texts."""
    if isinstance(value, str) or not isinstance(value, Iterable) or isinstance(value, Mapping):
        value = [value]
    return [text for text in (cut(v) for v, _ in zip(value, range(20), strict=False)) if text]


def some(values: Iterable[str]) -> tuple[str, ...] | None:
    """A sorted set as a tuple, None when empty."""
    return tuple(sorted({v for v in values if v})) or None


def _handle(network: str, address: str, username: str) -> tuple[str, str, str]:
    text = address or username
    if "://" in text:
        own = _link(text)
        return username.lower() or own.rpartition(":")[2].partition("@")[0].rpartition("/")[2], "", own
    if "@" in text.strip("@") and network in {"", "mail", "email", "chat"}:
        return names.mail_parts(text)
    bare = text.strip().lstrip("@").lower()
    if network in {"mastodon", "matrix", "bluesky", "xmpp", "activitypub"}:
        inside = bare.replace(":", "@")
        user, _, host = inside.partition("@")
        return username.lower() or user, "", f"{network}:{user}@{host}" if host else f"{network}:{user}" if user else ""
    if "@" in bare:
        user, domain, own = names.mail_parts(bare)
        return username.lower() or user, domain, own
    return username.lower().lstrip("@") or bare, "", f"{network}:{bare}" if bare else ""


def _name_words(raw: Mapping[str, Any], display: str, user: str) -> list[str]:
    given, surname = cut(raw.get("given")), cut(raw.get("surname"))
    if given or surname:
        return names.name_words(f"{given} {surname}".replace(",", " "))
    return names.name_words(display, user)


def _spelled_out(words: list[str], user: str) -> list[str]:
    """K Singh, kathleensingh is Kathleen Singh: an initial is completed by the own user name."""
    if len(words) < 2 or len(words[0]) != 1 or len(words[-1]) < SHORT or not user.endswith(words[-1]):  # noqa: PLR2004 - two names
        return words
    first = user.removesuffix(words[-1])
    return [first, words[-1]] if len(first) >= SHORT and first[0] == words[0] and first.isalpha() else words


def _named(words: list[str], *, exact: bool) -> dict[str, Any]:
    whole = [w for w in words if len(w) > 1]
    if not words or not whole:
        return {}
    script = len(whole) == 1 and whole[0].startswith(CJK) and sum(c.isdigit() for c in whole[0]) > SHORT
    found: dict[str, Any] = {
        "name": " ".join(words),
        "words": some(whole),
        "joined": "".join(words) if len("".join(words)) > LONG_WORD else None,
    }
    if len(words) == 1 and not script and not exact:
        return found | {"word": words[0], "joined": words[0] if len(words[0]) > LONG_WORD else None}
    given, surname = (words[0], words[-1]) if len(words) > 1 else (None, words[0])
    if len(words[-1]) == 1 and len(words) > 1 and len(words[0]) > 1:
        given, surname = words[-1], words[0]  # "Smith J"
    key = " ".join(sorted(whole))
    return found | {
        "name_key": key if len(whole) > 1 or script else None,
        "given": given,
        "surname": surname,
        "nick_key": f"{root(given)} {surname}" if given and len(given) > 1 else None,
        "init_key": f"{given[0]} {surname}" if given else None,
        "first": root(given) if given and len(given) > 1 else None,
        "initial": given[0] if given else None,
        "middles": some(w[0] for w in words[1:-1]),
        **_forms(words),
    }


def _forms(words: list[str]) -> dict[str, Any]:
    """User names that people make of their names: whole ones (johnsmith) and short ones (jsmith, johns)."""
    if len(words) == 1:
        return {"shorts": some(words)}
    given, surname, middle = words[0], words[-1], words[1:-1]
    roots = {given, root(given)} if len(given) > 1 else {given}
    whole = {"".join(words)} if len(given) > 1 else set()
    short: set[str] = set()
    for first in roots:
        if len(first) > 1:
            whole |= (
                {first + surname, surname + first}
                | {first + m + surname for m in middle}
                | {first + "".join(m[0] for m in middle) + surname}
            )
            short |= {first + surname[0], surname[0] + first} if len(first) > SHORT else set()
    short |= {given[0] + surname, surname + given[0], given[0] + "".join(m[0] for m in middle) + surname}
    short |= {given + m for m in middle if len(m) > 1} | {given[:2] + surname, surname[:3] + given[:3], given[:3] + surname[:3]}
    return {"forms": some(w for w in whole if len(w) > LONG_WORD - 1), "shorts": some(s for s in short if len(s) > SHORT)}


def _user(plain: str, found: Mapping[str, Any], words: list[str]) -> dict[str, Any]:
    if len(plain) < SHORT:
        return {}
    bare = plain.rstrip("0123456789") or plain
    made = {*(found.get("forms") or ()), *(found.get("shorts") or ()), *(w for w in words if len(w) > 1)}
    initials = "".join(w[0] for w in words)
    explained = bare in made or bare == initials or any(len(w) > SHORT and w in bare for w in words)
    return {
        "login": plain,
        "login_free": None if explained else plain,
        "login_stem": bare if len(bare) > SHORT else None,
        "login_skeleton": names.skeleton(plain),
    }


def _details(raw: Mapping[str, Any], domain: str) -> dict[str, Any]:
    owner = names.organisation(domain)
    postcode = names.words_of(cut(raw.get("postcode"))).replace(" ", "") or None
    born = names.born(cut(raw.get("born"))) or None
    seen = [(names.words_of(str(hour)), names.words_of(cut(place))) for hour, place in list(raw.get("seen") or ())[:50]]
    numbers = [
        f"{kind}:{names.words_of(n)}" for kind in ("orders", "customers") for n in many(raw.get(kind)) if names.words_of(n)
    ]
    return {
        "domain": domain if owner else None,
        "orgs": some([owner, *(names.company(c) for c in many(raw.get("company")))]),
        "links": some(_link(u) for u in many(raw.get("links"))),
        "street": names.words_of(cut(raw.get("street"))) or None,
        "postcode": postcode,
        "area": postcode[:-3] if postcode and len(postcode) > 4 and postcode[0].isalpha() else postcode[:2] if postcode else None,  # noqa: PLR2004
        "place": names.words_of(cut(raw.get("place"))) or None,
        "born": born,
        "born_digits": "".join(sorted(born)) if born else None,
        "ids": some(numbers),
        "avatar": cut(raw.get("avatar")) or None,
        "languages": some(names.words_of(x)[:2] for x in many(raw.get("languages"))),
        "hours": some(x.zfill(2) for x in many(raw.get("hours")) if x.isascii() and x.isdigit()),
        "seen": some(f"{hour}|{place}" for hour, place in seen),
        "seen_hours": some(hour for hour, _ in seen),
        "gender": names.words_of(cut(raw.get("gender")))[:1] or None,
        "job": names.words_of(cut(raw.get("job"))) or None,
        "extra": {k: w for k, v in list((raw.get("extra") or {}).items())[:40] if (w := names.words_of(cut(v)))},
    }


_SITES = {
    "github.com": "github",
    "t.me": "telegram",
    "twitter.com": "x",
    "x.com": "x",
    "gitlab.com": "gitlab",
    "wa.me": "whatsapp",
}


def _link(url: str) -> str:
    """A profile's URL as the address that the handle itself would have."""
    bare = url.lower().removeprefix("mailto:").split("://")[-1].removeprefix("www.").rstrip("/")
    host, _, path = bare.partition("/")
    if "@" in bare and not path:
        return names.mail_parts(bare)[2]
    if host in _SITES and path:
        return f"{_SITES[host]}:{path.split('/')[0].lstrip('@')}"
    if path.startswith("@"):
        return f"mastodon:{path[1:].split('/')[0]}@{host}"
    return f"url:{bare}" if bare else ""


def hashed(text: str) -> int:
    """A signed 64-bit number of a text (blake2b), the same everywhere."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def key_texts(of: Profile) -> list[str]:
    """The blocking keys in words, the most telling first, at most MAX_KEYS; two handles are compared when they share one."""
    keys: list[str] = [f"s {s}" for s in of.selves or ()] + [f"s {s}" for s in (of.links or ())[:3]]
    keys += [f"p {p}" for p in of.phones or ()] + [f"i {i}" for i in (of.ids or ())[:3]]
    if of.avatar:
        keys.append(f"a {of.avatar}")
    if of.login:
        keys.append(f"u {of.login}")
        if of.login_stem and of.login_stem != of.login:
            keys.append(f"u {of.login_stem}")
    if of.name_key:
        keys.append(f"n {of.name_key}")
    elif of.word:
        keys.append(f"u {of.word}")
    if of.nick_key:
        keys.append(f"k {of.nick_key}")
    if of.init_key:
        keys.append(f"j {of.init_key}")
    keys += [f"u {f}" for f in of.forms or () if of.given and of.surname and f == of.given + of.surname]
    if of.given and of.surname:
        keys += [f"u {of.given[0]}{of.surname}", f"u {of.surname}"]
        keys.append(f"g {root(of.given)} {of.surname[:4]}")
        if of.words and len(of.words) > 2:  # noqa: PLR2004
            keys += [f"k {root(of.given)} {w}" for w in of.words if w not in {of.given, of.surname}][:1]
    return list(dict.fromkeys(keys))[:MAX_KEYS]


def keys(of: Profile) -> tuple[int, ...]:
    """The blocking keys as signed 64-bit numbers (blake2b of their words), sorted; the same on every machine and in every process."""
    return tuple(sorted({hashed(text) for text in key_texts(of)}))
