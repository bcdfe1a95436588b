"""After a conversation: one question, one tap, and what follows from it."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from samspil import kit
from samspil.base import registry, sql
from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound
from samspil.base.flow import step
from samspil.base.ids import new_id
from samspil.consent.actions import say as allow
from samspil.conversation.actions import finish
from samspil.conversation.models import Conversation, Event
from samspil.exchange.actions.forget import export_person, forget
from samspil.intake.actions.write import Received
from samspil.intake.actions.write import write as write_log
from samspil.intake.models import Handle, Interaction
from samspil.organisation.actions import add_competence, add_unit
from samspil.organisation.models import Evidence, Unit
from samspil.project.keeping import ask_how_it_feels
from samspil.pulse import actions, ports
from samspil.pulse.actions import Closed, WrongTime, arrange, ask_due, say
from samspil.pulse.models import Asked, Said, Setting
from samspil.pulse.queries import asked_at, figures, latest_of, page_path
from samspil.reply.actions import send_due, write
from samspil.reply.models import Draft, Reply
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 3, 12, 0, tzinfo=ZoneInfo("Europe/Copenhagen"))
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture
def sent(monkeypatch) -> list[kit.Outbound]:
    """What the mail channel was given to send; the network takes everything."""
    given: list[kit.Outbound] = []

    def send(outbound: kit.Outbound, account: kit.Account) -> kit.Sent:
        given.append(outbound)
        return kit.Sent(external_id=f"our-{len(given)}@firma.example")

    monkeypatch.setattr(registry.channel("mail"), "send", send, raising=False)
    return given


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    """It is noon everywhere that a reaction asks."""
    monkeypatch.setattr("samspil.pulse.reactions.now", lambda: NOON + HALF_HOUR + timedelta(minutes=5))


@pytest.fixture
def done(mailbox, jonas, mette, sent) -> Conversation:
    """Karoline wrote, Jonas answered, it is done at noon."""
    receive(mailbox, mail(ident="a@x.example"))
    row = Conversation.objects.get()
    answer(row, jonas)
    finish(conversations=[row.pk], by=jonas, at=NOON)
    arrange(unit=None, by=mette, at=NOON, active=True, needs_yes=False)
    return row


def answer(row: Conversation, by, at: datetime = NOON - timedelta(hours=1)) -> Reply:
    reply = write(conversation=row.pk, by=by, text="Det ordner vi.", at=at)
    send_due(at=at + timedelta(minutes=1))
    return reply


def ask(at: datetime = NOON + HALF_HOUR) -> Asked:
    assert ask_due(at=at) == 1
    send_due(at=at + timedelta(minutes=1))
    return Asked.objects.latest("at")


def scores() -> list[tuple[int | None, str]]:
    return list(Said.objects.order_by("at", "id").values_list("score", "via"))


def test_it_is_asked_once_in_the_name_of_who_answered(done, jonas, sent):
    assert ask_due(at=NOON + HALF_HOUR - timedelta(seconds=1)) == 0
    asked = ask()
    assert (asked.conversation, asked.colleague, asked.why_not) == (done, jonas, "")
    question = sent[-1]
    assert question.text == (
        "Hvordan føles det at være i kontakt med os lige nu?\n1 😞  2 🙁  3 😐  4 🙂  5 😀\nSvar med et tal eller et tegn."
    )
    assert [(c.sign, c.label) for c in question.choices] == [
        ("😞", "dårligt"), ("🙁", "ikke godt"), ("😐", "sådan da"), ("🙂", "godt"), ("😀", "meget godt"),
    ]  # fmt: skip
    assert Interaction.objects.get(outgoing=True, text=question.text).data["choices"][0] == ["😞", "dårligt"]
    done.refresh_from_db()
    assert done.status == "done"
    assert ask_due(at=NOON + timedelta(hours=2)) == 0
    assert Asked.objects.count() == 1


def test_a_question_leaves_what_the_colleague_was_writing(done, jonas):
    Draft.objects.create(conversation=done, colleague=jonas, text="Husk at", saved_at=NOON)
    ask()
    assert Draft.objects.get().text == "Husk at"


def test_where_people_outside_reach_us_it_has_a_page(done, sent, monkeypatch):
    monkeypatch.setattr(ports._Filled, "public_address", staticmethod(lambda: "https://samspil.example"))
    asked = ask()
    path = page_path(asked.pk)
    assert sent[-1].text.endswith(f"\nEller her: https://samspil.example{path}")
    _, _, ident, mark, _ = path.split("/")
    assert ident == str(asked.pk)
    assert asked_at(asked.pk, mark) == asked
    assert asked_at(asked.pk, mark[:-1] + ("0" if mark[-1] != "0" else "1")) is None
    assert asked_at(new_id(), mark) is None
    assert asked_at(asked.pk, "") is None


def _new_matter(world):
    receive(world.mailbox, mail("Og en ny ting", ident="b@x.example", subject="Noget helt andet"))
    assert Conversation.objects.filter(status="open").count() == 1


HINDRANCES = {
    "off": lambda world: arrange(unit=None, by=world.mette, at=NOON, active=False),
    "yes needed": lambda world: arrange(unit=None, by=world.mette, at=NOON, active=True, needs_yes=True),
    "open": lambda _: Conversation.objects.update(status="open"),
    "no answer of ours": lambda _: Reply.objects.update(choices=[["😀", "godt"]]),
    "refused": lambda _: allow(handles=[Handle.objects.get().pk], purpose="research", state="refused", source="mail", at=NOON),
    "asked lately": lambda world: Asked.objects.create(conversation=world.done, at=NOON - timedelta(days=29), open_until=NOON),
    "waits elsewhere": _new_matter,
}


@pytest.mark.parametrize("hindrance", HINDRANCES)
def test_nobody_is_asked_who_should_not_be(done, mette, mailbox, hindrance):
    HINDRANCES[hindrance](SimpleNamespace(done=done, mette=mette, mailbox=mailbox))
    before = (Reply.objects.count(), Asked.objects.count())
    assert ask_due(at=NOON + HALF_HOUR) == 0
    assert (Reply.objects.count(), Asked.objects.count()) == before


@pytest.mark.parametrize("after", [timedelta(hours=9), timedelta(days=2, hours=1)])
def test_nobody_is_asked_at_night_or_when_it_is_long_past(done, after):
    assert ask_due(at=NOON + after) == 0
    assert Asked.objects.count() == 0


def test_where_who_answered_has_left_nobody_asks_and_it_is_noted_once(done, jonas):
    type(jonas).objects.filter(pk=jonas.pk).update(is_active=False)
    assert ask_due(at=NOON + HALF_HOUR) == 0
    assert ask_due(at=NOON + HALF_HOUR) == 0
    assert Asked.objects.get().why_not == "nobody"
    assert Reply.objects.filter(choices__isnull=False).count() == 0


def test_a_yes_is_enough_where_one_is_needed(done, mette):
    arrange(unit=None, by=mette, at=NOON, active=True, needs_yes=True)
    allow(handles=[Handle.objects.get().pk], purpose="research", state="given", source="mail", at=NOON)
    assert ask_due(at=NOON + HALF_HOUR) == 1


def test_a_units_own_word_goes_before_the_one_for_all(done, mette):
    unit = Unit.objects.get(triage=True)
    Conversation.objects.update(unit=unit)
    arrange(unit=unit, by=mette, at=NOON, active=False)
    assert ask_due(at=NOON + HALF_HOUR) == 0
    arrange(unit=unit, by=mette, at=NOON, active=True, needs_yes=False, wait_minutes=60, question="Er du glad?")
    arrange(unit=None, by=mette, at=NOON, active=False)
    assert ask_due(at=NOON + HALF_HOUR) == 0
    assert ask_due(at=NOON + timedelta(minutes=60)) == 1
    assert Reply.objects.latest("written_at").text.startswith("Er du glad?\n")


def test_a_number_answers_and_wakes_nobody(done, mailbox):
    asked = ask()
    receive(mailbox, mail("4\n", ident="b@x.example", references=("our-2@firma.example",), subject="Sv: Batteriet"))
    assert scores() == [(4, "words")]
    done.refresh_from_db()
    assert (done.status, done.waiting_since) == ("done", None)
    assert Event.objects.get(kind="pulse").data == {"score": 4}
    assert Said.objects.get().asked == asked
    assert latest_of(done.consumer_id) == (Said.objects.get().at, 4)


def test_an_answer_with_words_is_read_by_somebody(done, mailbox):
    ask()
    receive(mailbox, mail("1, jeg venter stadig", ident="b@x.example", references=("our-2@firma.example",)))
    assert scores() == [(1, "words")]
    assert Said.objects.get().words == "jeg venter stadig"
    done.refresh_from_db()
    assert done.status == "open"


def test_a_second_number_and_one_that_answers_a_colleague_are_messages(done, mailbox, jonas):
    ask()
    receive(mailbox, mail("4", ident="b@x.example", references=("our-2@firma.example",)))
    receive(mailbox, mail("2", ident="c@x.example", references=("our-2@firma.example",)))
    assert scores() == [(4, "words")]
    done.refresh_from_db()
    assert done.status == "open"


def test_a_number_after_a_colleagues_question_is_not_about_how_it_feels(done, mailbox, jonas):
    ask()
    answer(done, jonas, at=NOON + timedelta(minutes=40))
    receive(mailbox, mail("2", ident="b@x.example", references=("our-3@firma.example",)))
    assert scores() == []
    done.refresh_from_db()
    assert done.status == "open"


def test_a_number_of_whom_nobody_asked_is_a_message(done, mailbox):
    receive(mailbox, mail("4", ident="b@x.example", references=("our-1@firma.example",)))
    assert scores() == []
    done.refresh_from_db()
    assert done.status == "open"


def test_a_sign_given_to_the_question_answers_and_can_be_taken_back(done, mailbox):
    asked = ask()
    react(mailbox, asked, "😀")
    react(mailbox, asked, "🚲")
    react(mailbox, asked, "😀", removed=True)
    assert scores() == [(5, "sign"), (None, "sign")]
    assert latest_of(done.consumer_id) is None
    whole, _ = figures(at=NOON + timedelta(hours=1))
    assert (whole.asked, whole.answered) == (1, 0)


def test_a_sign_of_a_stranger_is_no_answer(done, mailbox):
    asked = ask()
    react(mailbox, asked, "😀", author=kit.Handle(network="mail", address="en.anden@x.example"))
    assert scores() == []


def react(mailbox, asked: Asked, sign: str, *, removed: bool = False, author: kit.Handle | None = None) -> None:
    """As the spine takes in a reaction."""
    who = author or kit.Handle(network="mail", address="karoline@vestergaard.example")
    event = kit.Reaction(
        external_id=f"{new_id()}", target=asked.reply.external_id, author=who, at=NOON + HALF_HOUR, emoji=sign, removed=removed
    )
    with step():
        write_log([Received(account=mailbox, envelope=new_id(), event=event)], now())


def test_the_page_keeps_the_newest_and_closes(done):
    asked = ask()
    say(asked=asked.pk, score=2, words="Langsomt", at=NOON + timedelta(hours=1))
    say(asked=asked.pk, score=4, at=NOON + timedelta(hours=2))
    assert scores() == [(2, "page"), (4, "page")]
    whole, [unit] = figures(at=NOON + timedelta(hours=3))
    assert (whole.asked, whole.answered, whole.by_score, whole.good) == (1, 1, (0, 0, 0, 1, 0), 1.0)
    assert unit.unit == done.unit_id
    with pytest.raises(Closed):
        say(asked=asked.pk, score=1, at=asked.open_until)
    with pytest.raises(NotFound):
        say(asked=new_id(), score=1, at=NOON)
    assert len(scores()) == 2


def test_only_who_may_sets_when_one_asks(done, jonas, mette):
    held = list(Setting.objects.values())
    with pytest.raises(NotAllowed):
        arrange(unit=None, by=jonas, at=NOON, active=False)
    type(jonas).objects.filter(pk=jonas.pk).update(role="lead")
    jonas.refresh_from_db()
    with pytest.raises(NotAllowed):
        arrange(unit=None, by=jonas, at=NOON, active=False)
    with pytest.raises(NotAllowed):
        arrange(unit=add_unit(name="Andre"), by=jonas, at=NOON, active=False)
    with pytest.raises(WrongTime):
        arrange(unit=None, by=mette, at=NOON, active=True, apart_days=0)
    assert list(Setting.objects.values()) == held
    arrange(unit=jonas.unit, by=jonas, at=NOON, active=False)
    assert Setting.objects.get(unit=jonas.unit).changed_by == jonas


def test_it_is_given_to_the_person_and_forgotten_with_them(done, mette):
    asked = ask()
    say(asked=asked.pk, score=5, words="Tak", at=NOON + timedelta(hours=1))
    [said] = export_person(consumer=done.consumer_id)["pulse"]
    assert (said["score"], said["words"], said["via"]) == (5, "Tak", "page")
    forget(consumer=done.consumer_id, by=mette, at=NOON + timedelta(hours=2))
    assert (Asked.objects.count(), Said.objects.count(), Conversation.objects.count()) == (0, 0, 0)


def test_ordinary_messages_and_empty_rounds_cost_nothing(done, mailbox, monkeypatch):
    ask()
    with sql.counted() as seen:
        receive(mailbox, mail("Tak for hjælpen", ident="b@x.example", references=("our-1@firma.example",)))
    assert not [query for query in seen if "pulse_" in query]


def test_the_clock_asks(done, monkeypatch):
    monkeypatch.setattr("samspil.pulse.jobs.now", lambda: NOON + HALF_HOUR)
    ask_how_it_feels.func(timestamp=0)
    assert Asked.objects.count() == 1
    assert actions.ask_due(at=NOON + HALF_HOUR) == 0


def test_what_was_said_is_evidence_of_what_the_colleague_knows(done, jonas, mailbox):
    brakes = add_competence(name="Bremser")
    Conversation.objects.update(competence=brakes)
    asked = ask()
    say(asked=asked.pk, score=5, at=NOON + timedelta(hours=1))
    say(asked=asked.pk, score=2, at=NOON + timedelta(hours=2))
    assert list(Evidence.objects.values_list("colleague", "competence", "kind", "level")) == [
        (jonas.pk, brakes.pk, "verdict", 2.0)
    ]
    react(mailbox, asked, "🙁")
    react(mailbox, asked, "🙁", removed=True)
    assert Evidence.objects.count() == 0
