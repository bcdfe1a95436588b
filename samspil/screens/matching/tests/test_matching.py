from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from samspil.base import sql
from samspil.base.clock import now
from samspil.conversation.models import Conversation
from samspil.identity.actions import keep_apart, merge
from samspil.identity.models import Consumer, Decision, Mark, Policy, Suggestion, Veto, Weights
from samspil.identity.queries.why import why
from samspil.screens.matching.queries import sides
from samspil.screens.matching.tests.conftest import handle, message, owner, owners, receive, signed_in, suggest

pytestmark = pytest.mark.django_db


def everything():
    return [list(m.objects.order_by("pk").values()) for m in (Suggestion, Decision, Veto, Policy)] + [owners()]


def answer(client, row, verdict, *, htmx=True, **more):
    headers = {"hx-request": "true"} if htmx else {}
    return client.post(reverse("matching_answer", args=[row.pk]), {"verdict": verdict, **more}, headers=headers)


def back(client, row):
    return client.post(reverse("matching_back", args=[row.pk]), headers={"hx-request": "true"})


def keys(row):
    pair = [handle("karo").pk, handle("kv").pk]
    return {
        "matching": [], "matching_more": [], "matching_undo": [], "matching_answer": [row.pk], "matching_back": [row.pk],
        "why": pair, "why_choose": pair[:1], "why_lift": pair, "why_hold": pair, "identity_settings": [], "identity_settings_undo": [],
    }  # fmt: skip


WRITES = [
    "matching_answer",
    "matching_back",
    "matching_undo",
    "why_lift",
    "why_hold",
    "identity_settings",
    "identity_settings_undo",
]


def test_strangers_are_sent_to_the_sign_in_and_change_nothing(three):
    keep_apart(one=owner("karo"), other=owner("kv"), by=_somebody(), why="x", at=now())
    frozen = everything()
    for name, args in keys(three[0]).items():
        send = Client().post if name in WRITES else Client().get
        answered = send(reverse(name, args=args), {"verdict": "same", "alone": "proof", "suggest_at": "70"})
        assert answered.status_code == 302, name
        assert answered.headers["Location"].startswith(reverse("account_login")), name
    assert everything() == frozen


def _somebody():
    from samspil.organisation.actions import take_in

    return take_in(email="x@firma.example", name="X", language="en")


def test_a_forged_form_is_refused(three, mette):
    client = Client(enforce_csrf_checks=True)
    client.force_login(mette)
    frozen = everything()
    for name in WRITES:
        assert client.post(reverse(name, args=keys(three[0])[name]), {"verdict": "same"}).status_code == 403, name
    assert everything() == frozen


def test_only_an_administrator_sets_thresholds(three, his):
    frozen = everything()
    wanted = {"alone": "proof", "join_at": "", "suggest_at": "70"}
    assert his.get(reverse("identity_settings")).status_code == 403
    assert his.post(reverse("identity_settings"), wanted).status_code == 403
    assert his.post(reverse("identity_settings_undo")).status_code == 403
    assert everything() == frozen
    assert "Thresholds" not in his.get(reverse("matching")).content.decode()


def test_the_worklist_lays_the_best_pair_on_the_table(three, his):
    text = his.get(reverse("matching")).content.decode()
    shown, behind = text.split('data-pair="')[1], text.split('data-pair="')[2:]
    assert shown.startswith(str(three[0].pk))
    assert "hidden" not in shown.split(">")[0]
    assert all(" hidden" in part.split(">")[0] for part in behind)
    assert [part[:36] for part in behind] == [str(three[1].pk), str(three[2].pk)]
    for words in (
        "Are Karoline V. and Karoline Vestergaard the same person?", "about 97 of 100 such pairs are one person", "almost the same",
        "speaks very strongly for", "Shoe size", "Hello from karo", "Hello from kv", "1 of 3",
        "1 handle, 1 conversation and 1 interaction of",
    ):  # fmt: skip
        assert words in text, words


