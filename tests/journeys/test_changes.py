"""What is done to a message on its network: new words, taken back, a sign, read; each arrives once, in order, and the thread shows it."""

from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest

from samspil import kit
from samspil.base import registry, sql
from samspil.base.again import TRIES
from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound
from samspil.base.flow import step
from samspil.base.ids import new_id
from samspil.conversation.actions import split
from samspil.conversation.models import Conversation, Notification
from samspil.conversation.queries import thread
from samspil.exchange.actions.forget import forget
from samspil.identity.queries import answered_by, timeline
from samspil.intake.actions import connect, disconnect
from samspil.intake.actions.write import Received
from samspil.intake.actions.write import write as receive
from samspil.intake.models import Interaction
from samspil.organisation.actions import take_in
from samspil.organisation.models import Colleague, Organisation, Unit
from samspil.reply import actions
from samspil.reply.actions.change import CannotChange
from samspil.reply.actions.write import Empty, TooLate, TooLong
from samspil.reply.models import Change
from samspil.reply.queries import changeable, changes_of

pytestmark = pytest.mark.django_db
KAROLINE = kit.Handle(network="mastodon", address="karoline@koral.example", display="Karoline")


class Network:
    """Takes what is sent and changed; ``refuses`` is raised by the next changes, one each."""

    def __init__(self) -> None:
        self.changes: list[kit.Change] = []
        self.refuses: list[Exception] = []
        self.typed: list[tuple[str, str]] = []
        self.shown = Event()

    def send(self, outbound: kit.Outbound, _account: kit.Account) -> kit.Sent:
        return kit.Sent(external_id=f"sent-{outbound.text}", public=True, kept={"note": outbound.text})

    def change(self, change: kit.Change, _account: kit.Account) -> kit.Sent:
        self.changes.append(change)
        if self.refuses:
            raise self.refuses.pop(0)
        return kit.Sent(external_id=f"change-{len(self.changes)}", kept={"note": change.text} if change.kind == "edit" else {})

    def typing(self, to: kit.Handle, answering: str, _account: kit.Account) -> None:
        self.typed.append((to.address, answering))
        self.shown.set()
        raise kit.TryLater("busy")

    @property
    def kinds(self) -> list[str]:
        return [c.kind for c in self.changes]


@pytest.fixture
def network(monkeypatch) -> Network:
    """Mastodon's channel with another network behind it; a class of its own, for what a class can do is remembered."""
    found, known = Network(), registry.channel

    class Able(type(known("mastodon"))):  # type: ignore[misc]
        capabilities = replace(
            known("mastodon").capabilities,
            changes=frozenset({"edit", "delete", "react", "read"}),
            max_length=100,
            delete_window=3600,
            signs=(),
        )
        send = staticmethod(found.send)
        change = staticmethod(found.change)
        typing = staticmethod(found.typing)

    able = Able()
    monkeypatch.setattr(registry, "channel", lambda name: able if name == "mastodon" else known(name))
    return found


@pytest.fixture
def account(organisation):
    Organisation.objects.update(undo_seconds=0)
    return connect(channel="mastodon", name="Mastodon", config={"server": "https://koral.example", "access_token": "t"})


@pytest.fixture
def karl(organisation) -> Colleague:
    return take_in(email="karl@firma.example", name="Karl Holm", password="cykelkurv-i-regn", unit=Unit.objects.get(triage=True))


@pytest.fixture
def row(account, network) -> Conversation:
    message = kit.Message(external_id="asked", author=KAROLINE, at=now(), text="Kan I vende?", public=True)
    with step():
        receive([Received(envelope=new_id(), account=account, event=message)], now())
    return Conversation.objects.get(placements__interaction__external_id="asked")


@pytest.fixture
def answer(row, mette) -> Interaction:
    actions.write(conversation=row.pk, by=mette, text="Ja", at=now())
    leave()
    return Interaction.objects.get(external_id="sent-Ja")


def leave() -> None:
    while actions.send_due(at=now()) or actions.change_due(at=now()):
        pass


def entries(row: Conversation):
    return {e.interaction.external_id: e for e in thread(row)[0] if e.interaction}


