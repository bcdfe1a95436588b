"""How much a conversation presses and when its answer is due, as one sees and says it at the desk."""

import json
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlparse

import pytest
from django.urls import reverse

from samspil.base import sql
from samspil.base.clock import now
from samspil.base.errors import NotFound
from samspil.conversation.actions.state import CannotUndo
from samspil.conversation.models import Conversation, Event
from samspil.conversation.queries import inbox, size
from samspil.conversation.queries.inbox import page as statement_of
from samspil.organisation.actions import take_in
from samspil.organisation.models import Colleague, Unit
from samspil.promise.actions import prioritise, promise, put_priority_back, reckon
from samspil.promise.models import Due
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true", "accept-language": "en"}
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def english(mette, jonas):
    Colleague.objects.update(language="en")
    jonas.refresh_from_db()
    mette.refresh_from_db()


@pytest.fixture
def lea(organisation, jonas):
    return take_in(email="lea@firma.example", name="Lea", role="lead", unit=jonas.unit)


def come(mailbox, jonas, n: int) -> list[Conversation]:
    """So many conversations, all with Jonas, in the order in which they came."""
    receive(mailbox, *[mail(ident=f"{i}@x.example", sender=f"K{i:02} <k{i}@v.example>", subject=f"S {i:02}") for i in range(n)])
    Conversation.objects.update(assignee=jonas, unit=jonas.unit)
    return list(Conversation.objects.order_by("subject"))


def priorities() -> dict[str, str]:
    return dict(Due.objects.values_list("conversation__subject", "priority").order_by("conversation__subject"))


def order(by, **asked) -> list[str]:
    return [r.subject for r in inbox(by=by, order="due", **asked)]


def place(row: Conversation, due) -> None:
    """Due then; with None reckoned and nothing due."""
    Due.objects.update_or_create(conversation=row, defaults={"answer_due": due, "soon_at": due and due - 10 * MINUTE})


def test_several_get_a_priority_and_each_its_own_back(client, mailbox, jonas):
    rows = come(mailbox, jonas, 3)
    prioritise(conversations=[rows[0].pk], priority="low", by=jonas, at=now())
    client.force_login(jonas)
    did = client.post(reverse("priority", args=["urgent"]), {"c": [str(r.pk) for r in rows]}, headers=HX)
    toast = json.loads(did["HX-Trigger"])
    assert toast["look:toast"]["text"] == "3 are urgent"
    assert set(toast["desk:changed"]["ids"]) == {str(r.pk) for r in rows}
    assert priorities() == {"S 00": "urgent", "S 01": "urgent", "S 02": "urgent"}
    undone = client.post(toast["look:toast"]["undoUrl"], headers=HX)
    assert undone.status_code == 204
    assert priorities() == {"S 00": "low", "S 01": "normal", "S 02": "normal"}
    said = [
        (e.by.name, e.data["was"], e.data["to"])
        for e in Event.objects.filter(kind="priority", conversation=rows[0]).order_by("at", "id")
    ]
    assert said == [("Jonas Lund", "normal", "low"), ("Jonas Lund", "low", "urgent"), ("Jonas Lund", "urgent", "low")]


def test_an_undo_is_ones_own_once_and_leaves_what_others_have_said_since(mailbox, jonas, lea):
    first, second = come(mailbox, jonas, 2)
    deed = prioritise(conversations=[first.pk, second.pk], priority="urgent", by=jonas, at=now())
    with pytest.raises(CannotUndo):
        put_priority_back(batch=deed.batch, by=lea, at=now())
    assert priorities() == {"S 00": "urgent", "S 01": "urgent"}
    prioritise(conversations=[first.pk], priority="low", by=lea, at=now())
    assert put_priority_back(batch=deed.batch, by=jonas, at=now()) == [second.pk]
    assert priorities() == {"S 00": "low", "S 01": "normal"}
    with pytest.raises(CannotUndo):
        put_priority_back(batch=deed.batch, by=jonas, at=now())
    assert priorities() == {"S 00": "low", "S 01": "normal"}
    assert prioritise(conversations=[first.pk], priority="low", by=jonas, at=now()).batch is None