def test_texts_are_shown_only_to_who_may_read_the_conversation(three, closed, mette, jonas, hers, his):
    Conversation.objects.filter(consumer=owner("karo")).update(unit=closed)
    text = his.get(reverse("matching")).content.decode()
    assert "Hello from karo" not in text
    assert "No message that you may read." in text
    assert "Hello from kv" in text
    assert "Hello from karo" in hers.get(reverse("matching")).content.decode()
    assert sides(jonas, [owner("karo")])[owner("karo")].conversations == 0
    assert sides(mette, [owner("karo")])[owner("karo")].conversations == 1
    why = reverse("why", args=[handle("karo").pk, handle("kv").pk])
    assert "Hello from karo" not in his.get(why).content.decode()


def test_what_was_taken_back_by_its_writer_is_not_shown(three, account, his):
    from samspil import kit

    who = kit.Handle(network="webchat", address="karo")
    receive(account, kit.Delete(external_id="d1", author=who, at=now(), target="karo-1"))
    assert "Hello from karo" not in his.get(reverse("matching")).content.decode()


def test_the_page_asks_the_same_number_of_questions_however_long_the_list_is(three, account, his):
    his.get(reverse("matching"))
    few = statements(his)
    receive(account, *[message(f"x{n}", "Hi", number=m) for n in range(12) for m in range(3)])
    for n in range(0, 12, 2):
        suggest(f"x{n}", f"x{n + 1}", gain=0.95)
    assert his.get(reverse("matching")).content.decode().count("data-pair=") == 4
    assert statements(his) == few == 14


def statements(client):
    """Those of Django and those that go past it."""
    with CaptureQueriesContext(connection) as seen, sql.counted() as raw:
        assert client.get(reverse("matching")).status_code == 200
    return len(seen) + len(raw)


def test_the_next_ones_come_when_the_pile_is_low(three, account, his):
    receive(account, *[message(f"x{n}", "Hi") for n in range(6)])
    for n in range(0, 6, 2):
        suggest(f"x{n}", f"x{n + 1}", gain=0.05 - n / 1000)
    first = his.get(reverse("matching")).content.decode()
    link = first.split('hx-get="' + reverse("matching_more"))[1].split('"')[0].replace("&amp;", "&")
    rest = his.get(reverse("matching_more") + link).content.decode()
    assert (first.count("data-pair="), rest.count("data-pair="), "data-more" in rest) == (4, 2, False)
    assert all(p.split(">")[0].endswith(" hidden") for p in rest.split("<article")[1:])


@pytest.mark.parametrize(
    "query", ["key=nan&id=x", "aside=1&key=inf&id=00000000-0000-7000-8000-000000000007", "key=1", "key=1&id=%00"]
)
def test_a_place_that_nobody_wrote_is_the_beginning(three, his, query):
    answered = his.get(f"{reverse('matching')}?{query}")
    assert answered.status_code == 200
    assert str(three[0].pk) in answered.content.decode()


def test_yes_no_and_i_do_not_know(three, his, jonas):
    keep = owner("kv")
    said = answer(his, three[0], "same", keep=keep).content.decode()
    assert "They are one person now" in said
    assert reverse("matching_back", args=[three[0].pk]) in said
    assert owner("karo") == keep
    assert "They stay two persons" in answer(his, three[1], "apart").content.decode()
    assert Veto.objects.get().by == jonas
    assert "comes back last" in answer(his, three[2], "unsure").content.decode()
    assert [s.state for s in Suggestion.objects.order_by("-gain")] == ["same", "apart", "unsure"]
    text = his.get(reverse("matching")).content.decode()
    assert "3 of 3" in text
    assert "was put aside before" in text


def test_each_answer_is_taken_back_the_last_one_first(three, his):
    before = owners()
    for row, verdict in zip(three, ("same", "apart", "unsure"), strict=True):
        answer(his, row, verdict)
    for row in reversed(three):
        said = his.post(reverse("matching_undo"), headers={"hx-request": "true"}).content.decode()
        assert f'data-pair="{row.pk}"' in said
        assert "data-back" in said
        assert ("data-was-done" in said) == (row != three[2])
    assert owners() == before
    assert set(Suggestion.objects.values_list("state", flat=True)) == {"open"}
    assert not Veto.objects.filter(lifted_at=None).exists()
    frozen = everything()
    assert "no answer of today" in his.post(reverse("matching_undo"), headers={"hx-request": "true"}).content.decode()
    assert "taken back already" in back(his, three[0]).content.decode()
    assert everything() == frozen


