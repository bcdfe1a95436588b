from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from samspil import kit
from samspil.base import sql
from samspil.base.clock import now
from samspil.consent.actions import say
from samspil.conversation.models import Conversation
from samspil.identity.actions import merge, take_apart
from samspil.identity.models import Consumer, Decision, Link
from samspil.organisation.models import Colleague
from samspil.screens.people.queries.lists import recent
from samspil.screens.people.queries.timeline import timeline
from samspil.screens.people.tests.conftest import consumer_of, message, receive
from samspil.screens.people.views.shown import of_merge, of_undo

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(account):
    """Karoline on the chat and, as somebody else, on mail."""
    receive(
        account, message("karoline", "My battery is dead"), message("kv@vest.example", "An order", network="mail", name="K. V.")
    )
    return consumer_of("karoline"), consumer_of("kv@vest.example")


def owners():
    return dict(Link.objects.filter(ended_at=None).values_list("handle__address", "consumer_id"))


def page(client, consumer, query=""):
    return client.get(reverse("consumer", args=[consumer.pk]) + query)


@pytest.mark.parametrize("name", ["consumers", "consumer", "timeline", "merge"])
def test_strangers_are_sent_to_the_sign_in(two, name):
    answer = Client().get(reverse(name, args=[] if name == "consumers" else [two[0].pk]))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ["join", "take_apart", "undo_merge", "rename_consumer"])
def test_strangers_change_nothing(two, mette, name):
    before = owners()
    done = merge(kept=two[0].pk, absorbed=two[1].pk, by=mette, why="x", at=now()) if name == "undo_merge" else None
    before = owners() if done else before
    link = Link.objects.filter(ended_at=None).earliest("began_at")
    keys = {
        "join": [two[0].pk, two[1].pk],
        "take_apart": [link.pk],
        "rename_consumer": [two[0].pk],
        "undo_merge": [done and done.pk],
    }
    answer = Client().post(reverse(name, args=keys[name]), {"name": "Thief"})
    assert answer.status_code == 302
    assert owners() == before
    assert not Consumer.objects.filter(name="Thief").exists()


def test_the_list_has_who_was_last_in_touch_first(two, account, his):
    receive(account, message("karoline", "Again", number=2, ago=-1))
    text = his.get(reverse("consumers")).content.decode()
    assert text.index("Karoline") < text.index("K. V.")
    assert "Again" in text


def test_a_list_of_many_is_read_page_by_page(account, jonas):
    receive(account, *[message(f"p{n:03}", "Hi", ago=n) for n in range(95)])
    seen, before = [], None
    for _ in range(9):
        found, more = recent(jonas, before=before, limit=20)
        seen += [r.consumer.name for r in found]
        if not more:
            break
        last = found[-1]
        assert last.last_at is not None
        assert last.conversation is not None
        before = (last.last_at, last.conversation)
    assert seen == [f"P{n:03}" for n in range(95)]


def test_consumers_without_a_conversation_end_the_list(account, jonas, his):
    receive(account, message("karoline", "Hi"))
    shop = [kit.Handle(network="shop", address=f"buyer-{n}", display=f"Buyer {n}") for n in range(50)]
    orders = [kit.Order(external_id=str(n), author=h, at=now(), amount=Decimal(10), currency="DKK") for n, h in enumerate(shop)]
    receive(account, *orders)
    found, more = recent(jonas)
    assert (found[0].consumer.name, len(found), bool(more)) == ("Karoline", 40, True)
    rest = his.get(f"{reverse('consumers')}?{more}", headers={"hx-request": "true"})
    assert rest.content.decode().count("data-row=") == 11
    assert b"Show more" not in rest.content


def test_search_by_name_and_by_handle(two, his):
    for words, there, not_there in (("karol", b"Karoline", b"K. V."), ("kv@vest", b"K. V.", b"Karoline")):
        answer = his.get(reverse("consumers"), {"q": words}, headers={"hx-request": "true"})
        assert there in answer.content
        assert not_there not in answer.content
    assert b"Nobody is called" in his.get(reverse("consumers"), {"q": "zzz\x00zzz"}).content


def test_the_page_shows_handles_timeline_and_purchases(two, account, mette, his):
    merge(kept=two[0].pk, absorbed=two[1].pk, by=mette, why="She said so", at=now())
    order = kit.Order(
        external_id="o1",
        author=kit.Handle(network="webchat", address="karoline"),
        at=now(),
        amount=Decimal("1249.50"),
        currency="DKK",
    )
    receive(account, order)
    text = page(his, two[0]).content.decode()
    for words in ("Karoline", "kv@vest.example", "She said so", "My battery is dead", "An order", "1,249.50 DKK", "2 handles"):
        assert words in text, words