def test_what_is_hidden_gets_no_priority(client, mailbox, jonas, mette):
    (row,) = come(mailbox, jonas, 1)
    Conversation.objects.update(unit=Unit.objects.create(name="Lukket", closed=True), assignee=None)
    client.force_login(jonas)
    assert client.post(reverse("priority", args=["urgent"]), {"c": str(row.pk)}, headers=HX).status_code == 404
    assert (
        client.get(reverse("due", args=[row.pk])).status_code == client.get(reverse("due-why", args=[row.pk])).status_code == 404
    )
    with pytest.raises(NotFound):
        prioritise(conversations=[row.pk], priority="urgent", by=jonas, at=now())
    assert not Due.objects.exclude(priority="normal").exists()
    client.force_login(mette)
    assert client.post(reverse("priority", args=["panic"]), {"c": str(row.pk)}, headers=HX).status_code == 422
    assert not Due.objects.exclude(priority="normal").exists()


def test_priority_takes_as_many_statements_for_many_as_for_one(mailbox, jonas):
    rows = come(mailbox, jonas, 12)

    def counted(do):
        with sql.counted() as seen:
            found = do()
        return found, len(seen)

    one, first = counted(lambda: prioritise(conversations=[rows[0].pk], priority="urgent", by=jonas, at=now()))
    many, second = counted(lambda: prioritise(conversations=[r.pk for r in rows[1:]], priority="urgent", by=jonas, at=now()))
    assert first == second
    assert (
        counted(lambda: put_priority_back(batch=one.batch, by=jonas, at=now()))[1]
        == counted(lambda: put_priority_back(batch=many.batch, by=jonas, at=now()))[1]
    )


def test_the_head_says_when_and_the_popover_why(client, mailbox, jonas, lea):
    (row,) = come(mailbox, jonas, 1)
    at = now()
    promise(unit=jonas.unit, first=60, next=30, done=600, by=lea, at=at)
    Conversation.objects.update(waiting_since=at - 20 * MINUTE, opened_at=at - 20 * MINUTE)
    reckon(conversations=[row.pk])
    client.force_login(jonas)
    page = client.get(reverse("conversation", args=[row.pk]), headers={"accept-language": "en"}).content.decode()
    assert "answer in 39 min." in page
    assert 'data-key="i"' in page
    why = client.get(reverse("due-why", args=[row.pk]), headers=HX).content.decode()
    for words in (
        "First answer",
        "the first answer within 1 h",
        jonas.unit.name,
        "No hours are said: day and night",
        "Soon due",
        "the unit&#x27;s leads are told",
        "it becomes urgent",
    ):
        assert words in why, words
    Conversation.objects.update(waiting_since=at - 130 * MINUTE)
    reckon(conversations=[row.pk])
    assert "answer 1 h 10 min. late" in client.get(reverse("due", args=[row.pk]), headers=HX).content.decode()
    assert "1 h 10 min. late" in client.get(reverse("desk"), headers={"accept-language": "en"}).content.decode()
    Conversation.objects.update(waiting_since=None)
    reckon(conversations=[row.pk])
    assert (
        "The clock stands still: nobody waits for us."
        in client.get(reverse("due-why", args=[row.pk]), headers=HX).content.decode()
    )


def test_due_first_then_what_was_not_reckoned_and_is_not_due_the_newest_first(mailbox, jonas):
    rows = come(mailbox, jonas, 7)
    at = now()
    Due.objects.all().delete()
    for n, row in enumerate(rows):
        Conversation.objects.filter(pk=row.pk).update(last_at=at + n * MINUTE)
    place(rows[3], at - 60 * MINUTE)
    place(rows[5], at + 10 * MINUTE)
    place(rows[0], at + 10 * MINUTE)
    place(rows[6], None)
    tied = sorted([rows[5], rows[0]], key=lambda r: r.pk)
    assert order(jonas) == ["S 03", *[r.subject for r in tied], "S 06", "S 04", "S 02", "S 01"]
    assert [r.subject for r in inbox(by=jonas)] == ["S 06", "S 05", "S 04", "S 03", "S 02", "S 01", "S 00"]
    assert order(jonas, only=[rows[6].pk, rows[3].pk]) == ["S 03", "S 06"]


@pytest.mark.parametrize("step", [1, 2, 3])
def test_pages_by_keys_show_each_row_once_in_the_order_of_the_whole(mailbox, jonas, step):
    rows = come(mailbox, jonas, 8)
    at = now()
    Due.objects.all().delete()
    for row, minutes in zip(rows, [30, 5, 5, 5, None], strict=False):
        place(row, at + minutes * MINUTE if minutes else None)
    whole, seen, key = order(jonas), [], None
    while page := inbox(by=jonas, order="due", before=key, limit=step):
        seen += [r.subject for r in page]
        key = page[-1].key()
    assert seen == whole
    assert len(whole) == 8


