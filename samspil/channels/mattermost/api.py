"""Calls of Mattermost's API (version 4), with its refusals in a colleague's words. Source: api.mattermost.com."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from samspil.channels.mattermost.settings import ID, Settings
from samspil.kit import SignInAgain, TryLater, Uncertain, Unreachable
from samspil.kit.reading import text
from samspil.kit.web import Answer, NotAllowed, pause_of

AFTER_REFUSED = 600.0
SIGNED_OUT, FORBIDDEN, MISSING, TOO_MANY, FAULTS = 401, 403, 404, 429, 500


def call(settings: Settings, method: str, path: str, said: Any = None, *, repeatable: bool | None = None) -> Any:
    """One call as the bot; the JSON that the server answers. Raises SignInAgain, TryLater, Unreachable, Uncertain."""
    if not settings.server or not settings.token:
        raise SignInAgain("The address of the server or the token of the bot is missing", after=AFTER_REFUSED)
    try:
        answer = settings.web().call(method, path, json=said, repeatable=repeatable, every=True)
    except NotAllowed as error:
        raise TryLater(f"{error}: say in the settings that the server stands in our own network", after=AFTER_REFUSED) from error
    if answer.ok:
        return answer.json()
    raise refused(answer, repeatable=method == "GET" if repeatable is None else repeatable)


def refused(answer: Answer, *, repeatable: bool) -> Exception:
    """The server's refusal as an error to raise."""
    words = text(answer.said.get("message"), 300) or str(answer.status)
    if answer.status == SIGNED_OUT:
        return SignInAgain(
            "Mattermost does not accept the bot's token: give the new one in the settings of the channel", after=AFTER_REFUSED
        )
    if answer.status == TOO_MANY:
        return TryLater("Mattermost asks for patience", after=pause_of(answer.headers))
    if answer.status >= FAULTS:
        return TryLater(f"Mattermost: {words}") if repeatable else Uncertain(f"Mattermost: {words}")
    if answer.status == FORBIDDEN:
        return Unreachable(f"Mattermost does not let the bot do this: {words}")
    return Unreachable(f"Mattermost: {words}", permanent=answer.status == MISSING)


def thing(found: Any) -> Mapping[str, Any]:
    """The object that was answered; empty for anything else."""
    return found if isinstance(found, dict) else {}


def rows(found: Any) -> Sequence[Mapping[str, Any]]:
    """The objects of the list that was answered."""
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def me(settings: Settings) -> Mapping[str, Any]:
    """The bot itself. Raises as :func:`call`."""
    found = thing(call(settings, "GET", "users/me"))
    if not ID.fullmatch(text(found.get("id"), 40)):
        raise TryLater("Mattermost does not say who the bot is", after=AFTER_REFUSED)
    return found


def person_of(settings: Settings, user: str) -> Mapping[str, Any]:
    """The server's own word of a person. Raises as :func:`call`, and Unreachable for whoever is none of ours."""
    if not ID.fullmatch(user):
        raise Unreachable("This is no id of a person on Mattermost", permanent=True)
    found = thing(call(settings, "GET", f"users/{user}"))
    if found.get("id") != user:
        raise Unreachable("Mattermost speaks of somebody else")
    if why := outside(found):
        raise Unreachable(f"This person on Mattermost is {why}, and is told nothing of consumers", permanent=True)
    return found


def colleague(settings: Settings, mail: str) -> str:
    """The id of the full member of the server who has this mail address and has shown that it is theirs. Raises as :func:`call`, and Unreachable."""
    found = thing(call(settings, "GET", f"users/email/{quote(mail, safe='@')}"))
    user = text(found.get("id"), 40)
    if text(found.get("email"), 320).lower() != mail.lower() or not ID.fullmatch(user):
        # Without leave to see addresses Mattermost leaves them out.
        raise Unreachable("Mattermost does not say that this address is theirs")
    if found.get("email_verified") is not True and not _verifies(settings):
        raise Unreachable(
            "Mattermost does not verify mail addresses: switch Require Email Verification on, or give the bot the role System Admin"
        )
    if why := outside(found):
        raise Unreachable(f"This person on Mattermost is {why}, and is told nothing of consumers")
    return user


def _verifies(settings: Settings) -> bool:
    """Whether the server lets nobody use a mail address that they have not shown to be theirs; of one person it tells only administrators."""
    return thing(call(settings, "GET", "config/client?format=old")).get("RequireEmailVerification") == "true"


def outside(person: Mapping[str, Any]) -> str:
    """Why a person is nobody of the house; "" for a full member of the server."""
    roles = text(person.get("roles"), 500).split()
    reasons = {
        "no longer active": bool(person.get("delete_at")),
        "a program": person.get("is_bot") is True,
        "of another server": bool(person.get("remote_id")),
        "a guest": "system_guest" in roles or "system_user" not in roles,
    }
    return next((why for why, holds in reasons.items() if holds), "")
