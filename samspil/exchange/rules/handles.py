"""The one form of an address on each network, from what people write into tables."""

import re
import unicodedata

import phonenumbers

MAIL = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@[^\s@<>\"(),:;\[\]\\]{1,250}\.[^\s@<>\"(),:;\[\]\\.]{2,63}")
_IN_BRACKETS = re.compile(r"^(.*)<([^<>]+)>\s*$", re.DOTALL)
_MATRIX = re.compile(r"@[^\s:@]{1,200}:[^\s:]{1,200}(:\d{1,5})?")
_FEDIVERSE = re.compile(r"[\w.-]{1,100}@[\w.-]{1,200}\.[\w-]{2,63}")
_NAME = re.compile(r"[\w.\-+]{1,200}")
_FEDIVERSE_URL = re.compile(r"https?://([^/\s]+)/(?:@|users/)([\w.-]+)/?$", re.IGNORECASE)
_URL = re.compile(
    r"(?:https?://)?(?:[\w-]+\.)+[a-z]{2,}/(?:(?:profile|in|people|user|u|c)/)?@?([\w.\-+]+)/?(?:\?.*)?$", re.IGNORECASE
)
PHONES = frozenset({"phone", "whatsapp", "signal", "sms"})
NETWORKS = (
    "mail", "phone", "mastodon", "matrix", "telegram", "bluesky", "instagram", "facebook", "x", "threads", "whatsapp", "signal",
    "discord", "github", "reddit", "youtube", "tiktok", "linkedin",
)  # fmt: skip
"""Networks that a column can be said to hold; mail and phone first, for most columns are those."""
ROLES = frozenset(
    "info kontakt contact mail post support service salg sales admin kundeservice hello hej office kontor faktura invoice bogholderi"
    " noreply no-reply postmaster webmaster job jobs marketing presse press reception team".split()
)
LONGEST = 500


def handle_of(network: str, text: str, country: str) -> tuple[str, str]:
    """The address and how it is shown, both bounded. ``country`` (ISO) reads phone numbers without one. Raises ValueError with a code."""
    said = unicodedata.normalize("NFC", text).strip()
    if not said:
        raise ValueError("empty")
    if len(said) > LONGEST:
        raise ValueError("too_long")
    if network == "mail":
        return _mail(said)
    if network in PHONES:
        return _phone(said, country)
    if network == "matrix":
        found = said.removeprefix("matrix:u/").removeprefix("https://matrix.to/#/")
        return _fits(_MATRIX, found.lower()), ""
    if network in {"mastodon", "activitypub"}:
        url = _FEDIVERSE_URL.match(said)
        name = f"{url[2]}@{url[1]}" if url else said.removeprefix("acct:").lstrip("@")
        address = _fits(_FEDIVERSE, name.lower())
        return address, f"@{address}"
    url = _URL.match(said)
    name = (url[1] if url else said.lstrip("@")).lower()
    if network in NETWORKS:
        return _fits(_NAME, name), ""
    return said, ""


def is_role(address: str) -> bool:
    """Whether a mail address is that of a desk rather than of a person, by its first part."""
    return address.partition("@")[0].lower() in ROLES


def _fits(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError("not_understood")
    return text


def _mail(said: str) -> tuple[str, str]:
    inside = _IN_BRACKETS.match(said)
    plain = (inside[2] if inside else said).strip()
    if plain[:7].lower() == "mailto:":
        plain = plain[7:]
    return _fits(MAIL, plain.lower()), ""


def _phone(said: str, country: str) -> tuple[str, str]:
    plain = said[4:] if said[:4].lower() == "tel:" else said
    if plain.startswith("00"):
        plain = f"+{plain[2:]}"
    try:
        number = phonenumbers.parse(plain[:100], country or None)
    except phonenumbers.NumberParseException:
        raise ValueError("not_understood") from None
    if not phonenumbers.is_possible_number(number) or not phonenumbers.is_valid_number(number):
        raise ValueError("not_understood")
    number.extension = None
    return (
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL),
    )