def test_without_scripts_the_answer_leads_back_to_the_list(three, his):
    answered = answer(his, three[0], "same", htmx=False)
    assert (answered.status_code, answered.headers["Location"]) == (302, reverse("matching"))
    assert "They are one person now" in his.get(reverse("matching")).content.decode()


def test_who_comes_second_reads_who_was_first(three, hers, his):
    answer(hers, three[0], "same")
    answer(hers, three[1], "apart")
    merge(kept=owner("ane"), absorbed=owner("anne"), by=_somebody(), why="x", at=now())
    frozen = everything()
    assert "Mette Krogh was faster: they are one person now" in answer(his, three[0], "apart").content.decode()
    assert "Mette Krogh was faster: they stay two persons" in answer(his, three[1], "same").content.decode()
    assert "They have become one person meanwhile" in answer(his, three[2], "same").content.decode()
    assert everything() == frozen


def test_nonsense_is_refused_and_changes_nothing(three, his):
    frozen = everything()
    assert answer(his, three[0], "perhaps").status_code == 400
    assert answer(his, three[0], "same", keep="nobody").status_code == 400
    assert answer(his, three[0], "same", keep=owner("ib")).status_code >= 400
    gone = his.post(reverse("matching_answer", args=[uuid4()]), {"verdict": "same"}, headers={"hx-request": "true"})
    assert "does not hold any more" in gone.content.decode()
    assert his.post(reverse("matching_back", args=[uuid4()])).status_code == 404
    assert his.get(reverse("matching_answer", args=[three[0].pk])).status_code == 405
    assert everything() == frozen


def test_hostile_words_stay_words(people, his):
    evil = "<script>alert(1)</script>"
    Consumer.objects.filter(pk=owner("karo")).update(name=evil)
    suggest("karo", "kv", parts=[{"kind": evil, "level": evil, "bits": "x", "left": evil, "right": evil}, 7, None])
    for page in (reverse("matching"), reverse("why", args=[handle("karo").pk, handle("kv").pk])):
        text = his.get(page).content.decode()
        assert evil not in text
        assert "&lt;script&gt;" in text


def test_an_empty_list_says_what_happens_next(people, his):
    text = his.get(reverse("matching")).content.decode()
    assert "No pair waits for an answer" in text
    assert "looks again whenever somebody writes" in text


def test_the_consumers_show_the_way_with_a_count(three, his):
    assert "3 may be the same person" in his.get(reverse("consumers")).content.decode()
    Suggestion.objects.update(state="gone")
    assert "Who may be one person?" in his.get(reverse("consumers")).content.decode()


def test_precision_is_shown_with_its_uncertainty(three, account, his, jonas):
    answer(his, three[0], "same")
    assert "not enough answers yet (21–100 %)" in his.get(reverse("matching")).content.decode()
    receive(account, *[message(f"x{n}", "Hi") for n in range(20)])
    for n in range(0, 20, 2):
        answer(his, suggest(f"x{n}", f"x{n + 1}", p=0.96), "apart" if n == 0 else "same")
    text = his.get(reverse("matching")).content.decode()
    assert "91 % (62–98 %)" in text
    assert "95–99 of 100" in text


def test_why_shows_proof_decisions_vetoes_and_the_sum(three, his, mette):
    page = reverse("why", args=[handle("karo").pk, handle("kv").pk])
    text = his.get(page).content.decode()
    known = why(handle("karo").pk, handle("kv").pk)
    for words in (
        "Are these two one person?",
        "Show as table",
        *(f"{p['bits']:+.1f}".replace("-", "−") for p in known.parts),
        "Nobody has said that they are two",
        "Nothing proves it",
    ):
        assert words in text, words
    Mark.objects.create(handle=handle("kv"), kind="shared", at=now())
    keep_apart(one=owner("karo"), other=owner("kv"), by=mette, why="Two cities", at=now())
    text = his.get(page).content.decode()
    for words in ("Mette Krogh said that they are not the same (Today)", "Two cities", "Lift it", "used by several people"):
        assert words in text, words
    backwards = his.get(reverse("why", args=[handle("kv").pk, handle("karo").pk])).content.decode()
    assert "Two cities" in backwards


def test_why_two_handles_are_one_person(three, his, mette):
    merge(kept=owner("karo"), absorbed=owner("kv"), by=mette, why="She said so", at=now())
    text = his.get(reverse("why", args=[handle("karo").pk, handle("kv").pk])).content.decode()
    for words in ("Why are these two one person?", "She said so", "Mette Krogh"):
        assert words in text, words


