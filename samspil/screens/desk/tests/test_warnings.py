import pytest
from django.urls import reverse

from samspil.base.clock import now
from samspil.base.ids import new_id
from samspil.conversation.models import Conversation
from samspil.identity.models import Link, Mark

pytestmark = pytest.mark.django_db


@pytest.fixture
def warned(fill):
    fill(2)
    row, other = Conversation.objects.order_by("id")
    link = Link.objects.get(consumer=row.consumer_id, ended_at=None)
    why = "Has the name of a colleague and another address: Mette <b>Krogh</b>"
    return row, other, Mark.objects.create(handle=link.handle, kind="impostor", why=why, at=now())


def test_a_warning_stands_at_the_person_and_says_why(signed_in, warned):
    row, other, _ = warned
    text = signed_in.get(f"/c/{row.pk}/").content.decode()
    assert "&lt;b&gt;Krogh" in text
    assert "Perhaps not who they say" in text or "Måske ikke den, de siger" in text
    assert "person-warning" not in signed_in.get(f"/c/{other.pk}/").content.decode()


def test_it_is_ended_and_brought_back(signed_in, mette, warned):
    row, _, mark = warned
    answer = signed_in.post(reverse("unmark", args=[mark.pk]), {"c": str(row.pk)})
    assert answer.status_code == 204
    mark.refresh_from_db()
    assert (mark.ended_at is not None, mark.ended_by) == (True, mette)
    assert f"again=1&c={row.pk}" in answer.headers["HX-Trigger"]
    signed_in.post(f"{reverse('unmark', args=[mark.pk])}?again=1&c={row.pk}")
    back = Mark.objects.get(handle=mark.handle_id, ended_at=None)
    assert (back.kind, back.why) == (mark.kind, mark.why)


def test_another_conversation_or_mark_ends_nothing(signed_in, warned):
    _, other, mark = warned
    for number, conversation in ((mark.pk, other.pk), (new_id(), other.pk), (mark.pk, new_id())):
        assert signed_in.post(reverse("unmark", args=[number]), {"c": str(conversation)}).status_code == 404
    back = Mark.objects.get(handle=mark.handle_id, ended_at=None)
    assert (back.kind, back.why) == (mark.kind, mark.why)
