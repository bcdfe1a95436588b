"""Whether others can find us: our own pages read from outside, as a stranger's server would."""

import json
from collections.abc import Callable, Sequence
from urllib.parse import quote

from samspil.channels.activitypub.settings import settings_of, valid_keys
from samspil.kit import Account, ChannelError, Check
from samspil.kit.web import Answer, fetch

ROUTE = "Let your web server hand /.well-known/webfinger, /.well-known/nodeinfo and /in/ of that name to the live process."


def check(account: Account, get: Callable[..., Answer] = fetch) -> Sequence[Check]:
    """The keys, WebFinger and the actor's document. Raises nothing."""
    settings = settings_of(account)
    if not settings.host or not settings.username:
        return [
            Check(
                name="settings", ok=False, detail="The name on the network or the user name is missing.", remedy="Fill them in."
            )
        ]
    if not settings.keys:
        return [
            Check(name="keys", ok=False, detail="The account has no key.", remedy="Open the account's settings and save them.")
        ]
    found = [Check(name="keys", ok=True, detail=f"{len(valid_keys(settings))} valid")]
    finger = f"{settings.base}/.well-known/webfinger?resource=acct:{quote(f'{settings.username}@{settings.host}', safe='@:')}"
    for name, url, wanted in (("webfinger", finger, settings.actor), ("actor", settings.actor, settings.keys[0].pem.strip())):
        try:
            # Our own name may lead to an address inside: that is the account's own server.
            inside = {settings.host.partition(":")[0], *settings.inside}
            answer = get(url, largest=200_000, seconds=10, headers={"accept": "application/activity+json"}, inside=inside)
            ok = answer.ok and json.dumps(wanted)[1:-1].rstrip("\\n") in json.dumps(answer.json())
            detail = "" if ok else f"{settings.host} answers {answer.status}, and not with this account."
        except ChannelError as error:
            ok, detail = False, str(error)
        found.append(Check(name=name, ok=ok, detail=detail, remedy="" if ok else ROUTE))
    return found
