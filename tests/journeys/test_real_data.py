"""Real history through the import: every record accounted for, threads exactly what the data say."""

import csv
import gzip
import os
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from pathlib import Path

import pytest

from samspil.base.clock import now
from samspil.conversation.models import Conversation, Placement
from samspil.exchange.actions import bring, history_account
from samspil.exchange.queries import report
from samspil.identity.models import Consumer
from samspil.intake.models import Envelope, Interaction
from samspil.organisation.models import Colleague

DATA = Path(os.environ.get("SAMSPIL_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
MBOX = DATA / "mail" / "linux-mips-2004.mbox.gz"
TWEETS = DATA / "conversations" / "twcs_sample" / "twcs_head.csv"
MAP = {
    "map.id": "tweet_id",
    "map.author": "author_id",
    "map.text": "text",
    "map.time": "created_at",
    "map.reply_to": "in_response_to_tweet_id",
    "map.outgoing": "!inbound",
    "network": "twitter",
}
pytestmark = [
    pytest.mark.data,
    pytest.mark.django_db,
    pytest.mark.skipif(not MBOX.exists(), reason=f"the real data are not at {DATA}: set SAMSPIL_DATA"),
]


def components(names: Sequence[Iterable[Hashable]]) -> set[frozenset[int]]:
    """Which records share a name, directly or through others: places in the file, grouped."""
    parent: dict[Hashable, Hashable] = {}

    def root(node: Hashable) -> Hashable:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for place, all_names in enumerate(names):
        for one in all_names:
            parent[root(("name", one))] = root(("record", place))
    groups = defaultdict(set)
    for place in range(len(names)):
        groups[root(("record", place))].add(place)
    return {frozenset(group) for group in groups.values()}


def stored(account, external_ids: Sequence[str]) -> set[frozenset[int]]:
    """The same from the database: which records of the file lie in one conversation."""
    place = {external: number for number, external in enumerate(external_ids)}
    envelope = dict(Envelope.objects.filter(account=account).values_list("id", "external_id"))
    groups = defaultdict(set)
    rows = Placement.objects.filter(interaction__account=account).values_list("conversation", "interaction__envelope_id")
    for conversation, ident in rows:
        groups[conversation].add(place[envelope[ident]])
    return {frozenset(group) for group in groups.values()}


def mails(path: Path) -> list[bytes]:
    """The mails of an mbox, cut apart without any code of ours: a line "From " after an empty line, with a time in it."""
    text = gzip.decompress(path.read_bytes())
    starts = [m.start() for m in re.finditer(rb"(?:\A|(?<=\n\n))From \S.* \d\d:\d\d:\d\d \d{4}\n", text)]
    return [text[start:end].partition(b"\n")[2] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def message_names(mail: bytes) -> list[str]:
    headers = BytesHeaderParser().parsebytes(mail)
    return [
        ident
        for name in ("Message-ID", "In-Reply-To", "References")
        for value in headers.get_all(name, [])
        for ident in re.findall(r"<([^<>]+)>", re.sub(r"\s+", "", str(value)))
    ]


def test_a_year_of_a_mailing_list(organisation):
    wanted = mails(MBOX)
    assert len(wanted) == 2814
    account = history_account(channel="mail", name="linux-mips")
    said = []
    got = bring(file=MBOX, format="mbox", account=account, options={}, at=now(), say=lambda p: said.append(p.records))
    assert (got.records, got.new, said[-1]) == (2814, 2814, 2814)
    final = report(account=account.pk, external_ids=got.ids, new=got.new)
    assert (final.records, final.new, final.here, final.twice) == (2814, 2814, 0, 0)
    assert final.states == {"arrived": 0, "understood": 2814, "empty": 0, "not_understood": 0, "quarantined": 0, "forgotten": 0}
    assert (final.messages, final.refused) == (2814, [])
    assert stored(account, got.ids) == components([message_names(m) for m in wanted])
    assert final.threads == Conversation.objects.filter(merged_into=None).count() == 971
    assert set(Conversation.objects.values_list("status", flat=True)) == {"done"}

    again = bring(file=MBOX, format="mbox", account=account, options={}, at=now())
    twice = report(account=account.pk, external_ids=again.ids, new=again.new)
    assert (twice.records, twice.new, twice.here, twice.threads) == (2814, 0, 2814, 971)
    assert (Envelope.objects.count(), Interaction.objects.count()) == (2814, 2814)


def tweets() -> list[dict[str, str]]:
    """The rows as any reader of CSV gives them; the one with a bare line break is two, and the second has no author."""
    with TWEETS.open(encoding="utf-8", newline="") as file:
        return [{k: v or "" for k, v in row.items()} for row in csv.DictReader(file)]


def tweet_names(row: dict[str, str]) -> list[str]:
    ids = [row["tweet_id"], *row["in_response_to_tweet_id"].split(","), *row["response_tweet_id"].split(",")]
    return [one.removesuffix(".0") for one in ids if one]


def test_five_thousand_tweets(organisation):
    rows = tweets()
    assert len(rows) == 5001
    account = history_account(channel="csvfile", name="tweets")
    got = bring(file=TWEETS, format="csv", account=account, options=MAP, at=now())
    final = report(account=account.pk, external_ids=got.ids, new=got.new)
    assert (final.records, final.new, final.here, final.twice, final.messages) == (5001, 5001, 0, 0, 4981)
    assert final.states == {"arrived": 0, "understood": 4981, "empty": 0, "not_understood": 20, "quarantined": 0, "forgotten": 0}
    # What brands posted to everybody, and the second half of a row that was cut in two.
    nobody = [why for _, why in final.refused if "to nobody in particular" in why]
    assert len(nobody) == 19
    assert [why for _, why in final.refused if why not in nobody] == ["row 2486: no author (it has 3 of 8 columns)"]
    in_place = {got.ids.index(external) for external, _ in final.refused}
    understood = [tweet_names(row) if place not in in_place else [] for place, row in enumerate(rows)]
    expected = {group for group in components(understood) if not group <= in_place}
    assert stored(account, got.ids) == expected
    assert final.threads == Conversation.objects.filter(merged_into=None).count() == len(expected) == 1313

    answered = Interaction.objects.filter(outgoing=True)
    brands = {row["author_id"] for place, row in enumerate(rows) if row["inbound"] == "False" and place not in in_place}
    assert answered.count() == 2203
    assert answered.filter(colleague=None).count() == 0
    assert set(Colleague.objects.filter(outside=True).values_list("name", flat=True)) == brands
    people = {row["author_id"] for row in rows if row["inbound"] == "True"}
    assert set(Consumer.objects.values_list("name", flat=True)) >= people
    assert set(Interaction.objects.filter(outgoing=False).values_list("handle__address", flat=True)) == people
    first = Interaction.objects.get(external_id="1")
    assert (first.handle.address, first.colleague.name, first.at) == (
        "115712",
        "sprintcare",
        datetime(2017, 10, 31, 22, 10, 47, tzinfo=UTC),
    )

    again = bring(file=TWEETS, format="csv", account=account, options=MAP, at=now())
    assert (again.records, again.new, Envelope.objects.count(), Interaction.objects.count()) == (5001, 0, 5001, 4981)