def test_new_words_arrive_and_both_wordings_stay(row, answer, mette, network):
    actions.change(conversation=row.pk, interaction=answer.pk, by=mette, kind="edit", text=" Ja, i dag ", at=now())
    assert [c.state for c in changes_of(row)[answer.pk]] == ["queued"]
    leave()
    (change,) = network.changes
    assert (change.kind, change.target, change.text, change.own, change.public) == ("edit", "sent-Ja", "Ja, i dag", True, True)
    assert change.sent is not None
    assert (change.sent.text, change.sent.in_reply_to, change.kept, change.author) == ("Ja", "asked", {"note": "Ja"}, mette.name)
    entry = entries(row)["sent-Ja"]
    assert (entry.text, entry.original, entry.deleted) == ("Ja, i dag", "Ja", False)
    assert changes_of(row) == {}
    logged = Interaction.objects.get(kind="edit")
    assert (logged.outgoing, logged.colleague, logged.handle_id, logged.external_id) == (
        True,
        mette,
        answer.handle_id,
        "change-1",
    )
    assert logged.data == {"target": "sent-Ja", "kept": {"note": "Ja, i dag"}}


def test_an_answer_is_taken_back_by_any_colleague_and_the_thread_says_by_whom(row, answer, karl, network):
    actions.change(conversation=row.pk, interaction=answer.pk, by=karl, kind="delete", at=now())
    leave()
    entry = entries(row)["sent-Ja"]
    assert (entry.deleted, entry.deleted_by, entry.original) == (True, karl, "Ja")
    with pytest.raises(CannotChange, match="taken back"):
        actions.change(conversation=row.pk, interaction=answer.pk, by=karl, kind="delete", at=now())


def test_a_sign_is_given_and_taken_back_and_theirs_of_the_same_kind_stays(row, mette, account, network):
    asked = Interaction.objects.get(external_id="asked")
    other = kit.Handle(network="mastodon", address="bo@koral.example")
    theirs = kit.Reaction(external_id="r1", target="asked", author=other, at=now(), emoji="👍")
    with step():
        receive([Received(envelope=new_id(), account=account, event=theirs)], now())
    actions.change(conversation=row.pk, interaction=asked.pk, by=mette, kind="react", emoji="👍", at=now())
    leave()
    entry = entries(row)["asked"]
    assert (entry.reactions, entry.ours) == (["👍", "👍"], {"👍"})
    actions.change(conversation=row.pk, interaction=asked.pk, by=mette, kind="unreact", emoji="👍", at=now())
    leave()
    assert (network.changes[1].kind, network.changes[1].given, network.changes[1].own) == ("unreact", "change-1", False)
    assert [list(c.signs) for c in network.changes] == [["👍"], []]
    entry = entries(row)["asked"]
    assert (entry.reactions, entry.ours) == (["👍"], set())


def test_a_sign_is_given_once_however_often_it_is_pressed(row, mette, karl, network):
    asked = Interaction.objects.get(external_id="asked")

    def press(kind: str, by=mette) -> Change:
        return actions.change(conversation=row.pk, interaction=asked.pk, by=by, kind=kind, emoji="👍", at=now())

    first = press("react")
    assert press("react") == first
    leave()
    assert press("react", karl) == first
    leave()
    assert (network.kinds, entries(row)["asked"].reactions) == (["react"], ["👍"])
    press("unreact")
    assert press("react") != first
    leave()
    assert (network.kinds, entries(row)["asked"].reactions) == (["react", "unreact", "react"], ["👍"])


def test_every_sign_of_ours_that_stands_is_told(row, mette, network):
    asked = Interaction.objects.get(external_id="asked")
    for kind, emoji in [("react", "👍"), ("react", "❤️"), ("unreact", "👍"), ("react", "🎉")]:
        actions.change(conversation=row.pk, interaction=asked.pk, by=mette, kind=kind, emoji=emoji, at=now())
        leave()
    assert [list(c.signs) for c in network.changes] == [["👍"], ["👍", "❤️"], ["❤️"], ["❤️", "🎉"]]


@pytest.mark.parametrize("emoji", ["", "ok", "a👍", "👍 ", "<b>", "5", "👍" * 17])
def test_only_signs_are_given(row, mette, emoji):
    asked = Interaction.objects.get(external_id="asked")
    with pytest.raises(CannotChange, match="sign"):
        actions.change(conversation=row.pk, interaction=asked.pk, by=mette, kind="react", emoji=emoji, at=now())


@pytest.mark.parametrize("emoji", ["👍", "❤️", "👩‍👩‍👧", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "1️⃣", "👍🏽", "🇩🇰"])  # fmt: skip
def test_signs_of_many_parts_are_signs(row, mette, emoji, network):
    asked = Interaction.objects.get(external_id="asked")
    actions.change(conversation=row.pk, interaction=asked.pk, by=mette, kind="react", emoji=emoji, at=now())
    leave()
    assert [c.emoji for c in network.changes] == [emoji]


