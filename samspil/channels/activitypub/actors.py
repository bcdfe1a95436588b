"""Who the others are: their documents and keys, fetched safely, remembered for a while, and asked for again when a key has changed.

What is remembered is a copy of what the network says and may be lost at any time: the channel itself stays without state.
"""

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urldefrag, urlsplit

from samspil.channels.activitypub import signatures
from samspil.channels.activitypub.keys import PublicKey, keys_of
from samspil.channels.activitypub.settings import Settings, host_of, name_of
from samspil.channels.activitypub.values import ident, kinds, line, listed, read, rows, text
from samspil.kit import Forged, NotUnderstood, TryLater
from samspil.kit.web import Answer, NotAllowed, fetch

ACTIVITY = 'application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
KINDS = ("application/activity+json", "application/ld+json", "application/json")
JRD = ("application/jrd+json", "application/json")
ACTORS = frozenset({"Person", "Service", "Group", "Organization", "Application"})
LARGEST = 512 * 1024
SECONDS = 5.0
KEPT, KEPT_FAILURE, AGAIN = 6 * 3600.0, 60.0, 60.0
"""Seconds: a document, a failure, and the shortest time between two questions for the same document because a signature was wrong."""
MOST = 5000
AT_ONCE, IN_LINE, PATIENCE = 4, 8, 3.0
"""Questions to one server at a time, those that wait for their turn, and for how many seconds: one that answers slowly keeps few of our
threads. Whoever finds the line full is asked to come again."""
GONE, MISSING = 410, 404


class Gone(Forged):
    """The actor is not there any more (or never was), by the word of its own server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody: ``acct`` is user@host in lower case, ``name`` the same as written; ``shared`` the server's inbox for all, or "".

    Of an actor that says no user name, which WebFinger cannot find, ``acct`` is the id, and ``name`` made of it.
    """

    id: str
    acct: str
    name: str
    display: str
    inbox: str
    shared: str
    keys: Mapping[str, PublicKey]
    kind: str = "Person"


@dataclass(slots=True)
class _Memory:
    """A bounded memory with an end for each entry; what was not asked for longest goes first."""

    most: int = MOST
    _kept: "OrderedDict[str, tuple[float, float, Any]]" = field(default_factory=OrderedDict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: str) -> tuple[Any, float] | None:
        """The entry and its age in seconds."""
        with self._guard:
            found = self._kept.get(key)
            if found is None or found[0] < time.monotonic():
                self._kept.pop(key, None)
                return None
            self._kept.move_to_end(key)
            return found[2], time.monotonic() - found[1]

    def put(self, key: str, value: Any, seconds: float) -> None:
        with self._guard:
            self._kept[key] = (time.monotonic() + seconds, time.monotonic(), value)
            self._kept.move_to_end(key)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)