def test_the_timeline_can_be_narrowed_and_goes_on(two, account, his):
    receive(account, *[message("karoline", f"Line {n:02}", number=10 + n, ago=100 + n) for n in range(40)])
    order = kit.Order(
        external_id="o1", author=kit.Handle(network="webchat", address="karoline"), at=now(), amount=Decimal(99), currency="DKK"
    )
    receive(account, order)
    strip = reverse("timeline", args=[two[0].pk])
    bought = his.get(strip, {"kind": "purchases"}).content.decode()
    assert "99 DKK" in bought
    assert "Line" not in bought
    entries, more = timeline(_colleague(his), two[0].pk)
    assert len(entries) == 30
    rest = his.get(f"{strip}?{more}").content.decode()
    assert rest.count("<time") == 12
    assert "Line 39" in rest
    assert "Earlier" not in rest


def _colleague(client):
    from samspil.organisation.models import Colleague

    return Colleague.objects.get(pk=client.session["_auth_user_id"])


def test_what_was_edited_or_taken_back_is_shown_so(two, account, his):
    author = kit.Handle(network="webchat", address="karoline")
    receive(account, message("karoline", "A secret", number=5))
    receive(
        account,
        kit.Edit(external_id="e1", target="karoline-1", author=author, at=now(), text="My battery is fine"),
        kit.Delete(external_id="d1", target="karoline-5", author=author, at=now()),
    )
    text = his.get(reverse("timeline", args=[two[0].pk])).content.decode()
    assert "My battery is fine" in text
    assert "is dead" not in text
    assert "A secret" not in text
    assert "Was taken back" in text


def test_texts_of_a_closed_unit_are_hidden(two, closed, his, hers):
    Conversation.objects.filter(consumer=two[0]).update(unit=closed)
    for address in (reverse("consumer", args=[two[0].pk]), reverse("timeline", args=[two[0].pk]), reverse("consumers")):
        assert b"My battery is dead" not in his.get(address).content
        assert b"My battery is dead" in hers.get(address).content
    assert b"Karoline" in his.get(reverse("consumers")).content


def test_join_undo_and_the_way_back(two, his):
    first, second = two
    side = his.get(reverse("merge", args=[first.pk]), {"with": str(second.pk)}).content.decode()
    assert "K. V." in side
    assert f'value="{first.pk}" checked' in side
    answer = his.post(reverse("join", args=[first.pk, second.pk]), {"why": "On the telephone", "keep": str(second.pk)})
    row = Decision.objects.get()
    assert (row.kept_id, row.absorbed_id, row.why) == (second.pk, first.pk, "On the telephone")
    assert answer.url == f"{reverse('consumer', args=[second.pk])}?merged={row.pk}"
    assert set(owners().values()) == {second.pk}
    assert reverse("undo_merge", args=[row.pk]) in his.get(answer.url).content.decode()
    gone = page(his, first)
    assert (gone.status_code, gone.url) == (302, reverse("consumer", args=[second.pk]))
    back = his.post(reverse("undo_merge", args=[row.pk]), headers={"hx-request": "true"})
    made = Decision.objects.get(kind="undo")
    assert back.headers["HX-Redirect"] == f"{reverse('consumer', args=[second.pk])}?undone={made.pk}"
    assert owners() == {"karoline": first.pk, "kv@vest.example": second.pk}
    twice = his.post(reverse("undo_merge", args=[row.pk]))
    assert twice.status_code == 302
    assert list(Decision.objects.order_by("id").values_list("kind", flat=True)) == ["join", "undo"]


def test_nobody_is_joined_with_oneself_or_nobody(two, his):
    before = owners()
    his.post(reverse("join", args=[two[0].pk, two[0].pk]))
    assert his.post(reverse("join", args=[two[0].pk, uuid4()])).status_code == 404
    assert owners() == before
    assert Decision.objects.count() == 0


def test_a_chain_of_merges_leads_to_the_last(two, account, mette, his):
    receive(account, message("third", "Me too"))
    third = consumer_of("third")
    merge(kept=two[1].pk, absorbed=two[0].pk, by=mette, why="x", at=now())
    merge(kept=third.pk, absorbed=two[1].pk, by=mette, why="x", at=now())
    assert page(his, two[0]).url == reverse("consumer", args=[third.pk])
    link = Link.objects.get(handle__address="karoline", ended_at=None)
    alone = take_apart(link=link.pk, by=mette, at=now()).kept
    assert page(his, two[0]).url == reverse("consumer", args=[alone.pk])


