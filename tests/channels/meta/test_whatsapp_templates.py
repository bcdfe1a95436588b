"""Templates on WhatsApp: listed, chosen and filled in by a colleague when the time for answers has passed, and their fate known."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from samspil import kit
from samspil.base.clock import now
from samspil.channels.whatsapp.channel import channel
from samspil.conversation.models import Conversation
from samspil.intake.models import Interaction
from samspil.reply import actions
from samspil.reply.actions.template import NotAsked, NotFilled
from samspil.reply.actions.write import NoWay
from samspil.reply.models import Draft, Reply
from samspil.reply.queries import ways
from tests.channels.meta.graph_api import refusal
from tests.channels.meta.test_meta_way import _heard, come, connected, go, jonas, status, whatsapp, wrote  # noqa: F401 - fixtures among them

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1, minutes=1)


def template(name: str, body: str, *more: dict[str, Any], status: str = "APPROVED", **about: Any) -> dict[str, Any]:
    return {
        "name": name,
        "language": "da",
        "status": status,
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": body, **about}, *more],
    }


HERE = template(
    "klar", "Hej {{1}}, din cykel er klar {{2}}.", {"type": "FOOTER", "text": "Nordlys"}, example={"body_text": [["Bo", "i dag"]]}
)
ROWS = [
    HERE,
    template("billede", "Se {{1}}", {"type": "HEADER", "format": "IMAGE"}),
    template("afvist", "Hej", status="REJECTED"),
    template("spor", "Se her", {"type": "BUTTONS", "buttons": [{"type": "URL", "url": "https://x.example/{{1}}"}]}),
    template("karrusel", "Se {{1}}", {"type": "CAROUSEL", "cards": [{"components": [{"type": "HEADER", "format": "IMAGE"}]}]}),
    template("tilbud", "Se {{1}}", {"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Nu", "has_expiration": True}}),
    *(
        template(f"knap_{kind.lower()}", "Se {{1}}", {"type": "BUTTONS", "buttons": [{"type": kind, "text": "Se"}]})
        for kind in ("MPM", "SPM", "CATALOG", "ORDER_DETAILS", "FLOW", "COPY_CODE", "OTP", "NEW_KIND")
    ),
    template("vink", "Hej igen", {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Ja"}]}),
    template("navn", "Hej {{first_name}}", example={"body_text_named_params": [{"param_name": "first_name", "example": "Bo"}]}),
]


@pytest.fixture(autouse=True)
def _anew():
    actions.forget_templates()
    yield
    actions.forget_templates()


@pytest.fixture
def row(graph, connected, jonas) -> Conversation:  # noqa: F811
    graph.templates = list(ROWS)
    account = connected("whatsapp")
    come(account, whatsapp(wrote("wamid.1", "Er den klar?")))
    return Conversation.objects.get()


def test_only_what_can_be_filled_in_here_is_offered_over_all_pages(row, config):
    account = kit.Account(id="a", name="W", config=config, key=bytes(32))
    found = channel().templates(account)
    assert [(t.name, t.text, dict(t.examples)) for t in found] == [
        ("klar", "Hej {{1}}, din cykel er klar {{2}}.\n\nNordlys", {"1": "Bo", "2": "i dag"}),
        ("navn", "Hej {{first_name}}", {"first_name": "Bo"}),
        ("vink", "Hej igen", {}),
    ]


def test_after_a_day_only_a_template_goes_out_and_its_words_are_in_the_log(row, graph, jonas):  # noqa: F811
    at = now() + DAY
    (way,) = ways(row, at=at)
    assert (way.only_templates, way.templates, way.why_not, way.default) == (True, True, "", True)
    assert [w.only_templates for w in ways(row, at=now())] == [False]
    with pytest.raises(NoWay, match="time for answers"):
        actions.write(conversation=row.pk, by=jonas, text="Ja", at=at)
    filled = actions.fill(
        conversation=row.pk, by=jonas, at=at, name="klar", language="da", values={"1": " Karoline\n ", "2": "i    {{1}}"}
    )
    assert filled.text == "Hej Karoline, din cykel er klar i {{1}}.\n\nNordlys"
    graph.now = at
    reply = actions.write(conversation=row.pk, by=jonas, text=filled.text, at=at, template=(filled.account, filled.chosen))
    go(DAY)
    reply.refresh_from_db()
    assert reply.state == "accepted", reply.detail
    _, body = graph.sent[-1]
    assert (body["type"], [p["text"] for p in body["template"]["components"][0]["parameters"]]) == (
        "template",
        ["Karoline", "i {{1}}"],
    )
    assert Interaction.objects.get(outgoing=True).text == filled.text
    for state in ("sent", "delivered", "read"):
        come(reply.account, whatsapp(statuses=[status(reply, state)]))
    reply.refresh_from_db()
    assert (reply.state, graph.sent[1:]) == ("read", [])


def test_what_is_missing_or_gone_is_said(row, graph, jonas):  # noqa: F811
    def fill(name: str, **values: str) -> None:
        actions.fill(conversation=row.pk, by=jonas, at=now(), name=name, language="da", values=values)

    with pytest.raises(NotFilled, match="Fill in 2"):
        fill("klar", **{"1": "Bo", "2": " \n"})
    for name in ("billede", "afvist", "ukendt"):
        with pytest.raises(NotFilled, match="no such template"):
            fill(name)
    graph.templates = []
    fill("vink")  # believed for some minutes
    actions.forget_templates()
    with pytest.raises(NotFilled):
        fill("vink")
    actions.forget_templates()
    graph.token = "other"
    with pytest.raises(NotAsked):
        fill("vink")


def test_a_template_of_another_account_is_refused(row, jonas):  # noqa: F811
    chosen = kit.Chosen(name="klar", language="da")
    with pytest.raises(NoWay):
        actions.write(conversation=row.pk, by=jonas, text="x", at=now(), template=(row.pk, chosen))
    assert Reply.objects.count() == 0


def test_it_is_sent_again_as_a_template(row, graph, jonas):  # noqa: F811
    filled = actions.fill(conversation=row.pk, by=jonas, at=now(), name="vink", language="da", values={})
    made = actions.write(conversation=row.pk, by=jonas, text=filled.text, at=now(), template=(filled.account, filled.chosen))
    graph.faults = [refusal(132015)]
    go()
    made.refresh_from_db()
    assert (made.state, "paused" in made.detail) == ("failed", True)
    actions.resend(reply=made.pk, by=jonas, at=now())
    go()
    assert [body["type"] for _, body in graph.sent] == ["template"]


def test_the_draft_beside_it_is_neither_lost_nor_written_over(row, jonas):  # noqa: F811
    actions.save_draft(conversation=row.pk, by=jonas, text="Jeg tænker på", at=now())
    filled = actions.fill(conversation=row.pk, by=jonas, at=now(), name="vink", language="da", values={})
    made = actions.write(conversation=row.pk, by=jonas, text=filled.text, at=now(), template=(filled.account, filled.chosen))
    assert Draft.objects.get().text == "Jeg tænker på"
    actions.cancel(reply=made.pk, by=jonas, at=now())
    assert Draft.objects.get().text == "Jeg tænker på"


def test_at_the_desk(row, graph, jonas, client, monkeypatch):  # noqa: F811
    client.force_login(jonas)
    later = now() + DAY
    for place in ("writing", "templates"):
        monkeypatch.setattr(f"samspil.screens.desk.views.{place}.now", lambda: later)
    page = client.get(reverse("conversation", args=[row.pk])).content.decode()
    assert "det tager kun godkendte skabeloner" in page
    assert f'hx-get="/c/{row.pk}/templates?channel=' in page
    panel = client.get(reverse("templates", args=[row.pk])).content.decode()
    assert 'placeholder="for eksempel i dag"' in panel
    assert '<option value="klar|da" selected>' in panel
    # What was typed, and the form's token, do not go into addresses, which servers write down.
    assert 'hx-params="channel,template"' in panel
    named = client.get(reverse("templates", args=[row.pk]), {"template": "navn|da"}).content.decode()
    assert 'value="Karoline"' in named
    answer = client.post(reverse("template-send", args=[row.pk]), {"template": "klar|da", "v-1": "Bo <b>", "v-2": ""})
    assert (answer.status_code, "Bo &lt;b&gt;" in answer.content.decode(), "Udfyld alle felter" in answer.content.decode()) == (
        422,
        True,
        True,
    )
    assert (
        client.post(reverse("template-send", args=[row.pk]), {"template": "klar|da", "v-1": "Bo", "v-2": "nu"}).status_code == 200
    )
    assert Reply.objects.get().text == "Hej Bo, din cykel er klar nu.\n\nNordlys"
    graph.token = "other"
    actions.forget_templates()
    assert "Prøv igen" in client.get(reverse("templates", args=[row.pk])).content.decode()
    graph.token, graph.templates = "EAAtoken", []
    assert "Ingen godkendte skabeloner" in client.get(reverse("templates", args=[row.pk]), {"again": "1"}).content.decode()