class Actors:
    """Asks for documents and remembers them. ``get`` is :func:`samspil.kit.web.fetch`, or a test's own."""

    def __init__(self, get: Callable[..., Answer] = fetch) -> None:
        self._get = get
        self._actors = _Memory()
        self._failed = _Memory()
        self._busy: Counter[str] = Counter()
        self._line: Counter[str] = Counter()
        self._asked: set[str] = set()
        self._turns = threading.Condition()

    def actor(self, url: str, settings: Settings, *, fresh: bool = False) -> Actor:
        """The actor with this id. Raises Gone, Forged (it is none), TryLater. ``fresh``: as its server says now, within AGAIN."""
        if not host_of(url):
            raise Forged(f"{url[:200]} is no address of an actor")
        if (known := self._known(url, fresh=fresh)) is not None:
            return known
        with self._turn(name_of(url), url):
            # Whoever waited finds what the one before has brought.
            if (known := self._known(url, fresh=fresh)) is not None:
                return known
            try:
                found = self._read(url, settings)
            except (Forged, TryLater) as error:
                self._failed.put(url, error, KEPT_FAILURE)
                raise
            self._actors.put(url, found, KEPT)
            return found

    def _known(self, url: str, *, fresh: bool) -> Actor | None:
        kept = self._actors.get(url)
        if kept is not None and not (fresh and kept[1] > AGAIN):
            return kept[0]  # type: ignore[no-any-return]
        failed = self._failed.get(url)
        if failed is not None:
            raise type(failed[0])(str(failed[0]))
        return None

    def owner(self, key_id: str, settings: Settings) -> Actor:
        """The actor to whom a key belongs, where no actor is named otherwise. Raises as :meth:`actor`."""
        document = self.document(urldefrag(key_id)[0], settings)
        owner = ident(document.get("owner")) or next((ident(row.get("owner")) for row in rows(document.get("publicKey"))), "")
        actor = owner or ident(document)
        if host_of(actor) != host_of(key_id):
            raise Forged("The key is another server's")
        return self.actor(actor, settings)

    def document(self, url: str, settings: Settings) -> dict[str, Any]:
        """The document at an address, asked for with our signature. Raises Gone, Forged (none there), TryLater."""
        with self._turn(name_of(url), url):
            return self._document(url, settings)

    def _document(self, url: str, settings: Settings) -> dict[str, Any]:
        signed = {}
        if settings.keys:
            key = settings.keys[0]
            signed = signatures.sign("GET", url, key=key.private, key_id=settings.key_id(key))
        return self._json(url, {"accept": ACTIVITY, **signed}, KINDS, settings)

    def find(self, acct: str, settings: Settings) -> Actor:
        """The actor of user@host, by WebFinger; an id is asked for itself. Raises Gone, Forged, TryLater."""
        if acct.startswith(("https://", "http://")):
            return self.actor(acct, settings)
        known = self._actors.get(f"acct:{acct}")
        if known is None:
            user, _, host = acct.partition("@")
            with self._turn(host.partition(":")[0], acct):
                links = rows(self._finger(f"{user}@{host}", host, settings).get("links"))
            found = [text(row.get("href"), 2000) for row in links if row.get("rel") == "self" and "json" in text(row.get("type"))]
            if not found:
                raise Gone(f"{host} knows nobody of the name {user}")
            known = (found[0], 0.0)
            self._actors.put(f"acct:{acct}", found[0], KEPT)
        return self.actor(known[0], settings)

    def _finger(self, acct: str, host: str, settings: Settings) -> dict[str, Any]:
        scheme = "http" if settings.base.startswith("http:") else "https"
        url = f"{scheme}://{host}/.well-known/webfinger?resource=acct:{quote(acct, safe='@')}"
        return self._json(url, {"accept": "application/jrd+json"}, JRD, settings)

    def _read(self, url: str, settings: Settings) -> Actor:
        document = self._document(urldefrag(url)[0], settings)
        found = ident(document)
        if found != url and host_of(found) == host_of(url):
            document = self._document(found, settings)
        if ident(document) != found or host_of(found) != host_of(url):
            raise Forged("The actor's document is that of another")
        inbox, user = ident(document.get("inbox")), text(document.get("preferredUsername"), 200)
        shared = next((ident(row.get("sharedInbox")) for row in rows(document.get("endpoints"))), "")
        same = host_of(inbox) == host_of(found) and urlsplit(inbox).scheme == urlsplit(found).scheme
        if not ACTORS & set(kinds(document)) or not same:
            raise Forged("The document is not that of an actor")
        name = self._name(user, found, settings) if user else f"{found.rstrip('/').rpartition('/')[2][:100]}@{host_of(found)}"
        return Actor(
            id=found,
            acct=name.lower() if user else found,
            name=name,
            display=line(document.get("name")),
            inbox=inbox,
            shared=shared if host_of(shared) == host_of(found) else "",
            keys=keys_of(document, found),
            kind=next(kind for kind in kinds(document) if kind in ACTORS),
        )

    def _name(self, user: str, actor: str, settings: Settings) -> str:
        """user@host as people write it: the host may be another than the actor's, where both say so (WebFinger)."""
        plain = f"{user}@{host_of(actor)}"
        if any(sign in user for sign in "@/ \t\n"):
            raise Forged("The actor has no name")
        try:
            subject = text(self._finger(plain, host_of(actor), settings).get("subject"), 500).removeprefix("acct:").lstrip("@")
            host = subject.rpartition("@")[2].lower()
            if subject.count("@") != 1 or host == host_of(actor):
                return plain
            said = self._finger(subject, host, settings)
            ours = any(row.get("rel") == "self" and row.get("href") == actor for row in rows(said.get("links")))
        except (Forged, TryLater):
            return plain
        return subject if ours else plain

    def _json(self, url: str, headers: Mapping[str, str], kinds_: tuple[str, ...], settings: Settings) -> dict[str, Any]:
        scheme, host = urlsplit(url).scheme, name_of(url)
        if scheme != "https" and not (scheme == "http" and host in settings.inside):
            raise Forged(f"{url[:200]} is not https")
        try:
            answer = self._get(url, kinds=kinds_, largest=LARGEST, seconds=SECONDS, headers=headers, inside=settings.inside)
        except NotAllowed as error:
            raise Forged(str(error)) from error
        if answer.status in {GONE, MISSING}:
            raise Gone(f"{host}: {answer.status}")
        if not answer.ok:
            raise Forged(f"{host}: {answer.status}")
        if host_of(answer.url) != host_of(url):
            raise Forged(f"{host} sends us to another server")
        try:
            return read(answer.body)
        except NotUnderstood as error:
            raise Forged(f"{host}: {error}") from error

    @contextmanager
    def _turn(self, host: str, url: str) -> Iterator[None]:
        """Wait until the server may be asked, and nobody asks it for the same."""
        with self._turns:
            if not self._is_free(host, url):
                if self._line[host] >= IN_LINE:
                    raise TryLater(f"{host} is being asked already", after=5)
                self._line[host] += 1
                got = self._turns.wait_for(lambda: self._is_free(host, url), PATIENCE)
                self._line[host] -= 1
                if not got:
                    raise TryLater(f"{host} is being asked already", after=5)
            self._busy[host] += 1
            self._asked.add(url)
        try:
            yield
        finally:
            with self._turns:
                self._asked.discard(url)
                self._busy[host] -= 1
                for counter in (self._busy, self._line):
                    if not counter[host]:
                        del counter[host]
                self._turns.notify_all()

    def _is_free(self, host: str, url: str) -> bool:
        return self._busy[host] < AT_ONCE and url not in self._asked


def others(value: Any) -> list[tuple[str, str]]:
    """The people that a message names: (user@host in lower case, the actor's address), by its mentions."""
    found = []
    for row in rows(value):
        if "Mention" not in kinds(row):
            continue
        href, name = text(row.get("href"), 2000), text(row.get("name"), 500).strip().lstrip("@").lower()
        if "@" not in name and name and host_of(href):
            name = f"{name}@{host_of(href)}"
        if (
            name.count("@") == 1
            and not any(sign in name for sign in "/ \t\n")
            and not name.startswith("@")
            and not name.endswith("@")
        ):
            found.append((name, href))
    return found


def addressed(*things: Any) -> list[str]:
    """Everybody whom these objects are addressed to, in order and each once."""
    found: dict[str, None] = {}
    for thing in things:
        if isinstance(thing, Mapping):
            for place in ("to", "cc", "bto", "bcc", "audience"):
                found.update(dict.fromkeys(one for row in listed(thing.get(place)) if (one := ident(row))))
    return list(found)
