"""The entries of a document with what tells them apart, and the envelopes that they go into. Pure."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from samspil.channels.feeds import document, entry
from samspil.channels.feeds.document import Document, Raw
from samspil.channels.feeds.entry import Entry
from samspil.channels.feeds.settings import Settings, names, short
from samspil.kit import Envelope, NotUnderstood


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of a feed; ``key`` is its id with us, unique among all feeds."""

    feed: str
    key: str
    entry: Entry
    raw: Raw
    document: Document

    def wanted(self, settings: Settings) -> bool:
        """Whether it names one of the words."""
        return names(settings.words, f"{self.entry.title}\n{self.entry.text}")

    @property
    def says_changed(self) -> bool:
        """Whether the entry itself tells that it was changed after it was published."""
        published, updated = self.entry.published, self.entry.updated
        return bool(published and updated and updated - published > timedelta(minutes=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A document, and those of its entries that say something."""

    document: Document
    items: Sequence[Item]


def items_of(body: bytes, content_type: str, feed: str, url: str = "") -> Items:
    """Take a document apart. ``url`` is where it was found in the end. Raises NotUnderstood."""
    whole = document.read(body, content_type, url or feed)
    read: list[tuple[Raw, Entry]] = []
    for raw in whole.entries:
        try:
            read.append((raw, entry.read(raw.payload, raw.base)))
        except NotUnderstood:
            continue  # one entry without a word is no reason to leave out the others
    # A feed whose entries all bear one id would seem to change for ever: there the id tells nothing.
    often = Counter(found.id for _, found in read)
    return Items(
        document=whole,
        items=[
            Item(
                feed=feed, key=f"{short(feed, 16)}:{found.key(by_id=often[found.id] == 1)}", entry=found, raw=raw, document=whole
            )
            for raw, found in read
        ],
    )


def envelope_of(item: Item, *, changed: bool = False) -> Envelope:
    """An entry on its way. A new one is kept once by its key; a change once by what it now says."""
    headers = {
        "feed": item.feed,
        "key": item.key,
        "base": item.raw.base,
        "title": item.document.title,
        "link": item.document.link,
        "author": json.dumps(dict(item.document.author)),
    }
    if changed:
        headers["changed"] = "yes"
    return Envelope(
        external_id=f"{item.key}#{item.entry.digest}" if changed else item.key, payload=item.raw.payload, headers=headers
    )
