"""The pages of rules: built by rows, saved as versions, tried without a trace, brought back, and who may see what."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from samspil import kit
from samspil.automation.actions import make
from samspil.automation.models import Permit, Rule, Run, Version
from samspil.automation.queries.names import names
from samspil.automation.rules.read import WrongRule, read
from samspil.base import sql
from samspil.base.clock import now
from samspil.base.flow import step
from samspil.intake.actions.write import Received, write
from samspil.organisation.models import Unit
from samspil.screens.rules import words
from samspil.screens.rules.examples import examples
from samspil.screens.rules.form import Form, Line, Row, changed, of_document
from samspil.screens.rules.tests.conftest import signed_in

pytestmark = pytest.mark.django_db


def rows(label=None, **more):
    return {
        "name": "Urgent ones", "unit": "", "w-n": "1", "w0-kind": "message", "i-n": "2", "i0-row": "group", "i0-depth": "0", "i0-mode": "all",
        "i1-row": "test", "i1-depth": "1", "i1-test": "said", "i1-was": "said", "i1-op": "any", "i1-value": "battery*, charger",
        "t-n": "1", "t0-kind": "label", "t0-value": str(label.pk) if label else "",
    } | more  # fmt: skip


def messages(account, *texts):
    with step():
        write(
            [
                Received(
                    envelope=None,
                    account=account,
                    event=kit.Message(
                        external_id=f"m{n}",
                        author=kit.Handle(network="webchat", address=f"p{n}"),
                        at=now() - timedelta(hours=n + 1),
                        text=text,
                    ),
                )
                for n, text in enumerate(texts)
            ],
            now(),
        )


def test_nobody_but_who_writes_rules_opens_them(mette, lead, jonas, label):
    made = make(name="A", document={"schema": 1, "when": [{"kind": "message"}], "then": [{"kind": "done"}]}, by=mette, at=now())
    pages = [reverse("rules"), reverse("rule_new"), reverse("rule", args=[made.pk]), reverse("rule_history", args=[made.pk])]
    for page in pages:
        assert signed_in(mette).get(page).status_code == 200
        assert signed_in(lead).get(page).status_code == 200
        assert signed_in(jonas).get(page).status_code == 403
    posts = ["rule_switch", "rule_move", "rule_resume", "rule_delete", "rule_undo"]
    before = list(Rule.objects.values())
    for name in posts:
        assert signed_in(jonas).post(reverse(name, args=[made.pk])).status_code == 403
    assert signed_in(jonas).post(reverse("rule_save"), rows(label)).status_code == 403
    assert signed_in(lead).post(reverse("rule_delete", args=[made.pk])).status_code == 403
    assert list(Rule.objects.values()) == before


def test_rows_are_saved_as_a_rule_that_is_off_and_then_as_versions(hers, label):
    answer = hers.post(reverse("rule_save"), rows(label))
    made = Rule.objects.get()
    assert (answer.status_code, answer.url) == (302, reverse("rule", args=[made.pk]))
    assert (made.name, made.enabled, made.document["if"]["items"]) == (
        "Urgent ones",
        False,
        [{"test": "said", "op": "any", "values": ["battery*", "charger"]}],
    )
    hers.post(reverse("rule_switch", args=[made.pk]), {"on": "1"})
    changed_ = rows(label, rule=str(made.pk), number="2", why="Shorter", **{"i1-value": "battery"})
    hers.post(reverse("rule_save"), changed_)
    assert [(v.number, v.enabled, v.why) for v in Version.objects.order_by("number")] == [
        (1, False, ""),
        (2, True, ""),
        (3, True, "Shorter"),
    ]
    page = hers.get(reverse("rule_history", args=[made.pk])).content.decode()
    assert "<del>\u2003subject or text has one of the words “battery*”, “charger”</del>" in page
    assert "<ins>\u2003subject or text has one of the words “battery”</ins>" in page
    hers.post(reverse("rule_back", args=[made.pk, 1]))
    made.refresh_from_db()
    assert (made.number, made.enabled, made.document["if"]["items"][0]["values"]) == (4, True, ["battery*", "charger"])


def test_what_is_wrong_stands_at_its_row_and_nothing_is_saved(hers, label):
    for change, said in (
        ({"t0-value": ""}, "A value is missing."),
        ({"i1-value": "!!"}, "A value is missing."),
        ({"w0-kind": "waited", "w0-value": "soon"}, "Write a whole number, at most 90 days."),
    ):
        answer = hers.post(reverse("rule_save"), rows(label, **change))
        assert (answer.status_code, answer.content.decode().count(said)) == (422, 1)
        assert "Nothing is saved yet" in answer.content.decode()
    assert hers.post(reverse("rule_save"), rows(label, name=" ")).status_code == 422
    assert (Rule.objects.count(), Version.objects.count()) == (0, 0)


def test_a_stale_page_does_not_overwrite(hers, label):
    hers.post(reverse("rule_save"), rows(label))
    made = Rule.objects.get()
    hers.post(reverse("rule_switch", args=[made.pk]), {"on": "1"})
    answer = hers.post(reverse("rule_save"), rows(label, rule=str(made.pk), number="1"))
    assert (answer.status_code, Version.objects.count()) == (422, 2)
    assert "Somebody else has saved this rule" in answer.content.decode()


def test_the_rows_follow_the_buttons_and_nothing_is_saved(hers, label):
    answer = hers.post(reverse("rule_edit"), rows(label, do="group 0")).content.decode()
    assert 'name="i-n" value="4"' in answer
    answer = hers.post(reverse("rule_edit"), rows(label, **{"i1-test": "hours"})).content.decode()
    assert answer.count("checked") == 5
    assert Rule.objects.count() == 0


def test_it_is_tried_without_a_trace(hers, account, label):
    messages(account, "The battery is flat", "A blue bicycle", "charger, please")
    before = {t: sql.run(f"SELECT count(*), md5(string_agg(x::text, '')) FROM {t} x") for t in TABLES}
    answer = hers.post(reverse("rule_try"), rows(label, days="30")).content.decode()
    assert re.search(r"<b>2</b>\s*times it would have acted", answer)
    assert answer.count("<tr>") == 3
    assert {t: sql.run(f"SELECT count(*), md5(string_agg(x::text, '')) FROM {t} x") for t in TABLES} == before


TABLES = (
    "conversation",
    "conversation_event",
    "automation_moment",
    "automation_run",
    "automation_rule",
    "django_session",
    "base_fact",
)


def test_a_long_one_goes_on_where_it_was_and_a_forged_state_begins_anew(hers, account, label, monkeypatch):
    from samspil.automation.queries import dry_run
    from samspil.screens.rules.views import trying

    monkeypatch.setattr(dry_run, "BATCH", 2)
    monkeypatch.setattr(trying, "SECONDS", 0)
    messages(account, *["The battery is flat"] * 5)
    answer = hers.post(reverse("rule_try"), rows(label, days="30")).content.decode()
    for looked in ("2", "4"):
        assert f"{looked} looked at" in answer
        state = re.search(r'name="state" value="([^"]+)"', answer)[1]
        answer = hers.post(reverse("rule_try"), rows(label, days="30", state=state)).content.decode()
    assert re.search(r"<b>5</b>", answer)
    forged = hers.post(reverse("rule_try"), rows(label, days="30", state=f"{state}x")).content.decode()
    assert "2 looked at" in forged
    other = hers.post(reverse("rule_try"), rows(label, days="30", state=state, **{"i1-value": "x"})).content.decode()
    assert "2 looked at" in other


def test_a_lead_tries_the_own_unit_alone(lead, account, label):
    messages(account, "The battery is flat")
    answer = signed_in(lead).post(reverse("rule_try"), rows(label, days="30")).content.decode()
    assert "<b>0</b>" in answer


@pytest.mark.parametrize("language", ["en", "da"])
def test_every_example_is_a_rule_and_reads_as_one(mette, language):
    from django.utils import translation

    with translation.override(language):
        found = examples()
        assert len(found) == 5
        for example in found:
            document = example.document()
            read(document)
            said = words.sentences(document, names())
            assert all(said)
            assert "(gone)" not in " ".join(said)
            assert of_document(document).document() == document | {
                "when": [{"value": ""} | dict(w) for w in document["when"]],
                "then": [{"value": ""} | dict(d) for d in document["then"]],
            }
    client = signed_in(mette, language)
    for example in found:
        client.post(reverse("rule_take", args=[example.slug]))
    assert (Rule.objects.count(), Rule.objects.filter(enabled=True).count()) == (5, 0)
    assert client.post(reverse("rule_take", args=["nothing"])).status_code == 404


def test_deleted_and_brought_back(hers, label):
    hers.post(reverse("rule_save"), rows(label))
    made = Rule.objects.get()
    answer = hers.post(reverse("rule_delete", args=[made.pk]), follow=True).content.decode()
    assert "“Urgent ones” is deleted" in answer
    assert reverse("rule_undo", args=[made.pk]) in answer
    hers.post(reverse("rule_undo", args=[made.pk]))
    made.refresh_from_db()
    assert made.deleted_at is None


def test_the_unit_lets_rules_answer(hers, mette):
    unit = Unit.objects.get(triage=True)
    hers.post(reverse("rule_answers"), {"unit": str(unit.pk), "speaker": str(mette.pk)})
    assert Permit.objects.get().speaker == mette
    hers.post(reverse("rule_answers"), {"unit": str(unit.pk), "speaker": ""})
    assert Permit.objects.count() == 0


def test_one_rule_and_twenty_cost_the_list_the_same(hers, mette, label, django_assert_max_num_queries):
    counts = []
    hers.get(reverse("rules"))  # what is asked once a process
    for size in (1, 19):
        for n in range(size):
            make(
                name=f"R{size}{n}",
                document={"schema": 1, "when": [{"kind": "message"}], "then": [{"kind": "label", "value": str(label.pk)}]},
                by=mette,
                at=now(),
            )
        with django_assert_max_num_queries(40) as seen, sql.counted() as ours:
            assert hers.get(reverse("rules")).status_code == 200
        counts.append((len(seen.captured_queries), len(ours)))
    assert counts[0] == counts[1]


LINES = st.recursive(
    st.just([(False, 0)]),
    lambda inner: st.lists(inner, max_size=3).map(lambda some: [(True, 0), *[(g, d + 1) for one in some for g, d in one]]),
    max_leaves=8,
)


@given(shape=LINES, wish=st.sampled_from(["row", "group", "drop"]), at=st.integers(-1, 9))
def test_no_button_breaks_the_rows_and_an_error_stands_where_it_belongs(shape, wish, at):
    lines = [Line(is_group=g, depth=d, values=["x"]) for g, d in shape]
    if not lines[0].is_group:
        lines = [Line(is_group=True), *[Line(is_group=line.is_group, depth=1, values=["x"]) for line in lines]]
    form = changed(Form(whens=[Row("message")], lines=lines, deeds=[Row("done")]), f"{wish} {at}")
    again = of_document(form.document())
    assert [(x.is_group, x.depth) for x in again.lines] == [(x.is_group, x.depth) for x in form.lines]
    tests = [n for n, line in enumerate(form.lines) if not line.is_group]
    if tests:
        form.lines[tests[-1]].values = []
        for line in (form.lines[n] for n in tests[:-1]):
            line.values = ["x"]
        with pytest.raises(WrongRule) as caught:
            read(form.document())
        if caught.value.kind == "empty":
            assert form.mark(caught.value.place, "here")
            assert [n for n, line in enumerate(form.lines) if line.error] == [tests[-1]]


def test_why_is_for_who_sees_the_conversation(mette, jonas, account, label):
    messages(account, "The battery is flat")
    from samspil.conversation.models import Conversation

    made = make(name="A", document={"schema": 1, "when": [{"kind": "message"}], "then": [{"kind": "done"}]}, by=mette, at=now())
    row = Conversation.objects.get()
    run = Run.objects.create(
        rule=made,
        version=made.versions.get(),
        fact=row.pk,
        conversation=row,
        at=now(),
        outcome="done",
        did=[{"kind": "done", "name": ""}],
    )
    page = signed_in(jonas).get(reverse("rule_why", args=[run.pk]))
    assert (page.status_code, "When a message comes in" in page.content.decode()) == (200, True)
    assert reverse("rule", args=[made.pk]) not in page.content.decode()
    Conversation.objects.update(unit=Unit.objects.create(name="Closed", closed=True))
    assert signed_in(jonas).get(reverse("rule_why", args=[run.pk])).status_code == 404
