"""Tokens for SCIM: made and shown once, kept as a hash, revoked."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from samspil.base.errors import NotAllowed, NotFound
from samspil.base.flow import step
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import Right, covers_all, may
from samspil.provision.actions.runs import administers
from samspil.provision.models import Token

PREFIX = "scim_"
BYTES = 32
NOTED = timedelta(minutes=1)
"""How exactly it is noted when a token was used."""


def make_token(*, name: str, groups: str, roles: bool, by: Colleague, at: datetime) -> tuple[Token, str]:
    """A new token, and its secret, which is never to be had again. Raises NotAllowed."""
    administers(by=by)
    if roles and not may(by, Right.ROLES):
        raise NotAllowed("Your role does not let you give roles")
    secret = PREFIX + secrets.token_urlsafe(BYTES)
    with step():
        row = Token.objects.create(
            name=name.strip()[:80] or "SCIM",
            digest=_digest(secret),
            hint=secret[-4:],
            groups="competences" if groups == "competences" else "units",
            roles=roles,
            by=by,
            whole=covers_all(by),
            made_at=at,
        )
    return row, secret


def revoke_token(*, token: UUID, by: Colleague, at: datetime) -> None:
    """Let a token open nothing from now on. Raises NotAllowed, NotFound."""
    administers(by=by)
    with step():
        if not Token.objects.filter(pk=token).update(revoked_at=at):
            raise NotFound("no such token")


def token_of(*, secret: str, at: datetime) -> Token | None:
    """The token that a secret is of, and that it was used; None for any other. What is compared is a hash, in constant time."""
    digest = _digest(secret)
    row = Token.objects.filter(digest=digest, revoked_at=None).first()
    if row is None or not hmac.compare_digest(row.digest, digest):
        return None
    if row.used_at is None or row.used_at < at - NOTED:
        Token.objects.filter(pk=row.pk).update(used_at=at)
    return row


def _digest(secret: str) -> str:
    # 256 bits of chance need no slow hash: nobody can try them all.
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
