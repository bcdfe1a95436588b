"""The whole way: a mention and a direct message, fetched, in conversations of their person, answered where they came."""

import pytest

from samspil.base.clock import now
from samspil.channels.bluesky.channel import channel
from samspil.channels.bluesky.keys import keys
from samspil.channels.bluesky.session import forget_sessions
from samspil.conversation.models import Conversation
from samspil.identity.models import Consumer
from samspil.intake.actions import connect, keep, understand_waiting
from samspil.intake.models import Handle, Interaction
from samspil.intake.queries import account_view
from samspil.organisation.models import Organisation
from samspil.reply.actions import send_due, write
from samspil.reply.models import Reply
from tests.channels.bluesky.standin import CID, DID, PASSWORD, Network, profile, standing_in
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures

KAROLINE = "did:plc:karolineaaaaaaaaaaaaaaaa"
ASKED = f"at://{KAROLINE}/app.bsky.feed.post/3lzasked"
POST = {"$type": "app.bsky.feed.post", "text": "@butik.example.com mit batteri er fladt", "createdAt": "2026-03-02T09:15:00.000Z"}


@pytest.fixture
def network():
    forget_sessions()
    with standing_in() as found:
        found.members = [
            profile(DID, "butik.example.com", "Butik"),
            profile(KAROLINE, "karoline.example.com", "Karoline"),
        ]
        yield found
    forget_sessions()


def account(network: Network):
    config = {"server": network.url, "identifier": "butik.example.com", "app_password": PASSWORD, "direct_messages": True}
    return connect(channel="bluesky", name="B", config=config, own=["butik.example.com"])


def fetched(row, batches: int) -> None:
    """So many batches of a pull, kept and understood."""
    pulled = channel().pull(account_view(row), row.cursor)
    for _ in range(batches):
        batch = next(pulled)
        keep(account=row.pk, envelopes=batch.envelopes, cursor=batch.cursor, at=now())
    pulled.close()
    while understand_waiting(at=now()):
        pass
    row.refresh_from_db()


def answered(conversation: Conversation, by, text: str) -> Reply:
    write(conversation=conversation.pk, by=by, text=text, at=now())
    while send_due(at=now()):
        pass
    return Reply.objects.get(conversation=conversation)


@pytest.mark.django_db
def test_a_mention_is_answered_in_its_thread(organisation, mette, network):  # noqa: F811
    Organisation.objects.update(undo_seconds=0)
    row = account(network)
    network.written("mention", ASKED, profile(KAROLINE, "karoline.example.com", "Karoline"), POST)
    fetched(row, 1)
    handle = Handle.objects.get(network="bluesky", address=KAROLINE)
    assert (str(handle), Consumer.objects.get().name) == ("@karoline.example.com", "Karoline")
    interaction = Interaction.objects.get()
    assert (interaction.text, interaction.public, interaction.external_id) == (POST["text"], True, ASKED)

    reply = answered(Conversation.objects.get(), mette, "Det klarer vi")
    ours = f"at://{DID}/app.bsky.feed.post/{keys(str(reply.pk), 1)[0]}"
    assert (reply.state, reply.external_id) == ("accepted", ours)
    assert network.records[ours]["text"] == "Det klarer vi"
    strong = {"uri": ASKED, "cid": CID}
    assert network.records[ours]["reply"] == {"root": strong, "parent": strong}

    later = {**POST, "text": "Tak!", "reply": {"root": strong, "parent": {"uri": ours, "cid": CID}}}
    network.written("reply", f"at://{KAROLINE}/app.bsky.feed.post/3lzthanks", network.notes[0]["author"], later)
    fetched(row, 1)
    assert Conversation.objects.get().messages == 3
    assert network.sessions == 1


@pytest.mark.django_db
def test_a_direct_message_is_answered_directly(organisation, mette, network):  # noqa: F811
    Organisation.objects.update(undo_seconds=0)
    row = account(network)
    network.direct(KAROLINE, "Mit ordrenummer er 4711")
    fetched(row, 1)
    interaction = Interaction.objects.get()
    assert (interaction.text, interaction.public) == ("Mit ordrenummer er 4711", False)
    reply = answered(Conversation.objects.get(), mette, "Tak, den er på vej")
    assert reply.state == "accepted"
    assert network.sent == [{"convoId": "3lzconvo", "message": {"text": "Tak, den er på vej"}}]

    network.direct(KAROLINE, "Super")
    fetched(row, 1)
    assert Conversation.objects.get().messages == 3
    assert [i.text for i in Interaction.objects.order_by("at", "id") if i.outgoing] == ["Tak, den er på vej"]