def test_the_pages_link_to_more_keeps_the_order(client, mailbox, jonas):
    rows = come(mailbox, jonas, 15)
    at = now()
    for n, row in enumerate(rows[:14]):
        place(row, at + n * MINUTE)
    Due.objects.filter(conversation=rows[14]).delete()
    client.force_login(jonas)
    page = client.get(f"{reverse('desk')}?order=due", headers=HX)
    assert [r.subject for r in page.context["rows"]] == [f"S {n:02}" for n in range(12)]
    asked = parse_qs(urlparse(page.context["more"]).query)
    assert (asked["order"], asked["placed"]) == (["due"], ["1"])
    assert [r.subject for r in client.get(page.context["more"], headers=HX).context["rows"]] == ["S 12", "S 13", "S 14"]
    shown = page.content.decode()
    assert shown.index("S 00") < shown.index("S 05")


def test_filters_by_due_and_by_priority_in_both_languages(mailbox, jonas, monkeypatch):
    rows = come(mailbox, jonas, 5)
    at = now().replace(hour=11, minute=0)
    monkeypatch.setattr("samspil.promise.queries.listing.now", lambda: at)
    Due.objects.all().delete()
    place(rows[0], at - 3000 * MINUTE)
    place(rows[1], at + 5 * MINUTE)
    place(rows[2], at + 90 * MINUTE)
    place(rows[3], at + 3000 * MINUTE)
    prioritise(conversations=[rows[1].pk], priority="urgent", by=jonas, at=at)
    prioritise(conversations=[rows[4].pk], priority="low", by=jonas, at=at)
    Due.objects.filter(conversation=rows[1]).update(answer_due=at + 5 * MINUTE, soon_at=at - MINUTE)

    def found(query: str) -> list[str]:
        return sorted(r.subject for r in inbox(by=jonas, view="all", query=query))

    assert found("due:late") == found("frist:sen") == ["S 00"]
    assert found("due:soon") == found("frist:snart") == ["S 01"]
    assert found("due:today") == found('frist:"i dag"') == ["S 01", "S 02"]
    assert found("priority:urgent") == found("prioritet:haster") == ["S 01"]
    assert found("priority:low") == ["S 04"]
    assert found("priority:normal") == ["S 00", "S 02", "S 03"]
    assert found("due:never") == found("priority:panic") == []
    assert found("due:today priority:urgent") == ["S 01"]
    assert size(by=jonas, view="all", query="due:today")[0] == 2


@pytest.mark.parametrize("query", ["", "due:late", "priority:urgent due:today"])
def test_one_statement_for_each_order_and_filter(mailbox, jonas, query):
    come(mailbox, jonas, 3)
    counts = []
    for asked in ("", "due"):
        with sql.counted() as seen:
            inbox(by=jonas, view="open", query=query, order=asked)
        counts.append(len(seen))
    assert counts == [1, 1]


def test_the_page_due_first_reads_its_index_and_sorts_nothing(mailbox, jonas):
    (row,) = come(mailbox, jonas, 1)
    sql.run(
        "INSERT INTO conversation (id, consumer_id, account_id, subject, snippet, status, snoozed_for, opened_at, last_at, messages, apart)"
        " SELECT gen_random_uuid(), %s, %s, 'Sag ' || n, '', 'open', '', now(), now() - n * '1 minute'::interval, 1, false"
        " FROM generate_series(1, 6000) n RETURNING 1",
        [row.consumer_id, row.account_id],
    )
    sql.run(
        "INSERT INTO promise_due (conversation_id, priority, told, answer_due) SELECT id, 'normal', 0, last_at FROM conversation"
        " WHERE subject LIKE 'Sag%' ON CONFLICT DO NOTHING RETURNING 1"
    )
    sql.run("ANALYZE conversation")
    sql.run("ANALYZE promise_due")
    first = inbox(by=jonas, view="open", order="due", limit=40)
    for before in (None, first[-1].key()):
        asked = statement_of(by=jonas, view="open", query="", order="due", before=before, only=None, limit=40)
        plan = [line for (line,) in sql.run(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {asked[0]}", asked[1])]
        assert any("using promise_due_first" in line and "never executed" not in line for line in plan)
        assert [
            line for line in plan if re.search("Seq Scan on (promise_due|conversation )", line) and "never executed" not in line
        ] == []
