"""Addresses in normal form, so that one person is one handle however the address was written. Pure."""

import unicodedata

from samspil.kit import NotUnderstood

LONGEST = 1023
"""Bytes of each part (RFC 7622)."""
_NOT_IN_NAMES = frozenset("\"&'/:<>@ ")
_NOT_IN_DOMAINS = frozenset("\"&'/<>@ ,;\\")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})


def bare(text: str) -> str:
    """``name@domain`` (or the domain alone) without what follows the slash: width folded, lower case, composed. Raises NotUnderstood.

    These are the rules of RFC 7622 for names that compare equal (PRECIS UsernameCaseMapped); servers give addresses in this form already.
    """
    whole = text.strip().partition("/")[0]
    name, at, domain = whole.rpartition("@")
    name, domain = _folded(name), _folded(domain).rstrip(".")
    parts = (name, domain) if at else (domain,)
    if not all(parts) or any(len(part.encode("utf-8", "replace")) > LONGEST for part in parts):
        raise NotUnderstood(f"{text[:100]!r} is no XMPP address")
    if _NOT_IN_NAMES & set(name) or _NOT_IN_DOMAINS & set(domain):
        raise NotUnderstood(f"{text[:100]!r} is no XMPP address")
    if any(unicodedata.category(sign) in _INVISIBLE for sign in whole):
        raise NotUnderstood("the address has signs that nobody sees")
    return f"{name}@{domain}" if at else domain


def _folded(part: str) -> str:
    narrow = "".join(
        unicodedata.normalize("NFKC", sign) if unicodedata.decomposition(sign).startswith(("<wide>", "<narrow>")) else sign
        for sign in part[: LONGEST + 1]
    )
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", narrow).lower())
