"""Segments on a real database: what the one statement says is what plain Python says."""

import string
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samspil.base import sql
from samspil.base.errors import NotAllowed, NotFound
from samspil.conversation.models import Conversation
from samspil.identity.actions.segments import (
    Everybody,
    NoName,
    bring_back_segment,
    change_segment,
    end_segment,
    save_segment,
)
from samspil.identity.models import Consumer, Detail, Link, Segment, Suggestion
from samspil.identity.queries import segments as asked
from samspil.identity.queries.segments import TooSlow, count, members, segments_of
from samspil.identity.rules.loose import loose
from samspil.identity.rules.segment import All, Ask, Either, Not, Own, Person, Reach, WrongFilter, holds, words_of, write
from samspil.identity.rules.segment.fields import OPS
from samspil.intake.models import Handle, Interaction
from samspil.organisation.actions import add_unit
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Copenhagen")
OWNS = [
    Own("club", "choice", choices=("Guld", "Sølv")),
    Own("points", "number"),
    Own("renewal", "date"),
    Own("newsletter", "yes"),
    Own("note-x", "text"),
]
WORDS = words_of(OWNS)
NAMES = ["Søren Åkjær", "Soren Akjar", "Karoline Vestergaard", "Müller", "Ж. Иванов", "O'Brien 100%", "", "a_b"]
CITIES = ["Århus", "Aarhus", "Ry", "København"]
DAYS_AGO = [0, 1, 5, 29, 30, 31, 400]


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr(asked, "now", lambda: NOW)


moments = st.builds(lambda d, h: NOW - timedelta(days=d, hours=h), st.sampled_from(DAYS_AGO), st.sampled_from([0, 12, 13]))
purchases = st.tuples(st.sampled_from([Decimal(10), Decimal("99.50"), Decimal(1000)]), st.sampled_from(["DKK", "EUR"]))
details = st.dictionaries(
    st.sampled_from(["company", "city", "language", "born", "club", "points", "renewal", "newsletter", "note-x"]),
    st.integers(0, 3),
    max_size=4,
)
VALUES = {
    "company": ["Tryg Forsikring", "tryg", "Ørsted A/S", "%"],
    "city": CITIES,
    "language": ["da", "en", "de", "DA"],
    "born": ["1990-01-01", "1990-06-05", "2000-12-31", "2026-11-25"],
    "club": ["Guld", "Sølv", "Guld", "Sølv"],
    "points": ["0", "10", "10.5", "-3"],
    "renewal": ["2026-11-24", "2026-11-25", "2026-11-26", "2027-01-01"],
    "newsletter": ["1", "0", "1", "0"],
    "note-x": ["'; DROP TABLE identity_consumer; --", "a\\b", "Åben", "under_score"],
}
reaches = st.fixed_dictionaries(
    {
        "network": st.sampled_from(["mail", "webchat", "mastodon"]),
        "scope": st.sampled_from(["", "Side 1"]),
        "name": st.sampled_from(["", "@karoline@social.example", "100%"]),
        "verified": st.booleans(),
        "dead": st.booleans(),
        "times": st.tuples(moments, moments),
        "messages": st.integers(0, 2),
        "purchases": st.lists(purchases, max_size=2),
        "details": details,
    }
)
people = st.fixed_dictionaries(
    {
        "name": st.sampled_from(NAMES),
        "place": st.sampled_from(["", *CITIES]),
        "language": st.sampled_from(["", "da", "en"]),
        "since": moments,
        "handles": st.lists(reaches, min_size=1, max_size=2),
        "suggested": st.booleans(),
    }
)


def values_for(name):
    kind = WORDS[name].kind
    if kind in ("yes", "own_yes"):
        return ["1", "0"]
    if kind in ("count", "number"):
        return ["0", "1", "2", "10", "10.5", "-3"]
    if kind == "amount":
        return ["0", "10", "1000 DKK", "99.5 EUR", "109.5"]
    if kind in ("date", "time"):
        return ["0d", "1d", "30d", "1m", "5y", "2026-11-25", "2026-10-26", "1990-01-01", "9y", "99999y"]
    if kind == "choice":
        return ["Guld", "Sølv"]
    return [
        "søren",
        "soren",
        "a",
        "%",
        "_",
        "mail",
        "tryg",
        "Aarhus",
        "da",
        "@",
        "'",
        "\\",
        "karoline@",
        "DROP",
        "иван",
        "Side 1",
    ]


@st.composite
def asks(draw):
    name = draw(st.sampled_from(sorted(WORDS)))
    op = draw(st.sampled_from(OPS[WORDS[name].kind]))
    known = st.sampled_from(values_for(name))
    if op in ("exists", "missing"):
        return Ask(name, op)
    return Ask(name, op, tuple(draw(st.lists(known, min_size=1, max_size=2))) if op == "in" else (draw(known),))


