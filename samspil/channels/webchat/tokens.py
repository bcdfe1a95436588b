"""Visitors' tokens and the site's signature of a signed-in visitor. Pure functions.

A token is ``v1.VISITOR.MAC``: 32 hexadecimal digits of a random visitor, and the first 32 of HMAC-SHA256 over them with the
account's own key. It does not run out: it is all that an anonymous visitor has, and it opens only that visitor's own messages.
It can be made worthless for all visitors of an account by giving the account a new key.
"""

import hashlib
import hmac
import re

from samspil.kit import Forged

_TOKEN = re.compile(r"v1\.([0-9a-f]{32})\.([0-9a-f]{32})", re.ASCII)
_PURPOSE = b"samspil webchat visitor v1:"
LONGEST_ID = 200


def token_of(visitor: str, key: bytes) -> str:
    """The token of a visitor, given as 32 hexadecimal digits."""
    return f"v1.{visitor}.{_mac(visitor, key)}"


def visitor_of(token: object, key: bytes) -> str:
    """The visitor whose token it is. Raises Forged."""
    found = _TOKEN.fullmatch(token) if isinstance(token, str) else None
    if found is None or not hmac.compare_digest(_mac(found[1], key), found[2]):
        raise Forged("the visitor's token is not ours")
    return found[1]


def _mac(visitor: str, key: bytes) -> str:
    return hmac.new(key, _PURPOSE + visitor.encode(), hashlib.sha256).hexdigest()[:32]


def signature(secret: str, *, user: str = "", mail: str = "") -> str:
    """What the site computes for a signed-in visitor: HMAC-SHA256 in hexadecimal.

    Signed is the mail address alone, or where the site gives a user id, the id, a line feed and the mail address (which may be
    empty). The line feed keeps a user id that looks like a mail address from passing as one.
    """
    said = f"{user}\n{mail}" if user else mail
    return hmac.new(secret.encode(), said.encode(), hashlib.sha256).hexdigest()


def check_signature(secret: str, given: object, *, user: str, mail: str) -> None:
    """Raise Forged unless ``given`` is the site's signature of exactly this user and mail address."""
    if not secret:
        raise Forged("this account has no identity secret, so nobody can be signed in")
    if not (user or mail) or len(user) > LONGEST_ID or any(c in user + mail for c in "\r\n"):
        raise Forged("the signed-in visitor has no usable id")
    if not isinstance(given, str) or not hmac.compare_digest(
        signature(secret, user=user, mail=mail).encode(), given.lower().encode()
    ):
        raise Forged("the site's signature of the visitor is wrong")