def test_refusals(row, answer, mette, karl, network):
    asked = Interaction.objects.get(external_id="asked")

    def change(target: Interaction, by=mette, **what: str) -> None:
        actions.change(conversation=row.pk, interaction=target.pk, by=by, at=now(), **what)

    with pytest.raises(NotAllowed):
        change(answer, karl, kind="edit", text="Nej")
    with pytest.raises(Empty):
        change(answer, kind="edit", text="  ")
    with pytest.raises(TooLong):
        change(answer, kind="edit", text="x" * 101)
    for kind in ("edit", "delete"):
        with pytest.raises(CannotChange):
            change(asked, kind=kind, text="Nej")
    for kind in ("read", "undelete", ""):
        with pytest.raises(CannotChange):
            change(answer, kind=kind)
    with pytest.raises(NotFound):
        actions.change(conversation=row.pk, interaction=new_id(), by=mette, kind="delete", at=now())
    assert Change.objects.count() == 0


def test_the_window_is_kept_on_both_sides(answer, network):
    can = changeable(answer, at=answer.at + timedelta(seconds=3600))
    later = changeable(answer, at=answer.at + timedelta(seconds=3601))
    assert can is not None
    assert later is not None
    assert (can.kinds, later.kinds) == ({"edit", "delete", "react"}, {"edit", "react"})


def test_it_waits_for_the_undo_time_and_is_given_up_without_a_trace(row, answer, mette, network):
    Organisation.objects.update(undo_seconds=60)
    made = actions.change(conversation=row.pk, interaction=answer.pk, by=mette, kind="delete", at=now())
    leave()
    assert network.changes == []
    actions.cancel_change(change=made.pk, by=mette)
    assert actions.change_due(at=now() + timedelta(minutes=5)) is None
    assert entries(row)["sent-Ja"].deleted is False


def test_the_newest_words_take_the_place_of_those_that_wait(row, answer, mette, network):
    for text in ("Ja!", "Ja, gerne"):
        actions.change(conversation=row.pk, interaction=answer.pk, by=mette, kind="edit", text=text, at=now())
    leave()
    assert [c.text for c in network.changes] == ["Ja, gerne"]


def test_the_same_from_the_page_twice_is_one(row, answer, mette, network):
    ident = new_id()
    for _ in range(2):
        actions.change(conversation=row.pk, interaction=answer.pk, by=mette, kind="edit", text="Ja!", ident=ident, at=now())
    leave()
    assert network.kinds == ["edit"]


def test_what_may_pass_is_tried_again_with_the_same_key_and_nothing_overtakes_it(row, answer, mette, network):
    network.refuses = [kit.TryLater("busy", after=30), kit.Uncertain("lost")]
    made = actions.change(conversation=row.pk, interaction=answer.pk, by=mette, kind="edit", text="Ja!", at=now())
    leave()
    actions.change(conversation=row.pk, interaction=answer.pk, by=mette, kind="react", emoji="👍", at=now())
    leave()
    assert network.kinds == ["edit"]
    (waiting, _) = changes_of(row)[answer.pk]
    assert (waiting.state, waiting.attempts, waiting.detail) == ("queued", 1, "busy")
    for minutes in (1, 5):
        assert actions.change_due(at=now() + timedelta(minutes=minutes)) == made.pk
    assert actions.change_due(at=now() + timedelta(minutes=5)) is not None
    assert [(c.kind, c.id) for c in network.changes[:3]] == [("edit", str(made.pk))] * 3
    assert network.kinds[3:] == ["react"]


def test_what_never_will_is_told_and_can_be_tried_again_or_left(row, answer, mette, network):
    network.refuses = [kit.Unreachable("too old"), kit.Unreachable("too old")]
    made = actions.change(conversation=row.pk, interaction=answer.pk, by=mette, kind="edit", text="Ja!", at=now())
    leave()
    (failed,) = changes_of(row)[answer.pk]
    assert (failed.state, failed.detail) == ("failed", "too old")
    assert Notification.objects.filter(colleague=mette, kind="failed").count() == 1
    actions.change_again(change=made.pk, by=mette, at=now())
    leave()
    actions.cancel_change(change=made.pk, by=mette)
    assert changes_of(row) == {}
    with pytest.raises(TooLate):
        actions.change_again(change=made.pk, by=mette, at=now())
    assert entries(row)["sent-Ja"].text == "Ja"


