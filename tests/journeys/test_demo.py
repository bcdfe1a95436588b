"""The demo as it stands in the database: what the texts say, over the real log; made quickly, and gone without a trace."""

import io
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from samspil.base import blobs
from samspil.conversation.models import Conversation, Label, Note, Placement
from samspil.exchange.actions import NoDemo, NotEmpty, create_demo, make_demo, remove_demo
from samspil.exchange.queries import demo_sign_in
from samspil.exchange.rules import picture
from samspil.hours.queries import on_duty
from samspil.identity.models import Consumer, Link
from samspil.intake.models import Account, Attachment, Handle, Interaction
from samspil.organisation.models import Colleague, Competence, CompetenceHeld, Organisation, Unit
from samspil.promise.actions import escalate, reckon_open
from samspil.promise.models import Due
from samspil.reply.models import Canned, Delivery, Reply
from samspil.routing.actions import hand_over
from samspil.routing.models import Classifier, Question
from tests.journeys.test_demo_content import COLLEAGUES, CONSUMERS, CONVERSATIONS, QUESTIONS, messages

pytestmark = pytest.mark.django_db
KEPT = {"contenttypes", "auth", "procrastinate", "sites"}


@pytest.fixture
def files(tmp_path, settings):
    settings.SAMSPIL_BLOBS = tmp_path / "blobs"
    return settings.SAMSPIL_BLOBS


@pytest.fixture
def demo(db, files):
    began = time.process_time()
    assert create_demo() is True
    return time.process_time() - began


def rows() -> dict[str, int]:
    found = {m._meta.label: m._default_manager.count() for m in apps.get_models() if m._meta.app_label not in KEPT}
    return {label: number for label, number in found.items() if number}


def holds_what_its_texts_say():
    entries = [(key, row, entry) for key, row in CONVERSATIONS.items() for entry in row["entry"]]
    assert (Consumer.objects.count(), Colleague.objects.count(), Unit.objects.count()) == (len(CONSUMERS), 16, 10)
    assert Handle.objects.count() == Link.objects.count() == sum(len(c["handles"]) for c in CONSUMERS.values())
    assert CompetenceHeld.objects.count() == sum(len(c["competences"]) for c in COLLEAGUES.values())
    assert (Competence.objects.count(), Canned.objects.count(), Label.objects.count()) == (15, 12, 6)
    assert Question.objects.count() == len(QUESTIONS)
    assert Classifier.objects.get().active
    assert Conversation.objects.count() == len(CONVERSATIONS) == 77
    assert Counter(Conversation.objects.values_list("status", flat=True)) == {"open": 25, "snoozed": 5, "done": 47}
    kinds = Counter(Interaction.objects.values_list("kind", "outgoing"))
    said = Counter(entry["kind"] for _, _, entry in entries)
    assert kinds == {("message", False): said["in"], ("message", True): said["out"], ("purchase", False): said["purchase"]}
    assert Note.objects.count() == said["note"]
    assert Colleague.objects.filter(outside=True).count() == 0
    assert Organisation.objects.get().demo


def each_conversation_is_as_it_is_written():
    found = {c.subject: c for c in Conversation.objects.select_related("consumer", "assignee", "competence")}
    competences = {c.pk: c for c in Competence.objects.all()}
    for row in CONVERSATIONS.values():
        c = found[row["subject"]]
        assert c.consumer.name == CONSUMERS[row["consumer"]]["name"]
        assert (c.assignee.email if c.assignee else "") == (COLLEAGUES[row["assignee"]]["email"] if row["assignee"] else "")
        assert c.competence_id in competences
        assert c.status == row["status"]
        assert (c.waiting_since is not None) is (row["status"] == "open")
        assert (c.snoozed_until is not None) is (row["status"] == "snoozed")
        placed = Placement.objects.filter(conversation=c).order_by("at", "interaction").select_related("interaction__handle")
        spoken = [(e["kind"] == "out", e["channel"], e["text"]) for e in messages(row)]
        assert [(p.interaction.outgoing, p.interaction.handle.network, p.interaction.text) for p in placed] == spoken
        assert c.messages == len(spoken)
        assert sorted(c.labellings.values_list("label__name", flat=True)) == sorted(
            name for name, key in LABELS.items() if key in row["labels"]
        )