def _grown(inner):
    def of(kind):
        return st.lists(inner.filter(lambda n: not isinstance(n, kind)), min_size=2, max_size=3).map(lambda i: kind(tuple(i)))

    return st.one_of(inner.map(Not), of(All), of(Either))


nodes = st.recursive(asks(), _grown, max_leaves=6)


def put(drawn):
    """The people in the database, and what plain Python is told of them."""
    told = {}
    account = sql.run("SELECT id FROM intake_account LIMIT 1")[0][0]
    for number, who in enumerate(drawn):
        consumer = Consumer.objects.create(
            name=who["name"], folded=asked_fold(who["name"]), place=who["place"], language=who["language"], since=who["since"]
        )
        known, latest = [], {}
        for place, h in enumerate(who["handles"]):
            first, last = sorted(h["times"])
            handle = Handle.objects.create(
                network=h["network"],
                scope=h["scope"],
                address=f"p{number}.{place}@firma.example",
                name=h["name"],
                verified="network" if h["verified"] else "",
                dead_at=NOW if h["dead"] else None,
                first_at=first,
                last_at=last,
            )
            Link.objects.create(handle=handle, consumer=consumer, began_at=first)
            for n in range(h["messages"]):
                _act(handle, account, "message", f"{number}.{place}.{n}")
            for n, (amount, currency) in enumerate(h["purchases"]):
                _act(handle, account, "purchase", f"b{number}.{place}.{n}", amount=amount, currency=currency)
            for field, which in h["details"].items():
                value = VALUES[field][which]
                Detail.objects.create(handle=handle, field=field, value=value, at=NOW + timedelta(seconds=place))
                latest.setdefault(field, []).append(value)
            if who["suggested"] and place == 0:
                _suggest(handle, account)
            known.append(
                Reach(
                    network=h["network"],
                    scope=h["scope"],
                    address=handle.address,
                    name=h["name"],
                    verified=h["verified"],
                    dead=h["dead"],
                    first_at=first,
                    last_at=last,
                    messages=h["messages"],
                    purchases=h["purchases"],
                )
            )
        standing = {f: v if f == "company" else v[-1:] for f, v in latest.items()}
        told[consumer.pk] = Person(
            name=who["name"],
            place=who["place"],
            language=who["language"],
            since=who["since"],
            handles=known,
            details=standing,
            suggested=who["suggested"],
        )
    return told


def asked_fold(name):
    from samspil.base.text import fold

    return fold(name)


def _act(handle, account, kind, ident, **more):
    Interaction.objects.create(handle=handle, account_id=account, kind=kind, at=NOW, external_id=ident, **more)


def _suggest(handle, account):
    other = Handle.objects.create(network="other", address=str(handle.pk), first_at=NOW, last_at=NOW)
    one, two = sorted([handle, other], key=lambda h: h.pk)
    Suggestion.objects.create(one=one, other=two, bits=1, probability=0.7, gain=1, found_at=NOW)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(people, min_size=1, max_size=4), st.lists(nodes, min_size=4, max_size=8))
def test_the_statement_says_what_plain_python_says(mailbox, mette, drawn, filters):
    with transaction.atomic():
        told = put(drawn)
        at = NOW.astimezone(ZONE)
        for node in filters:
            wanted = sorted((c for c, p in told.items() if holds(node, p, WORDS, at)), reverse=True)
            assert list(members(node, by=mette, own=OWNS)) == wanted, write(node, OWNS)
            assert count(node, by=mette, own=OWNS) == len(wanted)
        transaction.set_rollback(True)


letters = st.text(alphabet="abcxyzÆØÅæøåäöüßÉéłŁńşİıđœжЖЙйΟΔΣςéñ '-.ﬁ" + string.digits, max_size=20)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(letters.map(lambda t: " ".join(t.split())))
def test_the_loosest_form_is_the_same_in_the_database(db, text):
    assert sql.run("SELECT identity_loose(%s)", [text])[0][0] == loose(text)
    assert sql.run("SELECT identity_loose(%s)", [asked_fold(text)])[0][0] == loose(text)