def test_it_is_given_up_after_the_last_try(row, answer, mette, network):
    network.refuses = [kit.TryLater("busy")] * (TRIES + 1)
    actions.change(conversation=row.pk, interaction=answer.pk, by=mette, kind="edit", text="Ja!", at=now())
    for day in range(TRIES + 2):
        actions.change_due(at=now() + timedelta(days=day))
    (failed,) = changes_of(row)[answer.pk]
    assert (failed.state, len(network.changes), failed.detail) == ("failed", TRIES, f"busy (tried {TRIES} times)")


def test_what_a_dead_process_left_is_done_again(row, answer, mette, network):
    made = actions.change(conversation=row.pk, interaction=answer.pk, by=mette, kind="delete", at=now())
    sql.run("UPDATE reply_change SET state = 'sending', attempts = 1, claimed_at = %s", [now() - timedelta(minutes=4)])
    leave()
    assert network.changes == []
    assert actions.recover_stale_changes(at=now()) == 1
    leave()
    made.refresh_from_db()
    assert (made.state, network.kinds, entries(row)["sent-Ja"].deleted) == ("done", ["delete"], True)


def test_the_newest_message_is_told_as_read_once_and_only_where_the_account_wants_it(row, account, mette, network):
    for _ in range(2):
        actions.tell_read(conversation=row, by=mette, at=now())
        leave()
    assert [(c.kind, c.target) for c in network.changes] == [("read", "asked")]
    assert Interaction.objects.exclude(kind="message").count() == 0
    account.config["tell_read"] = False
    account.save(update_fields=["config"])
    message = kit.Message(external_id="more", author=KAROLINE, at=now(), text="Og?", references=["asked"])
    with step():
        receive([Received(envelope=new_id(), account=account, event=message)], now())
    actions.tell_read(conversation=row, by=mette, at=now())
    leave()
    assert len(network.changes) == 1


def test_a_channel_that_is_disconnected_fails_what_waits(row, answer, mette, account, network):
    Organisation.objects.update(undo_seconds=60)
    actions.change(conversation=row.pk, interaction=answer.pk, by=mette, kind="delete", at=now())
    disconnect(account=account.pk, by=None)
    assert [(c.state, c.detail) for c in changes_of(row)[answer.pk]] == [("failed", "The channel was disconnected")]


def test_forgetting_the_person_forgets_what_was_changed(row, answer, mette, network):
    actions.change(conversation=row.pk, interaction=answer.pk, by=mette, kind="edit", text="Ja!", at=now())
    leave()
    Organisation.objects.update(undo_seconds=60)
    actions.change(conversation=row.pk, interaction=answer.pk, by=mette, kind="delete", at=now())
    forget(consumer=row.consumer_id, by=mette, at=now())
    assert (Change.objects.count(), Interaction.objects.count()) == (0, 0)


def test_typing_is_shown_where_they_last_wrote_and_not_too_often(row, network, monkeypatch):
    monkeypatch.setattr("samspil.reply.actions.typing._told", {})
    assert [actions.tell_typing(conversation=row) for _ in range(3)] == [True, False, False]
    assert network.shown.wait(5)
    assert network.typed == [("karoline@koral.example", "asked")]


def test_a_sign_is_no_answer_and_a_change_no_message(row, answer, mette, karl, network):
    asked = Interaction.objects.get(external_id="asked")
    actions.change(conversation=row.pk, interaction=asked.pk, by=karl, kind="react", emoji="👍", at=now())
    actions.change(conversation=row.pk, interaction=answer.pk, by=mette, kind="edit", text="Ja!", at=now())
    leave()
    row.refresh_from_db()
    assert [(who, times) for who, times, _ in answered_by(row.consumer_id)] == [(mette.pk, 1)]
    assert [i.kind for i in timeline(row.consumer_id)] == ["reaction", "message", "message"]
    assert row.messages == 2


def test_what_was_done_to_a_message_goes_along_when_it_is_split_off(row, answer, mette, network):
    actions.change(conversation=row.pk, interaction=answer.pk, by=mette, kind="edit", text="Ja!", at=now())
    leave()
    made = split(conversation=row.pk, interactions=[answer.pk], by=mette, at=now())
    assert entries(made)["sent-Ja"].text == "Ja!"
    row.refresh_from_db()
    assert (row.messages, row.snippet, made.messages) == (1, "Kan I vende?", 1)
    actions.change(conversation=made.pk, interaction=answer.pk, by=mette, kind="edit", text="Ja da!", at=now())
    leave()
    assert entries(made)["sent-Ja"].text == "Ja da!"
