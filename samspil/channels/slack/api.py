"""Calls of Slack's Web API, with its refusals in a colleague's words.

Slack answers 200 with ``"ok": false`` and a word; 429 says in Retry-After how long to wait (docs.slack.dev/apis/web-api).
"""

from collections.abc import Mapping
from typing import Any

from samspil.channels.slack.settings import USER, Settings
from samspil.kit import SignInAgain, TryLater, Uncertain, Unreachable
from samspil.kit.reading import part, text
from samspil.kit.web import Answer, Web, pause_of

AFTER_REFUSED = 600.0
TOO_MANY, FAULTS = 429, 500
SIGNED_OUT = frozenset(
    "invalid_auth not_authed account_inactive token_revoked token_expired org_login_required no_permission".split()
)
WAITING = frozenset("ratelimited rate_limited service_unavailable internal_error fatal_error request_timeout".split())
GONE = frozenset("user_not_found users_not_found user_disabled user_not_visible cannot_dm_bot".split())
"""The person cannot be written to, now or later."""
WORDS: Mapping[str, str] = {
    "missing_scope": "the app lacks a permission: install it again from the manifest",
    "channel_not_found": "there is no such channel, or the app is not in it",
    "not_in_channel": "the app is not in the channel: invite it there with /invite",
    "is_archived": "the channel is archived",
    "restricted_action": "the workspace does not let the app write there",
    "messages_tab_disabled": "the app's own conversation is switched off: App Home, Messages Tab",
}


def call(settings: Settings, method: str, said: Mapping[str, Any], *, repeatable: bool = True) -> Mapping[str, Any]:
    """One call as the bot; what Slack says to it. Raises SignInAgain, TryLater, Unreachable, Uncertain (only where not ``repeatable``)."""
    return asked(_bot(settings), method, json=dict(said), repeatable=repeatable)


def look(settings: Settings, method: str, query: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    """The same for a method that only looks: those read no JSON. Raises SignInAgain, TryLater, Unreachable."""
    return asked(_bot(settings), method, query=query or {})


def who_are_we(settings: Settings) -> Answer:
    """Slack's answer to who the token is of, with what it may in the headers. Raises SignInAgain, TryLater, Unreachable."""
    return _answered(_bot(settings), "auth.test", query={})


def asked(
    web: Web, method: str, *, json: Any = None, query: Mapping[str, str] | None = None, repeatable: bool = True
) -> Mapping[str, Any]:
    """A call with a way to Slack that is signed in already; with a ``query`` it is a GET."""
    return _answered(web, method, json=json, query=query, repeatable=repeatable).said


def _answered(
    web: Web, method: str, *, json: Any = None, query: Mapping[str, str] | None = None, repeatable: bool = True
) -> Answer:
    verb = "POST" if query is None else "GET"
    answer = web.call(verb, method, json=json, query=query, repeatable=repeatable, every=True)
    if answer.ok and answer.said.get("ok") is True:
        return answer
    raise refused(answer, text(answer.said.get("error"), 100), repeatable=repeatable)


def _bot(settings: Settings) -> Web:
    if not settings.token:
        raise SignInAgain("There is no bot token: it begins with xoxb-", after=AFTER_REFUSED)
    return settings.web()


def refused(answer: Answer, word: str, *, repeatable: bool) -> Exception:
    """Slack's refusal as an error to raise."""
    if answer.status == TOO_MANY or word in {"ratelimited", "rate_limited"}:
        return TryLater("Slack asks for patience", after=pause_of(answer.headers))
    if answer.status >= FAULTS or word in WAITING or (answer.ok and not word):
        if repeatable:
            return TryLater(f"Slack: {word or answer.status}", after=pause_of(answer.headers))
        return Uncertain(f"Slack: {word or answer.status}")
    if word in SIGNED_OUT:
        return SignInAgain(
            f"Slack does not accept the token ({word}): give the new one in the settings of the channel", after=AFTER_REFUSED
        )
    if word == "missing_scope":
        return Unreachable(f"Slack: {WORDS[word]} ({text(answer.said.get('needed'), 100) or 'see the manifest'})")
    return Unreachable(f"Slack: {WORDS.get(word, word or str(answer.status))}", permanent=word in GONE)


def person_of(settings: Settings, user: str) -> Mapping[str, Any]:
    """Slack's own word of a person of this workspace. Raises as :func:`call`, and Unreachable for whoever is none of ours."""
    found = part(look(settings, "users.info", {"user": user}), "user")
    if text(found.get("id"), 40) != user:
        raise Unreachable("Slack speaks of somebody else")
    if why := outside(found, settings.team):
        raise Unreachable(f"This person on Slack is {why}, and is told nothing of consumers", permanent=True)
    return found


def colleague(settings: Settings, mail: str) -> str:
    """The id of the full member of the workspace with this mail address. Raises as :func:`call`, and Unreachable."""
    try:
        found = part(look(settings, "users.lookupByEmail", {"email": mail}), "user")
    except Unreachable as error:
        raise Unreachable(f"Nobody on Slack has the address {mail}" if error.permanent else str(error)) from error
    user = text(found.get("id"), 40)
    if text(part(found, "profile").get("email"), 320).lower() != mail.lower() or not USER.fullmatch(user):
        raise Unreachable("Slack speaks of somebody else")
    if why := outside(found, settings.team):
        raise Unreachable(f"This person on Slack is {why}, and is told nothing of consumers")
    return user


def outside(person: Mapping[str, Any], team: str) -> str:
    """Why a person of Slack's is nobody of the house; "" for a full member of the workspace."""
    reasons = {
        "no longer active": person.get("deleted") is True,
        "a program": person.get("is_bot") is True or person.get("id") == "USLACKBOT",
        "of another workspace": person.get("team_id") != team or person.get("is_stranger") is True,
        "a guest": person.get("is_restricted") is True or person.get("is_ultra_restricted") is True,
    }
    return next((why for why, holds in reasons.items() if holds), "")
