"""Words are found wherever they lie in the log, however it is read: in order for the common, with the index for the rare."""

import pytest

from samspil.conversation.models import Conversation
from samspil.conversation.queries import search, search_ids
from samspil.identity.models import Consumer
from samspil.identity.queries import find
from samspil.intake.models import Handle
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db
NUMBER = 12


@pytest.fixture
def talks(mailbox) -> list:
    """The newest first; the oldest has a word of its own, all have one in common."""
    for n in range(NUMBER):
        text = "Et klippekort til cyklen" if n == 0 else "Hjulet på cyklen"
        receive(mailbox, mail(text, sender=f"Ib {n} <ib{n}@x.example>", subject=f"Emne {n}", ident=f"{n}@x.example"))
    rows = list(Conversation.objects.order_by("-last_at", "-id").values_list("pk", flat=True))
    assert len(rows) == NUMBER
    return rows


@pytest.mark.parametrize("recent", [1, 4, 100])
@pytest.mark.parametrize("few", [1, 5, 300])
def test_every_hit_is_found_whichever_way(talks, monkeypatch, recent, few):
    monkeypatch.setattr(search, "RECENT", recent)
    monkeypatch.setattr(search, "FEW", few)
    assert search_ids("klippekort") == talks[-1:]
    assert search_ids("cyklen") == talks
    assert search_ids("cyklen hjulet") == talks[:-1]
    assert search_ids("motorsav") == []


@pytest.mark.parametrize(("recent", "few"), [(100, 300), (2, 300), (2, 4)])
def test_a_common_word_gives_its_newest_hits_alone(talks, monkeypatch, recent, few):
    for name in ("_NEWEST", "_IN_ORDER"):
        monkeypatch.setattr(search, name, getattr(search, name).replace(f"LIMIT {search.HITS}", "LIMIT 5"))
    monkeypatch.setattr(search, "HITS", 5)
    monkeypatch.setattr(search, "RECENT", recent)
    monkeypatch.setattr(search, "FEW", few)
    assert search_ids("cyklen") == talks[:5]


@pytest.mark.django_db(transaction=True)
def test_a_word_that_would_take_too_long_gives_what_the_index_has(talks, monkeypatch):
    slow = "SELECT id, at FROM intake_interaction, pg_sleep(2) WHERE search @@ websearch_to_tsquery('danish', %(words)s)"
    monkeypatch.setattr(search, "_IN_ORDER", slow)
    monkeypatch.setattr(search, "PATIENCE", "100ms")
    monkeypatch.setattr(search, "RECENT", 1)
    monkeypatch.setattr(search, "FEW", 4)
    assert set(search_ids("cyklen")) <= set(talks)
    assert len(search_ids("cyklen")) == 5
    assert search_ids("klippekort") == talks[-1:]


def test_the_best_names_come_first_and_a_handle_is_found_by_any_part_of_it(talks):
    named = Consumer.objects.get(name="Ib 7")
    assert find("ib 7")[0] == named
    assert find("Ib", limit=3) == find("Ib", limit=NUMBER)[:3]
    assert find("ib7@x.ex")[0] == named
    assert find("b7@x.example") == [named]
    Handle.objects.filter(address="ib7@x.example").update(name="kvikke_lund")
    assert find("kvikke_") == [named]
    assert find("kvikkexlund") == []
