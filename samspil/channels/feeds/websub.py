"""WebSub: a feed's hub tells us at once. Source: w3.org/TR/websub.

A subscription is remembered by nobody but the hub: our address of it bears a signature of the feed and the topic, so that what a hub sends
there was asked for by this account, and the secret of the contents is made of the same key. Polling goes on beside it: a hub that falls silent,
or never answered, delays a post and loses none.
"""

import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit

from samspil.channels.feeds.items import Item, envelope_of, items_of
from samspil.channels.feeds.settings import Settings, keyed, line, settings_of, short
from samspil.kit import Account, Envelope, Forged, Heard, Request, TryLater
from samspil.kit.web import SERVER_FAULTS, TOO_MANY, Answer, pause_of, post

LEASE = 10 * 86400
"""Seconds that we ask for."""
RENEW = 12 * 3600.0
"""Seconds after which it is asked for anew: hubs give shorter leases than were asked for, from a day on."""
_WAYS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}


def subscribe(account: Account, feed: str, topic: str, hub: str) -> Answer:
    """Ask a hub to send us what is new. Raises NotAllowed, TryLater."""
    form = {
        "hub.mode": "subscribe",
        "hub.topic": topic,
        "hub.callback": callback(account, feed, topic),
        "hub.secret": secret(account, topic),
        "hub.lease_seconds": str(LEASE),
    }
    answer = post(hub, content=urlencode(form).encode(), headers={"content-type": "application/x-www-form-urlencoded"})
    if answer.status == TOO_MANY or answer.status >= SERVER_FAULTS:
        raise TryLater(f"the hub says {answer.status}", after=pause_of(answer.headers))
    return answer


def callback(account: Account, feed: str, topic: str) -> str:
    """Our address for one topic of one feed."""
    base = settings_of(account).callback
    own = {"feed": short(feed), "topic": topic, "key": keyed(account, "websub", f"{feed}\n{topic}")}
    return f"{base}{'&' if urlsplit(base).query else '?'}{urlencode(own)}"


def secret(account: Account, topic: str) -> str:
    """What the hub signs its contents with."""
    return keyed(account, "websub secret", topic)


def hear(request: Request, account: Account) -> Heard:
    """The hub's question whether we asked, or its contents. Raises Forged, NotUnderstood."""
    told = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
    settings = settings_of(account)
    feed = next((feed for feed in settings.feeds if short(feed) == told.get("feed")), "")
    topic = told.get("topic", "")
    if not feed:
        return _words(410, "this feed is not followed any more")  # which also tells the hub to cease
    if not hmac.compare_digest(told.get("key", "").encode(), keyed(account, "websub", f"{feed}\n{topic}").encode()):
        raise Forged("this address was not made here")
    if request.method == "GET":
        return _verified(told, feed, topic)
    if request.method != "POST":
        return _words(405, "")
    _signed(request, secret(account, topic))
    return Heard(envelopes=_contents(request, settings, feed))


def _verified(told: dict[str, str], feed: str, topic: str) -> Heard:
    mode = told.get("hub.mode", "")
    if mode == "denied":
        why = line(told.get("hub.reason"), 300) or "no reason told"
        words = f"The hub of {feed} refused: {why}. The feed is fetched as before."
        return Heard(
            envelopes=[Envelope(external_id=f"denied:{short(words)}", payload=b"", headers={"feed": feed, "trouble": words})]
        )
    if mode == "subscribe" and told.get("hub.topic") == topic and told.get("hub.challenge"):
        return _words(200, told["hub.challenge"])
    # We never take a subscription back by asking: whoever asks the hub in our name is answered no.
    return _words(404, "not asked for")


def _words(status: int, words: str) -> Heard:
    return Heard(status=status, content_type="text/plain; charset=utf-8", body=words.encode("utf-8", "replace"))


def _signed(request: Request, key: str) -> None:
    way, _, given = request.headers.get("x-hub-signature", "").strip().partition("=")
    made = _WAYS.get(way.strip().lower())
    if made is None:
        raise Forged("the contents have no signature that we know")
    expected = hmac.new(key.encode(), request.body, made).hexdigest()
    if not hmac.compare_digest(given.strip().lower().encode("utf-8", "replace"), expected.encode()):
        raise Forged("the contents were not signed with our secret")


def _contents(request: Request, settings: Settings, feed: str) -> Sequence[Envelope]:
    found: list[Envelope] = []
    for item in items_of(request.body, request.headers.get("content-type", ""), feed).items:
        if item.wanted(settings):
            found += pushed(item)
    return found


def pushed(item: Item) -> Sequence[Envelope]:
    """An entry of which it is not known whether we have it: the new one is kept once by its key, and one that says it changed as a change."""
    if not item.says_changed:
        return [envelope_of(item)]
    return [envelope_of(item), envelope_of(item, changed=True)]