def test_a_handle_is_taken_apart_and_joined_again(two, mette, his):
    merge(kept=two[0].pk, absorbed=two[1].pk, by=mette, why="x", at=now())
    link = Link.objects.get(handle__address="kv@vest.example", ended_at=None)
    answer = his.post(reverse("take_apart", args=[link.pk]))
    alone = owners()["kv@vest.example"]
    assert alone not in {two[0].pk, two[1].pk}
    shown = his.get(answer.url).content.decode()
    made = Decision.objects.get(kind="move")
    assert reverse("undo_merge", args=[made.pk]) in shown
    his.post(reverse("undo_merge", args=[made.pk]))
    assert set(owners().values()) == {two[0].pk}


def test_the_only_handle_is_not_taken_apart(two, his):
    before = owners()
    link = Link.objects.get(handle__address="karoline", ended_at=None)
    answer = his.post(reverse("take_apart", args=[link.pk]), follow=True)
    assert "all the person&#x27;s handles" in answer.content.decode()
    assert owners() == before


def test_rename_and_back(two, his):
    address = reverse("rename_consumer", args=[two[0].pk])
    wrong = his.post(address, {"name": "  "}, headers={"hx-request": "true"})
    assert wrong.status_code == 422
    assert "rename-error" in wrong.content.decode()
    assert Consumer.objects.get(pk=two[0].pk).name == "Karoline"
    his.post(address, {"name": "Karoline <b>Vestergaard</b>"})
    shown = page(his, two[0]).content.decode()
    assert "Karoline &lt;b&gt;Vestergaard" in shown
    assert reverse("rename_undo", args=[two[0].pk]) in shown
    assert reverse("rename_undo", args=[two[0].pk]) not in page(his, two[0]).content.decode()
    his.post(reverse("rename_undo", args=[two[0].pk]))
    assert Consumer.objects.get(pk=two[0].pk).name == "Karoline"
    assert his.post(reverse("rename_undo", args=[two[0].pk])).status_code == 404


def test_nobody_has_no_page(organisation, his):
    assert his.get(reverse("consumer", args=[uuid4()])).status_code == 404


def test_the_number_of_statements_does_not_grow(account, mette, his):
    receive(account, message("karoline", "Hi"), message("other", "Hi", ago=5))
    one = consumer_of("karoline")
    few = {}
    addresses = {
        "consumers": reverse("consumers"),
        "consumer": reverse("consumer", args=[one.pk]),
        "timeline": reverse("timeline", args=[one.pk]),
        "merge": reverse("merge", args=[one.pk]) + "?q=o",
    }
    for name, address in addresses.items():
        his.get(address)
        few[name] = statements(his, address)
    receive(account, *[message(f"p{n}", "Hi", ago=n) for n in range(60)])
    receive(account, *[message("karoline", f"Line {n}", number=n + 10, ago=n) for n in range(60)])
    for n in range(12):
        merge(kept=one.pk, absorbed=consumer_of(f"p{n}").pk, by=mette, why="x", at=now() + timedelta(seconds=n))
    merge(kept=consumer_of("other").pk, absorbed=consumer_of("p50").pk, by=mette, why="x", at=now())
    many = {name: statements(his, address) for name, address in addresses.items()}
    # a full page need not ask for those without a conversation
    assert many == {**few, "consumers": few["consumers"] - 1}
    assert many == {"consumers": 8, "consumer": 33, "timeline": 9, "merge": 10}


def statements(client, address):
    """Those of Django and those that go past it."""
    with CaptureQueriesContext(connection) as seen, sql.counted() as raw:
        assert client.get(address).status_code == 200
    return len(seen) + len(raw)


def test_a_preview_shows_the_consents_that_go_along_and_where_the_stricter_word_will_hold(two, his):
    first, second = two
    handles = {link.consumer_id: link.handle_id for link in Link.objects.filter(ended_at=None)}
    address = reverse("merge", args=[first.pk])
    assert "look-consents" not in his.get(address, {"with": str(second.pk)}).content.decode()
    say(handles=[handles[second.pk]], purpose="news", state="given", source="portal", at=now())
    say(handles=[handles[second.pk]], purpose="ideas", state="given", source="portal", at=now())
    kept = of_merge(first.pk, second.pk)
    assert [(list(line.consents), list(kept.stricter)) for line in kept.lines] == [([("ideas", "given"), ("news", "given")], [])]
    say(handles=[handles[first.pk]], purpose="news", state="refused", source="a letter", at=now())
    assert list(of_merge(first.pk, second.pk).stricter) == ["news"]
    shown = his.get(address, {"with": str(second.pk)}).content.decode()
    assert shown.count("After the join the no holds for both.") == 2  # one for each way to join
    done = merge(kept=first.pk, absorbed=second.pk, by=Colleague.objects.get(name="Jonas Lund"), why="x", at=now())
    assert [list(line.consents) for line in of_undo(done.pk).lines] == [[("ideas", "given"), ("news", "given")]]