def test_a_veto_is_lifted_and_the_lifting_taken_back(three, his, mette):
    pair = [handle("karo").pk, handle("kv").pk]
    keep_apart(one=owner("karo"), other=owner("kv"), by=mette, why="Two cities", at=now())
    page = his.post(reverse("why_lift", args=pair), follow=True).content.decode()
    assert "Undo the lifting" in page
    assert "lifted by Jonas Lund" in page
    assert not Veto.objects.filter(lifted_at=None).exists()
    frozen = everything()
    assert "Nothing is said against" in his.post(reverse("why_lift", args=pair), follow=True).content.decode()
    assert "nothing to take back" in signed_in(mette).post(reverse("why_hold", args=pair), follow=True).content.decode()
    assert everything() == frozen
    assert "They are kept two again" in his.post(reverse("why_hold", args=pair), follow=True).content.decode()
    assert Veto.objects.get(lifted_at=None).by == mette


def test_whom_to_compare_with_is_searched(three, his):
    page = reverse("why_choose", args=[handle("karo").pk])
    assert "Karoline Vestergaard" in his.get(page).content.decode()
    found = his.get(page, {"q": "Ib\x00"}, headers={"hx-request": "true"}).content.decode()
    assert reverse("why", args=[handle("karo").pk, handle("ibsen").pk]) in found
    assert "Karoline" not in found
    assert his.get(reverse("why_choose", args=[uuid4()])).status_code == 404
    assert his.get(reverse("why", args=[handle("karo").pk, uuid4()])).status_code == 404
    assert his.get(reverse("why", args=[handle("karo").pk] * 2)).status_code == 302


def test_thresholds_are_tried_before_they_are_saved(three, hers):
    page = reverse("identity_settings")
    frozen = everything()
    text = hers.get(page).content.decode()
    assert "only what is proved joins by itself" in text
    assert "is-primary" not in text.split('id="effect"')[1]
    wanted = {"alone": "likely", "join_at": "99.5", "suggest_at": "60"}
    tried = hers.get(page, wanted, headers={"hx-request": "true"}).content.decode()
    assert "Save; 1 pair may join by itself" in tried
    assert "Under 99 per cent" not in tried
    risky = hers.get(page, {**wanted, "join_at": "95"}).content.decode()
    assert "Save; 2 pairs may join by themselves" in risky
    assert "Under 99 per cent" in risky
    assert everything() == frozen
    assert hers.post(page, wanted).status_code == 302
    assert (Policy.objects.get().join_at, Policy.objects.get().suggest_at) == (0.995, 0.6)
    assert "Set by Mette Krogh" in hers.get(page).content.decode()
    hers.post(reverse("identity_settings_undo"))
    assert (Policy.objects.get().join_at, Policy.objects.get().suggest_at) == (None, 0.5)
    assert hers.post(reverse("identity_settings_undo")).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"alone": "likely", "join_at": "", "suggest_at": "60"},
        {"alone": "likely", "join_at": "55", "suggest_at": "60"},
        {"alone": "likely", "join_at": "101", "suggest_at": "60"},
        {"alone": "proof", "join_at": "", "suggest_at": "0"},
        {"alone": "proof", "join_at": "", "suggest_at": "NaN"},
        {"alone": "always", "join_at": "99", "suggest_at": "60"},
        {},
    ],
)
def test_thresholds_that_make_no_sense_are_refused(three, hers, wrong):
    frozen = everything()
    assert hers.post(reverse("identity_settings"), wrong).status_code == 422
    if wrong:
        tried = hers.get(reverse("identity_settings"), wrong, headers={"hx-request": "true"}).content.decode()
        assert 'role="alert"' in tried
        assert "Save" not in tried
    assert everything() == frozen


def test_the_state_of_the_weights_is_shown_and_they_can_be_learned_anew(three, hers):
    page = reverse("identity_settings")
    assert "Nothing was learned here yet" in hers.get(page).content.decode()
    Weights.objects.create(at=now(), engine="splink", handles=12345, decisions=67, weights={"version": 1})
    text = hers.get(page).content.decode()
    for words in ("splink", "12345", "67", "in use"):
        assert words in text, words
    assert "Learn anew" in text
