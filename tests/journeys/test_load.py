"""Waiting, counted from real conversations, and who sees what of it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from samspil.base import sql
from samspil.base.clock import now
from samspil.conversation.actions import assign
from samspil.conversation.models import Conversation
from samspil.hours.actions import set_week
from samspil.hours.rules import Span
from samspil.load.actions import BadCells, Figures, bring, count_all, count_since
from samspil.load.models import Cell
from samspil.load.queries import Asked, expected, load_now, picture, scope, waits_of
from samspil.organisation.actions import add_competence, add_unit, hold, take_in
from samspil.organisation.models import Colleague, Unit
from samspil.promise.actions import promise, reckon
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Europe/Copenhagen")
HOUR = timedelta(hours=1)


@pytest.fixture
def brakes(organisation):
    return add_competence(name="Bremser", name_en="Brakes", description="Bremser", words=["bremse"])


@pytest.fixture
def workshop(organisation):
    return add_unit(name="Værksted", name_en="Workshop")


@pytest.fixture
def lea(workshop, brakes, mette):
    who = take_in(email="lea@firma.example", name="Lea", role="lead", unit=workshop, language="en", capacity=5)
    hold(colleague=who, competence=brakes.pk, level=4, source="lead", by=mette, at=now())
    return who


def wrote(mailbox, *, n=1, sender="a", **values) -> list[Conversation]:
    """So many conversations, and what is to be so of them."""
    before = set(Conversation.objects.values_list("pk", flat=True))
    receive(mailbox, *[mail(sender=f"K <{sender}{i}@x.example>", subject=f"Sag {sender}{i}") for i in range(n)])
    rows = Conversation.objects.exclude(pk__in=before)
    rows.update(**values)
    return list(Conversation.objects.exclude(pk__in=before).order_by("pk"))


def client_of(colleague) -> Client:
    Colleague.objects.filter(pk=colleague.pk).update(language="en")
    client = Client(headers={"accept-language": "en"})
    client.force_login(colleague)
    return client


def test_an_hour_is_counted_with_its_waits(mailbox, jonas, brakes, workshop):
    at = now()
    wrote(mailbox, n=3, unit=workshop, competence=brakes)
    count_since(since=at - HOUR, at=now())
    cell = Cell.objects.get()
    assert (cell.unit, cell.competence, cell.channel, cell.arrived, cell.answered) == (workshop, brakes, "mail", 3, 0)
    assert (cell.waits, cell.open_waits, cell.held, cell.brought) == ([], [], [], False)
    assert count_all(at=now()) == 1
    assert Cell.objects.get().arrived == 3


def test_a_wait_by_the_clock_and_in_opening_hours(mailbox, jonas, workshop, mette, organisation):
    (row,) = wrote(mailbox, unit=workshop)
    friday = datetime(2026, 11, 20, 15, tzinfo=ZONE)
    set_week(unit=workshop, zone=str(ZONE), spans=[Span(d, 8 * 60, 16 * 60) for d in range(5)], by=mette, at=friday)
    monday = friday + timedelta(days=2, hours=18)  # nine o'clock
    handle = sql.run("SELECT handle_id, account_id FROM intake_interaction LIMIT 1")[0]
    ident = row.pk
    sql.run(
        "INSERT INTO intake_interaction (id, handle_id, account_id, kind, outgoing, colleague_id, at, external_id, subject, text, public,"
        " currency, data, language) VALUES (%s, %s, %s, 'message', true, %s, %s, 'ours', '', 'Hej', false, '', '{}', '')",
        [ident, *handle, jonas.pk, monday],
    )
    sql.run(
        "INSERT INTO conversation_placement (interaction_id, conversation_id, at, why) VALUES (%s, %s, %s, 'thread')",
        [ident, ident, monday],
    )
    Conversation.objects.update(opened_at=friday, done_at=monday + HOUR, status="done")
    count_since(since=friday - HOUR, at=now())
    arrived, answered = Cell.objects.order_by("hour")
    assert (arrived.waits, arrived.open_waits, arrived.held) == ([66 * 3600], [2 * 3600], [3600])
    assert (answered.arrived, answered.answered, answered.hands) == (0, 1, 1.0)
    found = waits_of(scope(mette), since=friday - HOUR, until=now(), zone=ZONE, by="weekday")
    assert [(g.key, g.arrived, g.half.value, g.half.few) for g in found.groups] == [(4, 1, 7200.0, True)]
    assert found.week[4, 15][0] == 1
    by_clock = waits_of(scope(mette), since=friday - HOUR, until=now(), zone=ZONE, is_open=False)
    assert by_clock.whole.half.value == 66 * 3600


def test_what_was_brought_is_added_and_never_counted_anew(workshop, mette):
    at = now().replace(minute=0, second=0, microsecond=0) - timedelta(days=3)
    bring(cells=[Figures(hour=at, unit=workshop.pk, arrived=4, answered=1, hands=1, waits=[60], open_waits=[30])])
    count_all(at=now())
    assert [(c.arrived, c.brought) for c in Cell.objects.all()] == [(4, True)]
    for wrong in ({"arrived": -1}, {"arrived": 1, "waits": [1]}, {"arrived": 0, "waits": [1], "open_waits": [1]}):
        with pytest.raises(BadCells):
            bring(cells=[Figures(hour=at, **wrong)])
    assert Cell.objects.count() == 1


def history(unit, competence, weeks=10, wait=1200, each=3):
    """Every hour of some weeks."""
    start = now().replace(minute=0, second=0, microsecond=0)
    bring(
        cells=[
            Figures(
                hour=start - HOUR * h, unit=unit.pk, competence=competence.pk, channel="mail", arrived=each, answered=each, hands=1,
                waits=[wait] * each, open_waits=[wait] * each, held=[600] * each,
            )
            for h in range(1, weeks * 168)
        ]
    )  # fmt: skip


def test_now_says_who_waits_who_is_there_and_what_would_help(mailbox, lea, workshop, brakes, mette):
    history(workshop, brakes, each=3)
    promise(unit=workshop, first=60, by=mette, at=now())
    rows = wrote(mailbox, n=12, unit=workshop, competence=brakes, waiting_since=now() - timedelta(minutes=50))
    Conversation.objects.filter(pk=rows[0].pk).update(waiting_since=now() - timedelta(minutes=70))
    reckon(conversations=[r.pk for r in rows])
    found = load_now(scope(lea), now())
    (unit,), (skill,) = found.units, found.competences
    for line in (unit, skill):
        assert (line.waiting, line.late, line.soon, line.there, line.free) == (12, 1, 11, 1, 5)
        assert line.half.value == pytest.approx(3000, abs=30)
        assert line.pace == 3.0
    assert skill.advice[0] == "more"
    assert skill.advice[1]["n"] == 4  # 12 that wait and 3 that come within the hour, 3 each, one is there
    assert [p.late for p in found.pressing] == [True] + [False] * 7
    # 12 are ahead, at three an hour: half of the times over 4 hours, and more than the usual 20 minutes.
    assert unit.expected.queue
    assert unit.expected.half == pytest.approx(12.67 * 1200, rel=0.01)
    assert unit.expected.mostly > unit.expected.half
    Conversation.objects.update(waiting_since=None)
    quiet = load_now(scope(lea), now()).units[0]
    assert (quiet.waiting, quiet.oldest, quiet.advice, quiet.expected.half) == (0, None, ("", {}), 1200)


def test_each_sees_theirs(mailbox, lea, workshop, jonas, mette, brakes):
    secret = Unit.objects.create(name="Lukket", closed=True)
    history(secret, brakes)
    wrote(mailbox, n=2, sender="s", unit=secret)
    wrote(mailbox, n=1, sender="w", unit=workshop)
    wrote(mailbox, n=4, sender="n", unit=None)
    whole, hers, his = (load_now(scope(who), now()) for who in (mette, lea, jonas))
    assert (whole.waiting, hers.waiting) == (7, 1)
    assert "Lukket" in {line.what.name for line in whole.units}
    assert [line.what.name for line in hers.units] == ["Værksted"]
    assert "Lukket" not in {line.what.name for line in his.units}
    assert {what.name: e.n for what, e in expected(scope(mette), now())}["Lukket"] > 1000
    assert {what.name: e.n for what, e in expected(scope(jonas), now())}["Bremser"] == 0
    zone = {"since": now() - timedelta(weeks=4), "until": now(), "zone": ZONE}
    assert waits_of(scope(mette), **zone).whole.arrived > 1000
    assert waits_of(scope(lea), **zone).whole.arrived == 0


def test_ahead_foretells_and_what_if_changes_it(lea, workshop, brakes, mette):
    history(workshop, brakes, weeks=12, each=9)
    set_week(unit=workshop, zone=str(ZONE), spans=[Span(d, 8 * 60, 16 * 60) for d in range(7)], by=mette, at=now())
    seen = scope(lea)
    asked = Asked(unit=workshop.pk, competence=brakes.pk)
    plain = picture(seen, asked, now(), ZONE, 3600.0)
    assert (plain.ahead.mean[0], plain.work.queued, plain.measured) == (pytest.approx(9, rel=0.05), False, True)
    assert plain.work.holding == pytest.approx(400)
    opened = [n for n, o in enumerate(plain.opened) if o == 1]
    assert len(opened) in (14 * 8 - 1, 14 * 8)
    assert {plain.hours[n].there for n in opened} == {1}
    assert sum(h.there for n, h in enumerate(plain.hours) if plain.opened[n] == 0) == 0
    more = picture(seen, Asked(unit=workshop.pk, competence=brakes.pk, more=2), now(), ZONE, 3600.0)
    assert {more.hours[n].there for n in opened} == {3}
    slow = picture(seen, Asked(unit=workshop.pk, competence=brakes.pk, held=3600), now(), ZONE, 3600.0)
    assert max(h.need for h in slow.hours) > max(h.need for h in plain.hours)
    chat = picture(seen, Asked(unit=workshop.pk, competence=brakes.pk, queued=True, each=2, within=60), now(), ZONE, None)
    assert chat.hours[opened[3]].kept is not None
    assert plain.tested.inside95 >= 0.95


def _statements(client, name) -> int:
    with CaptureQueriesContext(connection) as orm, sql.counted() as ours:
        answered = client.get(reverse(name))
    assert answered.status_code == 200
    return len(orm) + len(ours)


def test_every_page_has_as_many_statements_whatever_waits(mailbox, lea, workshop, brakes, mette):
    client = client_of(mette)
    names = ("load", "load_was", "load_ahead")
    wrote(mailbox, n=1, sender="x", unit=workshop, competence=brakes)
    first = [(_statements(client, name), _statements(client, name))[1] for name in names]
    history(workshop, brakes, weeks=8)
    promise(unit=workshop, first=60, by=mette, at=now())
    rows = wrote(mailbox, n=25, unit=workshop, competence=brakes)
    reckon(conversations=[r.pk for r in rows])
    for n in range(6):
        take_in(email=f"p{n}@firma.example", name=f"P{n}", unit=add_unit(name=f"Enhed {n}"))
    assert [_statements(client, name) for name in names] == first
    assert max(first) <= 40


def test_the_pages_say_it(mailbox, lea, workshop, brakes, mette, jonas):
    history(workshop, brakes, weeks=12)
    rows = wrote(mailbox, n=2, unit=workshop, competence=brakes)
    assign(conversations=[rows[0].pk], to=lea, by=mette, at=now())
    admin, lead, other = client_of(mette), client_of(lea), client_of(jonas)
    page = admin.get(reverse("load")).content.decode()
    assert "about 53 min., 8 of 10 times under 86 min." in page
    assert "/?view=open&amp;q=competence%3A%22Bremser%22%20is%3Awaiting" in page
    assert (
        lead.get(reverse("load"), headers={"HX-Request": "true"}).content.decode().lstrip().startswith('<div id="load-now-body"')
    )
    shared = other.get(reverse("load")).content.decode()
    assert "8 of 10 times under" in shared
    assert "On duty" not in shared
    assert "Sag a0" not in shared
    assert "is-5" in admin.get(reverse("load_was"), {"days": "84", "by": "hour"}).content.decode()
    ahead = lead.get(reverse("load_ahead"), {"unit": str(workshop.pk), "more": "2", "held": "x"}, headers={"HX-Request": "true"})
    assert ahead.content.decode().lstrip().startswith('<div id="picture"')
    assert "Error (MASE)" in ahead.content.decode()
    assert lead.get(reverse("load_was"), {"unit": str(Unit.objects.get(triage=True).pk)}).status_code == 404
    assert other.get(reverse("load_was")).status_code == 403
    assert other.post(reverse("load_ahead")).status_code == 403