HOSTILE = [
    "'; DROP TABLE identity_consumer; --",
    "%s",
    "%(p0)s",
    "{}",
    "{field}",
    "\\",
    "' OR '1'='1",
    "$1",
    '"',
    "a) OR (true",
    "\u202e",
    "%%",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_value_leaves_its_parameter(mailbox, mette, text):
    with transaction.atomic():
        put([{"name": "Karoline", "place": "", "language": "", "since": NOW, "handles": [_plain()], "suggested": False}])
    for field, word in WORDS.items():
        for op in OPS[word.kind]:
            if word.kind in ("text", "link", "choice") and op not in ("exists", "missing"):
                node = Ask(field, op, (text,))
                statements = [asked.Compiled(WORDS, NOW, mette).condition(Ask(field, op, (t,))) for t in (text, "x")]
                assert statements[0] == statements[1]
                found = members(node, by=mette, own=OWNS)
                assert len(found) == (1 if op == "!=" else 0), (field, op)
    assert Consumer.objects.count() == 1


def _plain():
    return {
        "network": "webchat", "scope": "", "name": "", "verified": False, "dead": False, "times": (NOW, NOW), "messages": 0,
        "purchases": [], "details": {},
    }  # fmt: skip


def test_a_question_that_takes_too_long_is_stopped_and_the_session_goes_on(mailbox, mette, monkeypatch):
    monkeypatch.setattr(asked, "SECONDS", 0.05)
    monkeypatch.setattr(asked, "_IS_SOMEBODY", "pg_sleep(1) IS NOT NULL")
    with transaction.atomic():
        put([{"name": "Karoline", "place": "", "language": "", "since": NOW, "handles": [_plain()], "suggested": False}])
    before = sql.run("SELECT current_setting('statement_timeout'), current_setting('work_mem')")
    with pytest.raises(TooSlow):
        members(All(), by=mette, own=OWNS)
    assert sql.run("SELECT current_setting('statement_timeout'), current_setting('work_mem')") == before
    monkeypatch.undo()
    assert sql.run("SELECT current_setting('statement_timeout'), current_setting('work_mem')") == before


def test_pages_follow_one_another_and_counting_stops(mailbox, mette):
    with transaction.atomic():
        who = {"name": "Karoline", "place": "", "language": "", "since": NOW, "suggested": False}
        put([{**who, "handles": [_plain()]} for _ in range(7)])
    first = members("name:karoline", by=mette, limit=4)
    rest = members("name:karoline", by=mette, limit=4, after=first[-1])
    assert [*first, *rest] == list(Consumer.objects.order_by("-id").values_list("pk", flat=True))
    assert (count("name:karoline", by=mette), count("name:karoline", by=mette, at_most=5)) == (7, 6)
    Link.objects.filter(consumer=first[0]).update(ended_at=NOW)
    assert first[0] not in members("", by=mette)


def test_in_which_segments_somebody_is(mailbox, mette, jonas):
    with transaction.atomic():
        (consumer,) = put(
            [{"name": "Karoline", "place": "Ry", "language": "", "since": NOW, "handles": [_plain()], "suggested": False}]
        )
    kept = [
        save_segment(name=name, filter=line, by=by, at=NOW, shared=shared)
        for name, line, by, shared in [
            ("A", "name:karoline", mette, False), ("B", "name:soren", mette, False), ("C", "place=ry", jonas, True),
            ("D", "place=ry", jonas, False), ("E", "not open", mette, False),
        ]
    ]  # fmt: skip
    end_segment(segment=kept[4].pk, by=mette, at=NOW)
    assert [s.name for s in segments_of(consumer, by=mette)] == ["A", "C"]
    Segment.objects.filter(name="B").update(filter="gone:x")
    with sql.counted() as seen:
        assert [s.name for s in segments_of(consumer, by=mette)] == ["A", "C"]
    assert len(seen) == 5
    assert [s.name for s in segments_of(consumer, by=jonas)] == ["C", "D"]


def test_open_is_said_only_of_conversations_that_one_may_see(mailbox, mette, jonas):
    receive(mailbox, mail(sender="Karoline <k@a.example>", ident="1@x"))
    consumer = Consumer.objects.get()
    closed = add_unit(name="Personale", closed=True)
    assert list(members("open", by=jonas)) == [consumer.pk]
    Conversation.objects.update(unit=closed)
    assert list(members("open", by=jonas)) == []
    assert list(members("open", by=mette)) == [consumer.pk]
    Conversation.objects.update(status="done")
    assert list(members("open", by=mette)) == []


@pytest.mark.parametrize(
    ("name", "line", "error"), [("", "open", NoName), ("x", "", Everybody), ("x", "opn", WrongFilter), (" ", "open", NoName)]
)
def test_what_is_refused_keeps_nothing(mette, name, line, error):
    with pytest.raises(error):
        save_segment(name=name, filter=line, by=mette, at=NOW)
    assert Segment.objects.count() == 0


def test_only_its_maker_or_an_administrator_changes_it(mette, jonas):
    row = save_segment(name="Mette's", filter="open", by=mette, at=NOW, shared=True)
    with pytest.raises(NotAllowed):
        change_segment(segment=row.pk, name="x", filter="dead", by=jonas, shared=False)
    with pytest.raises(NotAllowed):
        end_segment(segment=row.pk, by=jonas, at=NOW)
    row.refresh_from_db()
    assert (row.name, row.filter, row.ended_at) == ("Mette's", "open", None)
    own = save_segment(name="Jonas's", filter="open", by=jonas, at=NOW)
    with pytest.raises(NotFound):
        end_segment(segment=own.pk, by=mette, at=NOW)
    end_segment(segment=row.pk, by=mette, at=NOW)
    assert bring_back_segment(segment=row.pk, by=mette).ended_at is None
