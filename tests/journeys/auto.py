"""A unit with a history of questions that were answered alike, a ready text that is approved, and a dry run that is sure of it."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from samspil.assist.actions import approve, arrange_auto, ask_trial, carry_trials, count_words, gather, read_ready
from samspil.assist.models import AutoSetting, AutoTrial, Pair
from samspil.assist.queries.vectors import bring_on
from samspil.assist.rules.vector import packed
from samspil.base import sql
from samspil.base.clock import now
from samspil.base.encoder import encoder
from samspil.base.ids import new_id
from samspil.conversation.models import Conversation, Placement
from samspil.identity.models import Consumer
from samspil.intake.actions import connect
from samspil.intake.models import Account, Handle, Interaction
from samspil.organisation.models import Colleague, Unit
from samspil.reply.actions import keep_ready
from samspil.reply.models import Canned
from tests.journeys.conftest import receive

LAMP = "Hello {first name|there}, hold the button on the battery for ten seconds until the lamp turns green, then it charges again. {my first name}"
LAMP_SENT = "Hello Ann, hold the button on the battery for ten seconds until the lamp turns green, then it charges again. Jonas"
ASKS = "Hello, the lamp on the battery of my bike is blinking red and it does not charge. What can I do?"
OTHERS = [
    (
        "When is the shop in {town} open on Saturdays, and where is it",
        "We are open from ten to four on every Saturday, and closed on Sundays all the year.",
    ),
    (
        "I have ordered a helmet with number {n} and it has not arrived, where is the parcel",
        "Your parcel has left our store, and the carrier brings it within three days of today.",
    ),
    (
        "Can I pay the bike in {n} instalments with the card of my bank",
        "You can pay in up to twelve rates without any interest; choose it at the checkout page.",
    ),
    (
        "The chain of my bike jumps when I ride up the hill in {town}",
        "Please bring it to the workshop, the mechanic adjusts the gears while you are waiting there.",
    ),
]
HOW = [
    "The lamp on my {thing} battery is blinking red and the battery does not charge",
    "My battery will not charge, its red lamp is blinking all the time on the {thing} bike",
    "the battery lamp blinks red and there is no charge in my {thing} bike, what can I do",
    "Why is the red lamp on the battery of the {thing} blinking and why does it not charge",
]


def past(
    unit: Unit, account: Account, by: Colleague, *, count: int = 360, until: datetime | None = None, wrong: float = 0.0
) -> None:
    """Conversations of the last days, the oldest first: two in three of the lamp, answered so but for the share ``wrong``; and done."""
    draw, end = Random(7), until or now() - timedelta(days=2)
    rows: dict[type, list[object]] = {Handle: [], Consumer: [], Conversation: [], Interaction: [], Placement: []}
    links = []
    for n in range(count):
        at = end - timedelta(hours=2 * (count - n))
        other, said = draw.choice(OTHERS)
        asked, given = (draw.choice(HOW), LAMP_SENT) if draw.random() < 2 / 3 else (other, said)
        if given == LAMP_SENT and draw.random() < wrong:
            given = "Your battery is broken for good. Please buy another one from our web page, they are cheap this week."
        where, thing = draw.choice(["Aarhus", "Odense"]), draw.choice(["new", "old", "cargo", "blue"])
        asked = f"Hello, {asked.format(thing=thing, town=where, n=draw.randint(2, 12))}"
        handle = Handle(network="mail", address=f"p{n}@past.example", first_at=at, last_at=at)
        consumer = Consumer(name=f"Person {n}", since=at)
        times = {"opened_at": at, "last_at": at, "done_at": at + timedelta(hours=1)}
        row = Conversation(consumer=consumer, account=account, opener=handle, status="done", unit=unit, messages=2, **times)
        common = {"handle": handle, "account": account, "kind": "message"}
        question = Interaction(**common, outgoing=False, at=at, external_id=f"q{n}", text=asked, language="en")
        answer = Interaction(
            **common, outgoing=True, at=at + timedelta(minutes=30), external_id=f"a{n}", text=given, language="en", colleague=by
        )
        for one in (handle, consumer, row, question, answer):
            rows[type(one)].append(one)
        for one, why in ((question, "new"), (answer, "reply")):
            rows[Placement].append(Placement(interaction=one, conversation=row, at=one.at, why=why))
        links.append((new_id(), handle.pk, consumer.pk, at))
    for model, made in rows.items():
        model.objects.bulk_create(made)
    source, values = sql.table("uuid uuid uuid timestamptz", links)
    sql.run(
        "INSERT INTO identity_link (id, handle_id, consumer_id, began_at, evidence)"
        f" SELECT i, h, c, t, '[]' FROM {source} AS x(i, h, c, t)",
        values,
    )
    while gather(at=now()) is not None:
        pass
    _read()
    count_words()
    bring_on()


_meant: dict[str, bytes] = {}


def _read() -> None:
    """What the pairs mean, each wording read once a run of the tests."""
    rows = list(Pair.objects.filter(vector=None))
    fresh = sorted({row.asked for row in rows} - set(_meant))
    if fresh:
        _meant.update(zip(fresh, packed(encoder().encode(fresh)), strict=True))
    for row in rows:
        row.vector = _meant[row.asked]
    Pair.objects.bulk_update(rows, ["vector"], batch_size=500)


def lamp(by: Colleague) -> Canned:
    """The ready text, in English alone."""
    made = keep_ready(
        by=by, at=now(), key="lamp", name="Battery lamp blinks red, does not charge", text="Hold knappen inde.", text_en=LAMP
    )
    read_ready()
    return made


def tried(unit: Unit, by: Colleague, *, days: int = 60) -> AutoTrial:
    """A dry run, carried out."""
    trial = ask_trial(unit=unit.pk, by=by, days=days, at=now())
    carry_trials(at=now())
    trial.refresh_from_db()
    return trial


def switched_on(unit: Unit, by: Colleague, account: Account, **values: object) -> AutoSetting:
    """All that is needed, done."""
    past(unit, account, by)
    approve(unit=unit.pk, by=by, at=now(), ready=lamp(by).pk)
    tried(unit, by)
    return arrange_auto(unit=unit.pk, by=by, at=now(), values={"threshold": 0.9, "delay_minutes": 5, **values}, enabled=True)


def chat_account() -> Account:
    return connect(channel="webchat", name="Havblik", config={"origins": "https://butik.example"}, language="en")


def writes(account: Account, text: str, *, visitor: str = "a" * 32) -> Conversation:
    """A visitor writes in the web chat; the conversation."""
    ident = str(new_id())
    receive(account, json.dumps({"visitor": visitor, "id": ident, "text": text, "written": now().isoformat()}).encode())
    return Conversation.objects.filter(placements__interaction__text=text).latest("opened_at")


def messages_of(conversation: Conversation, *, outgoing: bool = False) -> Sequence[UUID]:
    rows = Interaction.objects.filter(placement__conversation=conversation, kind="message", outgoing=outgoing)
    return list(rows.order_by("at", "id").values_list("pk", flat=True))
