"""On the real database: the stricter word holds while two are one, and what was said comes back when they are two."""

import pytest

from samspil.base.clock import now
from samspil.consent import privacy
from samspil.consent.actions import UnknownPurpose, say
from samspil.consent.models import Consent
from samspil.consent.queries import may_write, summary
from samspil.identity.actions import Taken, merge, take_in_consumers, undo
from samspil.intake.models import Handle

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(mette):
    rows = [Handle.objects.create(network="mail", address=f"{n}@x.example", first_at=now(), last_at=now()) for n in "ab"]
    people = [Taken(name=row.address, since=now(), handles=[(row.pk, [])]) for row in rows]
    take_in_consumers(consumers=people, at=now())
    return [(row.pk, person.ident) for row, person in zip(rows, people, strict=True)]


def test_a_join_never_widens(two, mette):
    (a, anna), (b, bo) = two
    say(handles=[a], purpose="news", state="given", source="portal", at=now())
    assert may_write(handles=[a, b], purpose="news") == {a}
    done = merge(kept=bo, absorbed=anna, by=mette, why="x", at=now())
    assert may_write(handles=[a, b], purpose="news") == {a}
    say(handles=[b], purpose="news", state="refused", source="a letter", at=now(), by=mette.pk)
    assert may_write(handles=[a, b], purpose="news") == frozenset()
    assert summary(bo) == {"news": "refused", "research": "", "ideas": ""}
    undo(decision=done.pk, by=mette, at=now())
    assert may_write(handles=[a, b], purpose="news") == {a}
    assert (summary(anna)["news"], summary(bo)["news"]) == ("given", "refused")


def test_the_newest_word_holds_and_the_old_one_is_kept(two):
    (a, _), _ = two
    for state in ("given", "given", "refused"):
        say(handles=[a], purpose="news", state=state, source="portal", at=now())
    assert [(c.state, c.ended_at is None) for c in Consent.objects.order_by("id")] == [("given", False), ("refused", True)]
    assert [row["state"] for row in privacy.export_of(handles=[a])] == ["given", "refused"]
    privacy.forget(handles=[a])
    assert Consent.objects.count() == 0


def test_an_unknown_purpose_is_refused_and_nothing_is_kept(two):
    (a, _), _ = two
    with pytest.raises(UnknownPurpose):
        say(handles=[a], purpose="everything", state="given", source="", at=now())
    assert Consent.objects.count() == 0
