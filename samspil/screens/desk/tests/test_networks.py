"""What a message came by is shown as its network, also where history brought it."""

import pytest
from django.utils.translation import override

from samspil.base import registry
from samspil.base.networks import KNOWN, UNKNOWN_ICON, channel_face, face
from samspil.conversation.models import Placement
from samspil.conversation.queries import inbox, network_in
from samspil.intake.models import Account, Handle
from samspil.look.vendor import icon_names
from samspil.screens.desk.views.words import way_not


def test_the_icons_of_all_networks_are_in_the_sprite():
    assert {icon for _title, icon in KNOWN.values()} | {UNKNOWN_ICON} <= icon_names()


def test_a_network_is_called_as_its_channel_or_its_brand():
    with override("da"):
        assert face("mail") == ("mail", "Mail")
        assert face("mastodon") == ("b-mastodon", "Mastodon")
        assert face("twitter") == ("b-x", "Twitter")
        assert face("town_square") == (UNKNOWN_ICON, "Town square")
        assert channel_face("csvfile") == ("file", "Tabel (CSV)")
    with override("en"):
        assert channel_face("csvfile") == ("file", "Table (CSV)")


@pytest.mark.django_db
def test_history_is_shown_by_the_network_of_its_newest_message(signed_in, mette, fill):
    (row,) = fill(1)
    assert [r.network for r in inbox(by=mette, view="all")] == ["mail"]
    Handle.objects.filter(pk=Placement.objects.get(conversation=row).interaction.handle_id).update(network="mastodon")
    assert [r.network for r in inbox(by=mette, view="all")] == ["mail"], "a live account is its own network"
    Account.objects.filter(pk=row.account_id).update(history=True, channel="csvfile")
    row = type(row).objects.get(pk=row.pk)
    assert [r.network for r in inbox(by=mette, view="all")] == ["mastodon"]
    assert network_in(row) == "mastodon"
    page = signed_in.get(f"/c/{row.pk}/").content.decode()
    assert "Tabel (CSV)" not in page.split('id="timeline"')[-1]
    assert page.count("#b-mastodon") >= 4, "row, head, message, person"
    words = signed_in.get(f"/consumers/{row.consumer_id}/").content.decode()
    assert "skrev på Mastodon" in words


@pytest.mark.django_db
def test_a_paused_account_is_said_in_words_and_the_demo_says_why(organisation):
    with override("da"):
        assert way_not("post@v.example is paused") == "post@v.example er sat på pause"
        type(organisation).objects.update(demo=True)
        assert way_not("post@v.example is paused") == "demoen sender ingen mails; prøv webchatten, dér når svarene frem"
        assert way_not("Chat is paused") == "Chat er sat på pause"


@pytest.mark.parametrize("channel", registry.names())
def test_every_channel_has_an_icon_that_there_is(channel):
    assert channel_face(channel)[0] in icon_names()
