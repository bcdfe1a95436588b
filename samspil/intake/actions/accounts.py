"""Connecting and minding accounts."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from samspil import kit
from samspil.base import bell, keeps, registry
from samspil.base.clock import now
from samspil.base.errors import NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.base.seal import seal, unseal
from samspil.intake.facts import AccountClosed
from samspil.intake.models import Account, Attachment
from samspil.intake.queries import fields_of, look_again


class Incomplete(SamspilError):
    """A setting that the channel needs is missing or has the wrong form."""

    code = "account.incomplete"


def connect(
    *,
    channel: str,
    name: str,
    config: Mapping[str, Any],
    own: list[str] | None = None,
    language: str = "da",
    history: bool = False,
) -> Account:
    """Connect an account. ``config`` holds the channel's fields; its secrets are sealed. Raises Incomplete, NotFound (no such channel).

    An account of history is never asked for servers and passwords: nothing is fetched or sent there.
    """
    plain, hidden = _split(channel, _prepared(channel, config, history=history), history=history)
    with step():
        account = Account.objects.create(
            channel=channel,
            name=name,
            config=plain,
            secrets=seal(hidden),
            key=secrets.token_bytes(32),
            own=sorted({a.lower() for a in own or []}),
            language=language,
            history=history,
        )
        _changed()
    return account


def configure(*, account: UUID, name: str, config: Mapping[str, Any], own: list[str] | None = None) -> Account:
    """Change an account's settings; a secret that is left empty stays as it was. Raises Incomplete.

    One that was broken or disconnected is connected again.
    """
    with step():
        row = Account.objects.select_for_update().get(pk=account)
        kept = unseal(bytes(row.secrets)) if row.secrets else {}
        merged = {**kept, **{k: v for k, v in config.items() if v not in ("", None) or k not in kept}}
        row.name = name
        row.config, hidden = _split(row.channel, _prepared(row.channel, merged, history=row.history), history=row.history)
        row.secrets = seal(hidden)
        if own is not None:
            row.own = sorted({a.lower() for a in own})
        row.error = ""
        if row.state in (Account.State.BROKEN, Account.State.CLOSED):
            row.state = Account.State.ACTIVE
            # What was given up when it was disconnected is perhaps still there.
            Attachment.objects.filter(account=row, state=Attachment.State.GONE, why=Attachment.Why.DISCONNECTED).update(
                state=Attachment.State.WAITING, why=Attachment.Why.NONE, fetch_at=now(), attempts=0
            )
            bell.ring_after_commit("files")
        row.save(update_fields=["name", "config", "secrets", "own", "error", "state"])
        _changed()
    return row


def pause(*, account: UUID) -> None:
    """Fetch and send nothing on this account until it is resumed; what arrives by webhook is still kept."""
    with step():
        Account.objects.filter(pk=account).exclude(state=Account.State.CLOSED).update(state=Account.State.PAUSED)
        _changed()


def resume(*, account: UUID) -> None:
    """Go on after a pause or a repair."""
    with step():
        Account.objects.filter(pk=account).exclude(state=Account.State.CLOSED).update(state=Account.State.ACTIVE, error="")
        _changed()


def signed_in(*, account: UUID) -> None:
    """A person has signed the account in at its network: what was wrong is so no more, and whoever fetches begins again at once."""
    with step():
        row = Account.objects.select_for_update().exclude(state=Account.State.CLOSED).filter(pk=account).first()
        if row is None:
            return
        row.error = ""
        if row.state == Account.State.BROKEN:
            row.state = Account.State.ACTIVE
        # Sealed anew it is another value: that is by what the process which fetches knows that the account was changed.
        row.secrets = seal(unseal(bytes(row.secrets)) if row.secrets else {})
        row.save(update_fields=["error", "state", "secrets"])
        _changed()


def disconnect(*, account: UUID, by: UUID | None) -> None:
    """Fetch, take and send nothing there any more, and forget its secrets. Raises NotFound.

    What came by it stays; with new secrets it goes on where it was.
    """
    with step():
        row = Account.objects.select_for_update().filter(pk=account, history=False).first()
        if row is None:
            raise NotFound("no such account")
        row.state, row.secrets, row.error = Account.State.CLOSED, b"", ""
        row.save(update_fields=["state", "secrets", "error"])
        keeps.forget(row.pk)
        # A fetch under way finds that its file waits no more, and keeps nothing.
        Attachment.objects.filter(account=row, state=Attachment.State.WAITING).update(
            state=Attachment.State.GONE, why=Attachment.Why.DISCONNECTED, fetch_at=None, claimed_at=None
        )
        publish(AccountClosed(account=row.pk, by=by))
        _changed()


def note_trouble(*, account: UUID, error: str, at: datetime, sign_in: bool = False) -> None:
    """Show what the network said when it could not be reached. ``sign_in``: a person must give new credentials."""
    with step():
        rows = Account.objects.filter(pk=account)
        rows.update(error=error[:2000], seen_at=at)
        if sign_in:
            rows.filter(state=Account.State.ACTIVE).update(state=Account.State.BROKEN)


def note_well(*, account: UUID, at: datetime) -> None:
    """Note that the network answered."""
    with step():
        Account.objects.filter(pk=account).update(error="", seen_at=at)
        Account.objects.filter(pk=account, state=Account.State.BROKEN).update(state=Account.State.ACTIVE)


def _changed() -> None:
    look_again()
    bell.ring_after_commit("accounts")


def _prepared(channel: str, config: Mapping[str, Any], *, history: bool) -> Mapping[str, Any]:
    """With what nobody types. Raises Incomplete."""
    found = registry.channel(channel)
    if history or not isinstance(found, kit.Prepares):
        return config
    try:
        return found.prepare(config)
    except kit.NotUnderstood as error:
        raise Incomplete(str(error)) from error


def _split(channel: str, config: Mapping[str, Any], *, history: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    plain: dict[str, Any] = {}
    hidden: dict[str, Any] = {}
    for field in fields_of(registry.channel(channel)):
        value = config.get(field.name, field.default)
        if field.required and not history and value in (None, ""):
            raise Incomplete(f"{field.label.get('en', field.name)} is missing")
        if field.kind == "number" and value not in (None, ""):
            try:
                value = int(value)
            except (TypeError, ValueError) as error:
                raise Incomplete(f"{field.label.get('en', field.name)} must be a number") from error
        if value not in (None, ""):
            (hidden if field.kind == "secret" else plain)[field.name] = value
    return plain, hidden
