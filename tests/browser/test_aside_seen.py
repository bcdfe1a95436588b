"""Asking and answering in two real browsers: the panel, the answer that comes live, the words taken over, and what a stranger reads."""

import json

import pytest

from samspil.aside.models import Aside, AsideMessage, Shared
from samspil.conversation.models import Conversation
from samspil.organisation.actions import add_competence, add_unit, hold
from samspil.organisation.models import Colleague
from samspil.reply.models import Draft
from tests.browser.beside import until
from tests.browser.test_desk import CHROMIUM, browser, desk, sign_in, smtp, world  # noqa: F401 - fixtures among them

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]


@pytest.fixture
def skilled(world):  # noqa: F811 - the fixture
    _, _, jonas = world
    brakes = add_competence(name="Bremser", name_en="Brakes", words=["bremse"])
    hold(colleague=jonas, competence=brakes.pk, level=5)
    return jonas


def opened(page, who: str) -> Conversation:
    page.locator(".row-link", has_text=who).click()
    page.wait_for_selector("#timeline .bubble.is-in")
    return Conversation.objects.get(consumer__name__startswith=who)


def asked(page, question: str) -> Aside:
    page.keyboard.press("f")
    page.keyboard.type("@bre")  # at once: nothing that is typed while the panel comes is lost
    page.wait_for_selector("#suggest [role=option]:has-text('Bremser')")
    page.keyboard.press("Enter")
    page.keyboard.type(question)
    page.wait_for_selector(".ask-found li:has-text('Jonas Lund')")
    page.keyboard.press("Control+Enter")
    until(lambda: Aside.objects.filter(question=f"@Bremser {question}").exists())
    return Aside.objects.get()


def test_a_question_is_asked_answered_live_and_its_words_become_a_draft(sign_in, skilled):  # noqa: F811 - the fixture
    mette, jonas = sign_in(), sign_in("jonas")
    row = opened(mette, "Sofie")
    aside = asked(mette, "må hun cykle hjem?")
    mette.wait_for_selector(f"#a-{aside.pk} details[open]")
    assert not mette.evaluate("document.querySelector('#ask').open")
    assert Shared.objects.count() == 1
    jonas.wait_for_selector(".nav [data-count=asked]:text-is('1')")
    jonas.goto(jonas.url.split("/?")[0].rstrip("/") + "/desk/asides/")
    jonas.wait_for_selector(".aside-row:has-text('må hun cykle hjem?')")
    jonas.click(".aside-row a")
    jonas.wait_for_selector(f"#a-{aside.pk} textarea")
    mette.wait_for_selector(f"#a-{aside.pk} .is-seen")
    mette.fill(f"#a-{aside.pk} textarea", "Halvt skrevet")
    jonas.fill(f"#a-{aside.pk} textarea", "No, she should walk.")
    jonas.focus(f"#a-{aside.pk} textarea")
    jonas.keyboard.press("Control+Enter")
    mette.wait_for_selector(f"#a-{aside.pk} .aside-said li:has-text('No, she should walk.')")
    assert mette.input_value(f"#a-{aside.pk} textarea") == "Halvt skrevet"
    jonas.wait_for_selector(f"#a-{aside.pk} .aside-said li")
    assert jonas.input_value(f"#a-{aside.pk} textarea") == ""
    assert [m.text for m in AsideMessage.objects.all()] == ["No, she should walk."]
    mette.click("[data-use-text]")
    assert mette.input_value("form.composer [data-editor]") == "No, she should walk."
    assert "Jonas Lund" in mette.inner_text(".from-aside")
    until(lambda: Draft.objects.filter(conversation=row, text="No, she should walk.").exists())
    mette.click(f"#a-{aside.pk} .aside-acts button:has-text('Det hjalp') >> nth=0")
    mette.wait_for_selector(f"#a-{aside.pk} details.is-over")
    aside.refresh_from_db()
    assert aside.outcome == "helped"


def test_who_may_not_see_the_conversation_answers_on_a_page_of_its_own(sign_in, skilled):  # noqa: F811 - the fixture
    Colleague.objects.filter(pk=skilled.pk).update(role="employee")
    mette, jonas = sign_in(), sign_in("jonas")
    row = opened(mette, "Sofie")
    Conversation.objects.filter(pk=row.pk).update(unit=add_unit(name="Closed", closed=True))
    aside = asked(mette, "må hun cykle hjem?")
    address = jonas.url.split("/?")[0].rstrip("/") + "/desk/asides/"
    jonas.goto(address)
    jonas.click(".aside-row a")
    jonas.wait_for_selector(".aside-excerpt blockquote")
    assert jonas.url == f"{address}{aside.pk}/"
    assert "Sofie" not in json.dumps(jonas.content())
    assert "Det er •••" in jonas.inner_text(".aside-excerpt")
    mette.wait_for_selector(f"#a-{aside.pk} .is-seen")
    jonas.fill(".aside-say textarea", "Walk.")
    jonas.keyboard.press("Control+Enter")
    jonas.wait_for_selector(".aside-said li:has-text('Walk.')")
    mette.wait_for_selector(f"#a-{aside.pk} .aside-said li:has-text('Walk.')")
