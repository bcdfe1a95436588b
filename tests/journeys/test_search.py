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


@pytest.mark.parametrize("depths", [(2, 4), (2, 100), (100,), ()])
@pytest.mark.parametrize("rare", [1, 300])
def test_every_hit_is_found_at_any_depth(talks, monkeypatch, depths, rare):
    monkeypatch.setattr(search, "DEPTHS", depths)
    monkeypatch.setattr(search, "RARE", rare)
    assert search_ids("klippekort") == talks[-1:]
    assert search_ids("cyklen") == talks
    assert search_ids("cyklen hjulet") == talks[:-1]
    assert search_ids("motorsav") == []


def test_a_common_word_gives_its_newest_hits_alone(talks, monkeypatch):
    for name in ("_IN_ORDER", "_BY_INDEX"):
        monkeypatch.setattr(search, name, getattr(search, name).replace(f"LIMIT {search.HITS}", "LIMIT 5"))
    monkeypatch.setattr(search, "HITS", 5)
    for depths in ((6,), (2, 100), ()):
        monkeypatch.setattr(search, "DEPTHS", depths)
        assert search_ids("cyklen") == talks[:5]


def test_the_best_names_come_first_and_a_handle_is_found_by_its_beginning(talks):
    named = Consumer.objects.get(name="Ib 7")
    assert find("ib 7")[0] == named
    assert find("Ib", limit=3) == find("Ib", limit=NUMBER)[:3]
    assert find("ib7@x.ex")[0] == named
    assert named not in find("b7@x.example")
    Handle.objects.filter(address="ib7@x.example").update(name="kvikke_lund")
    assert find("kvikke_") == [named]
    assert find("kvikkexlund") == []
