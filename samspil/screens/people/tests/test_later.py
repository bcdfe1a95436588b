"""What stands on the page until it is answered, and what is undone from the history at any later time."""

import pytest
from django.urls import reverse

from samspil.base.clock import now
from samspil.identity.actions.fields import add_detail
from samspil.identity.actions.knowledge import add_note
from samspil.identity.models import Detail, Note, Suggestion
from samspil.screens.people.tests.conftest import consumer_of, message, receive
from samspil.screens.people.tests.test_known import HTMX, _blobs, everything, handle, one  # noqa: F401 - fixtures among them
from samspil.screens.people.tests.test_people import owners, page, two  # noqa: F401 - a fixture among them

pytestmark = pytest.mark.django_db


def test_who_may_be_the_same_is_shown_until_it_is_answered(one, account, his):  # noqa: F811
    receive(account, message("third", "Me too"))
    pair = sorted([handle("karoline").pk, handle("third").pk])
    parts = [{"kind": "prior", "bits": -17.3}, {"kind": "username", "bits": 9.1}, {"kind": "hours", "bits": -1.0}]
    row = Suggestion.objects.create(
        one_id=pair[0], other_id=pair[1], bits=4, probability=0.9996, gain=1, parts=parts, found_at=now()
    )
    shown = page(his, one).content.decode()
    assert "Alike: user name. 99 %" in shown
    assert f"{reverse('merge', args=[one.pk])}?with={consumer_of('third').pk}" in shown
    assert "Perhaps also them?" in page(his, consumer_of("third")).content.decode()
    Suggestion.objects.filter(pk=row.pk).update(state="apart")
    assert "Perhaps also them?" not in page(his, one).content.decode()


def test_a_change_is_undone_from_the_history_at_any_later_time(one, mette, his):  # noqa: F811
    note = add_note(handle=handle("karoline").pk, text="First wording", by=mette, at=now())
    his.post(reverse("note_change", args=[note.pk]), {"text": "Second wording"})
    second = Note.objects.get(deleted_at=None)
    his.post(reverse("note_change", args=[second.pk]), {"text": "Third wording"})
    third = Note.objects.get(deleted_at=None)
    shown = page(his, one).content.decode()
    assert "A note was changed. Before: Second wording" in shown
    assert f"{reverse('note_restore', args=[second.pk])}?instead={third.pk}" in shown
    assert reverse("note_restore", args=[note.pk]) not in shown  # not before the one that came on top of it
    his.post(f"{reverse('note_restore', args=[second.pk])}?instead={third.pk}")
    shown = page(his, one).content.decode()
    assert f"{reverse('note_restore', args=[note.pk])}?instead={second.pk}" in shown
    made = add_detail(handle=handle("karoline").pk, field="city", value="Aarhus", by=mette, at=now())
    his.post(reverse("detail_correct", args=[made.pk]), {"value": "Odense"})
    newest = Detail.objects.get(ended_at=None)
    shown = page(his, one).content.decode()
    assert "Town was changed. Before: Aarhus" in shown
    his.post(f"{reverse('detail_restore', args=[made.pk])}?instead={newest.pk}")
    assert Detail.objects.get(ended_at=None).value == "Aarhus"
    assert "Town was taken away: Odense" in page(his, one).content.decode()
