"""Where the network that a colleague chose does not take a notice, it goes by mail, once; their page says why, and the next is tried there again."""

from types import SimpleNamespace

import pytest
from django.urls import reverse

from samspil import kit
from samspil.base.clock import now
from samspil.channels.mail import send as mail_send
from samspil.elsewhere.actions import plan, prefer, prefer_account, send_notice
from samspil.elsewhere.actions.plan import Wanted
from samspil.elsewhere.models import Notice, Preference, Seat
from samspil.elsewhere.rules import BURST
from samspil.intake.actions import connect
from samspil.intake.models import Account
from tests.channels.slack.workspace import OTHER_TEAM, TOKEN, Workspace
from tests.journeys.conftest import mail_config
from tests.journeys.elsewhere import begin, later
from tests.journeys.slack_house import colleagues_in_slack, slack_house

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _from_the_beginning():
    begin()


@pytest.fixture
def slack():
    with colleagues_in_slack() as at:
        yield at


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> list[kit.Notice]:
    handed: list[kit.Notice] = []

    def notify(notice: kit.Notice, _account: kit.Account) -> kit.Sent:
        handed.append(notice)
        return kit.Sent(external_id=f"<{notice.id}@brand.test>")

    monkeypatch.setattr(mail_send, "notify", notify)
    return handed


@pytest.fixture
def house(slack: Workspace, mails: list[kit.Notice]) -> SimpleNamespace:
    made = slack_house(slack)
    config = {**mail_config(), "address": "support@brand.test", "name": "Nordlys"}
    made.mailbox = connect(channel="mail", name="Service", config=config, own=["support@brand.test"])
    prefer(colleague=made.bo, when="always")
    prefer_account(colleague=made.bo, account=made.teller.pk)
    assert mails == []
    return made


def send_all() -> None:
    while send_notice(at=now() + BURST):
        pass


def again(house: SimpleNamespace) -> None:
    """Karla writes again."""
    plan(wanted=[Wanted(colleague=house.bo.pk, conversation=house.conversation.pk, kind="wrote")], at=now())
    send_all()


REFUSALS = [
    ("nobody there has the address", {"users.lookupByEmail": ["users_not_found"]}, "person"),
    ("no longer there", {"conversations.open": ["user_not_found"]}, "person"),
    ("the channel is archived", {"chat.postMessage": ["is_archived"]}, "person"),
    ("the app is not in it", {"chat.postMessage": ["not_in_channel"]}, "person"),
    ("the app lacks a permission", {"conversations.open": ["missing_scope"]}, "person"),
    ("the token was revoked", {"users.lookupByEmail": ["token_revoked"]}, "sign_in"),
    ("the token was revoked just now", {"chat.postMessage": ["token_revoked"]}, "sign_in"),
    ("the account is closed there", {"users.lookupByEmail": ["account_inactive"]}, "sign_in"),
]


@pytest.mark.parametrize(("errors", "kind"), [case[1:] for case in REFUSALS], ids=[case[0] for case in REFUSALS])
def test_it_goes_by_mail_once_and_the_next_is_tried_there_again(house, slack, mails, client, errors, kind):
    slack.errors |= {name: list(words) for name, words in errors.items()}
    later()
    send_all()
    [notice] = Notice.objects.all()
    assert (notice.state, notice.account, notice.instead, notice.place) == ("sent", house.mailbox, True, "")
    [mail] = mails
    assert (mail.to.network, mail.to.address) == ("mail", "bo@brand.test")
    assert "skivebremser" in str(mail.quoted)
    assert "Du kunne ikke få besked på Slack" in mail.foot
    assert slack.posted == []
    row = Preference.objects.get(colleague=house.bo)
    assert (row.lost, row.lost_kind, row.account) == (house.teller, kind, house.teller)
    client.force_login(house.bo)
    page = client.get(reverse("settings")).text
    words = {"person": "Du blev ikke fundet på Slack", "sign_in": "Slack lukker ikke Samspil ind mere"}[kind]
    assert words in page
    assert "der prøves igen dér hver gang" in page
    # It was mended meanwhile.
    again(house)
    assert (len(mails), len(slack.posted)) == (1, 1)
    assert Notice.objects.order_by("-at").first().instead is False
    row.refresh_from_db()
    assert (row.lost, row.lost_kind, row.lost_why) == (None, "", "")
    assert words not in client.get(reverse("settings")).text


def test_as_long_as_it_is_not_mended_each_goes_by_mail_once(house, slack, mails):
    slack.people["U0BO"]["team_id"] = OTHER_TEAM
    later()
    send_all()
    again(house)
    assert (len(mails), len(slack.posted), Seat.objects.count()) == (2, 0, 0)
    assert list(Notice.objects.values_list("state", "instead")) == [("sent", True)] * 2


def test_patience_is_no_refusal_and_in_the_end_it_goes_by_mail(house, slack, mails):
    slack.limited["chat.postMessage"] = 100
    later()
    send_notice(at=now() + BURST)
    assert (Notice.objects.get().state, mails) == ("queued", [])
    assert Preference.objects.get(colleague=house.bo).lost is None
    Notice.objects.update(attempts=11, send_at=now())
    send_all()
    assert (Notice.objects.get().state, len(mails)) == ("sent", 1)
    assert Preference.objects.get(colleague=house.bo).lost_kind == "later"


def test_without_a_mailbox_it_waits_for_credentials_or_fails_and_the_page_says_so(house, slack, mails, client):
    Account.objects.filter(pk=house.mailbox.pk).update(state="paused")
    slack.tokens.discard(TOKEN)
    later()
    send_notice(at=now() + BURST)
    [notice] = Notice.objects.all()
    assert (notice.state, notice.instead, mails) == ("queued", False, [])
    client.force_login(house.bo)
    assert "ingen anden konto kan give dig besked" in client.get(reverse("settings")).text
    slack.tokens.add(TOKEN)
    slack.people.clear()
    Notice.objects.update(send_at=now())
    send_all()
    assert (Notice.objects.get().state, mails) == ("failed", [])


def test_a_mailbox_that_fails_too_ends_it(house, slack, mails, monkeypatch):
    slack.people.clear()

    def refused(_notice: kit.Notice, _account: kit.Account) -> kit.Sent:
        raise kit.Unreachable("no such mailbox")

    monkeypatch.setattr(mail_send, "notify", refused)
    later()
    send_all()
    [notice] = Notice.objects.all()
    assert (notice.state, notice.instead, notice.detail) == ("failed", True, "no such mailbox")
    assert Preference.objects.get(colleague=house.bo).lost == house.teller


def test_what_one_prefers_anew_forgets_what_went_wrong(house, slack, client):
    slack.people.clear()
    later()
    send_all()
    prefer(colleague=house.bo, when="always")
    assert Preference.objects.get(colleague=house.bo).lost is None
    client.force_login(house.bo)
    Account.objects.filter(pk=house.teller.pk).update(state="paused")
    assert "Slack er ikke forbundet nu" in client.get(reverse("settings")).text