LABELS = {
    "Haster": "haster",
    "Serie 23-B": "serie-23b",
    "Ros": "ros",
    "Idé": "ide",
    "Flåde": "flaade",
    "Venter på reservedel": "reservedel",
}


def answers_have_a_fate_and_files_have_bytes():
    answered = [e for row in CONVERSATIONS.values() for e in messages(row) if e["kind"] == "out"]
    expected = Counter({"mail": "delivered", "webchat": "read"}.get(e["channel"]) for e in answered)
    del expected[None]
    assert Counter(Reply.objects.values_list("state", flat=True)) == expected
    assert Delivery.objects.filter(state="queued").count() == Reply.objects.count()
    assert Attachment.objects.count() == 26
    for row in Attachment.objects.all():
        body = blobs.read(row.digest).read()
        assert len(body) == row.size
        assert body.startswith(b"\xff\xd8\xff") is (row.content_type == "image/jpeg")


def test_its_pictures_are_pictures():
    image = pytest.importorskip("PIL.Image")
    shown = image.open(io.BytesIO(picture("a")))
    shown.load()
    assert (shown.format, shown.size) == ("JPEG", (480, 320))
    assert len(shown.getcolors(maxcolors=480 * 320)) > 20
    assert picture("a") == picture("a") != picture("b")


def nothing_can_be_sent_and_a_stranger_can_sign_in():
    states = dict(Account.objects.filter(history=False).values_list("channel", "state"))
    assert states == {"mail": "paused", "webchat": "active"}
    address, password = demo_sign_in()
    assert Colleague.objects.get(email=address).check_password(password)
    kept = Path(settings.SAMSPIL_BLOBS).parent / "demo_password"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert Colleague.objects.exclude(email__in=[address, "jonas@nordlys.example"]).exclude(password__startswith="!").count() == 0


def nobody_is_chased_for_what_is_older_than_the_promises():
    """Made at night, each conversation would else be taken from whoever has it within minutes."""
    at = Organisation.objects.get().created_at
    assert Due.objects.filter(answer_due__lte=at).count() > 0
    given = Conversation.objects.exclude(assignee=None).filter(status="open").count()
    reckon_open()
    assert escalate(at=at) == 0
    assert Conversation.objects.exclude(assignee=None).filter(status="open").count() == given > 0


def whoever_looks_keeps_what_is_theirs_at_any_hour():
    """The desk that a new user opens is not empty, after closing time either."""
    at = Organisation.objects.get().created_at
    me = Colleague.objects.get(email="mette@nordlys.example")
    mine = Conversation.objects.filter(assignee=me, status="open").count()
    assert mine == sum(row["assignee"] == "mette" and row["status"] == "open" for row in CONVERSATIONS.values()) > 0
    for hours in range(0, 7 * 24, 3):
        assert on_duty([me.pk], at + timedelta(hours=hours)) == {me.pk: None}
    hand_over(at=at + timedelta(days=2))
    assert Conversation.objects.filter(assignee=me, status="open").count() == mine


def test_the_demo(demo):
    """One making for all: it takes some seconds of a processor."""
    assert demo < 15
    holds_what_its_texts_say()
    each_conversation_is_as_it_is_written()
    answers_have_a_fate_and_files_have_bytes()
    nothing_can_be_sent_and_a_stranger_can_sign_in()
    nobody_is_chased_for_what_is_older_than_the_promises()
    whoever_looks_keeps_what_is_theirs_at_any_hour()


def test_removed_it_leaves_nothing(db, files):
    before = rows()
    create_demo()
    assert set(rows()) > set(before)
    remove_demo()
    assert rows() == before == {}
    assert [p for p in files.rglob("*") if p.is_file()] == []
    assert demo_sign_in() is None


def test_it_touches_nothing_that_is_not_a_demo(mette, mailbox, files):
    before = rows()
    with pytest.raises(NoDemo):
        remove_demo()
    assert create_demo() is False
    with pytest.raises(NotEmpty):
        make_demo()
    assert rows() == before
    assert not (files.parent / "demo_password").exists()
