"""Roles of the organisation's own: exactly their rights, nothing by the back door, and a history of who gave whom what."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from samspil.automation.models import Rule
from samspil.base import sql
from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound
from samspil.conversation.models import Conversation
from samspil.conversation.queries import access_conversation, inbox
from samspil.hours.actions import may_arrange
from samspil.identity.actions import merge
from samspil.load.queries import scope
from samspil.organisation.actions import (
    Newcomer,
    add_address,
    add_competence,
    add_unit,
    bring_back_role,
    bring_colleagues,
    change_colleague,
    change_role,
    change_unit,
    end_role,
    give_level,
    let_go,
    make_role,
    make_unit,
    take_in,
)
from samspil.organisation.actions.administer import LastAdministrator, NameMissing, NameTaken
from samspil.organisation.actions.roles import RoleInUse
from samspil.organisation.models import Colleague, CompetenceHeld, CustomRole, RoleChange, Unit
from samspil.organisation.queries.rights import (
    Reach,
    Right,
    may,
    may_change,
    may_in,
    sees_everything,
    who_may,
    who_may_in,
    whole_house,
)
from samspil.provision.actions.tokens import make_token
from samspil.provision.queries import acting
from tests.journeys.conftest import mail, receive
from tests.journeys.rules import do, rule

pytestmark = pytest.mark.django_db
EVERYWHERE, BELOW, UNIT = Reach.EVERYWHERE, Reach.BELOW, Reach.UNIT


@pytest.fixture
def shop(organisation) -> Unit:
    return add_unit(name="Butik")


@pytest.fixture
def workshop(shop) -> Unit:
    return add_unit(name="Værksted", parent=shop)


@pytest.fixture
def ida(shop) -> Colleague:
    return take_in(email="ida@firma.example", name="Ida Ravn", unit=shop)


def given(who: Colleague, by: Colleague, name: str = "Prøve", **rights: Reach) -> Colleague:
    """The colleague anew, with a role of exactly these rights."""
    role = make_role(name=name, rights={Right(key): reach for key, reach in rights.items()}, by=by, at=now())
    change_colleague(colleague=who.pk, by=by, custom_role=role)
    return again(who)


def again(who: Colleague) -> Colleague:
    return Colleague.objects.select_related("custom_role").get(pk=who.pk)


def state() -> list[tuple[object, ...]]:
    """All that a refusal must leave as it is."""
    people = list(Colleague.objects.order_by("pk").values_list("pk", "email", "role", "custom_role", "unit", "is_active"))
    roles = list(CustomRole.objects.order_by("pk").values_list("pk", "name", "rights", "ended_at"))
    return [*people, *roles, ("changes", RoleChange.objects.count()), *Unit.objects.order_by("pk").values_list("pk", "closed")]


def refuses(deed, error=NotAllowed) -> None:
    before = state()
    with pytest.raises(error):
        deed()
    assert state() == before


def test_a_role_gives_exactly_its_rights(mette, ida, shop, workshop, jonas):
    ida = given(ida, mette, hours=BELOW, ready=EVERYWHERE)
    assert [right for right in Right if may(ida, right)] == [Right.READY, Right.HOURS]
    assert may_in(ida, Right.HOURS, shop.pk)
    assert may_in(ida, Right.HOURS, workshop.pk)
    assert not may_in(ida, Right.HOURS, jonas.unit_id)
    assert not may_in(ida, Right.HOURS, None)
    assert may_arrange(by=ida, unit=workshop)
    assert not may_arrange(by=ida, colleague=jonas)
    assert (ida.role, ida.is_staff) == ("employee", False)


def test_a_role_without_rights_takes_away_what_an_employee_may(mette, jonas, mailbox):
    for sender in ("A <a@x.example>", "B <b@x.example>"):
        receive(mailbox, mail(sender=sender))
    one, other = Conversation.objects.order_by("pk").values_list("consumer", flat=True)
    jonas = given(jonas, mette)
    with pytest.raises(NotAllowed):
        merge(kept=one, absorbed=other, by=jonas, why="", at=now())
    assert Conversation.objects.filter(consumer=one).count() == 1
    change_colleague(colleague=jonas.pk, by=mette, custom_role=None)
    merge(kept=one, absorbed=other, by=again(jonas), why="", at=now())
    assert Conversation.objects.filter(consumer=one).count() == 2


def test_whoever_has_left_may_nothing(mette, jonas):
    other = take_in(email="leo@firma.example", name="Leo", role="admin")
    change_colleague(colleague=other.pk, by=mette, is_active=False)
    other = again(other)
    assert not any(may(other, right) for right in Right)
    refuses(lambda: make_unit(by=other, name="Ny"))
    assert who_may(Right.CHANNELS) == [mette.pk]


def test_closed_units_are_seen_by_the_right_alone(mette, ida, jonas, shop, mailbox):
    receive(mailbox, mail())
    row = Conversation.objects.get()
    Conversation.objects.update(unit=add_unit(name="Lukket", closed=True))
    assert list(inbox(by=jonas, view="all")) == []
    jonas = given(jonas, mette, see_everything=EVERYWHERE)
    assert [r.id for r in inbox(by=jonas, view="all")] == [row.pk]
    assert access_conversation(by=jonas, conversation=row.pk).pk == row.pk
    assert sees_everything(whole_house())
    ida = given(ida, mette, "Alt andet", **{right.value: EVERYWHERE for right in (Right.ROLES, Right.CHANNELS, Right.FORGET)})
    assert list(inbox(by=ida, view="all")) == []
    with pytest.raises(NotFound):
        access_conversation(by=ida, conversation=row.pk)


def test_nobody_gives_what_they_do_not_have(mette, ida, jonas, shop):
    ida = given(ida, mette, roles=EVERYWHERE, colleagues=EVERYWHERE, hours=UNIT, join=EVERYWHERE, export=EVERYWHERE)
    refuses(lambda: make_role(name="Mere", rights={Right.CHANNELS: EVERYWHERE}, by=ida, at=now()))
    refuses(lambda: make_role(name="Mere", rights={Right.HOURS: EVERYWHERE}, by=ida, at=now()))
    refuses(lambda: change_role(role=ida.custom_role_id, name="Mere", rights={Right.CHANNELS: EVERYWHERE}, by=ida, at=now()))
    for role in ("lead", "admin"):
        refuses(lambda role=role: change_colleague(colleague=ida.pk, by=ida, role=role, custom_role=None))
        refuses(lambda role=role: change_colleague(colleague=jonas.pk, by=ida, role=role))
        refuses(lambda role=role: take_in(email="ny@firma.example", name="Ny", role=role, by=ida))
    less = make_role(name="Timer", rights={Right.HOURS: UNIT}, by=ida, at=now())
    refuses(lambda: change_colleague(colleague=jonas.pk, by=ida, custom_role=less))
    refuses(lambda: take_in(email="ny@firma.example", name="Ny", custom_role=less, by=ida, unit=jonas.unit))
    new = take_in(email="ny@firma.example", name="Ny", custom_role=less, by=ida, unit=shop)
    assert (new.custom_role_id, new.role) == (less.pk, "employee")
    refuses(lambda: change_colleague(colleague=new.pk, by=ida, unit=jonas.unit))


def test_whoever_may_do_more_is_left_alone(mette, ida, jonas):
    """A changed address or a new way to sign in would be that colleague's power."""
    ida = given(ida, mette, colleagues=EVERYWHERE, seats=EVERYWHERE, arrivals=EVERYWHERE, join=EVERYWHERE, export=EVERYWHERE)
    refuses(lambda: change_colleague(colleague=mette.pk, by=ida, email="min@ond.example"))
    refuses(lambda: let_go(colleague=mette, by=ida))
    refuses(lambda: add_address(colleague=mette, address="min@ond.example", by=ida, at=now()))
    refuses(lambda: bring_colleagues(newcomers=[], changes={mette.pk: {"email": "min@ond.example"}}, by=ida))
    refuses(lambda: bring_colleagues(newcomers=[Newcomer(email="x@x.example", name="X", role="admin")], changes={}, by=ida))
    client = Client()
    client.force_login(ida)
    before = state()
    assert client.post(reverse("sign_in_link", args=[mette.pk])).status_code == 403
    assert client.get(reverse("edit_colleague", args=[mette.pk])).status_code == 403
    assert client.post(reverse("close_colleague", args=[mette.pk])).status_code == 403
    assert state() == before
    assert client.post(reverse("sign_in_link", args=[jonas.pk])).status_code == 200
    add_address(colleague=jonas, address="jonas@hjemme.example", by=ida, at=now())
    assert jonas.addresses.count() == 1


def test_nobody_comes_into_a_closed_unit_through_the_side_door(mette, ida, jonas):
    closed = add_unit(name="Lukket", closed=True)
    ida = given(ida, mette, colleagues=EVERYWHERE, structure=EVERYWHERE, join=EVERYWHERE, export=EVERYWHERE)
    refuses(lambda: change_colleague(colleague=ida.pk, by=ida, unit=closed))
    refuses(lambda: change_colleague(colleague=jonas.pk, by=ida, unit=closed))
    refuses(lambda: take_in(email="ny@firma.example", name="Ny", unit=closed, by=ida))
    refuses(lambda: change_unit(unit=closed.pk, by=ida, closed=False))
    change_colleague(colleague=jonas.pk, by=mette, unit=closed)
    assert again(jonas).unit_id == closed.pk


def test_colleagues_are_changed_as_far_as_the_right_goes(mette, ida, jonas, shop, workshop):
    ida = given(ida, mette, colleagues=BELOW, join=EVERYWHERE, export=EVERYWHERE, levels=UNIT)
    new = take_in(email="ny@firma.example", name="Ny", unit=workshop, by=ida)
    change_colleague(colleague=new.pk, by=ida, unit=shop, title="Smed")
    assert (again(new).unit_id, again(new).title) == (shop.pk, "Smed")
    refuses(lambda: change_colleague(colleague=new.pk, by=ida, unit=jonas.unit))
    refuses(lambda: change_colleague(colleague=new.pk, by=ida, unit=None))
    refuses(lambda: change_colleague(colleague=new.pk, by=ida, role="lead"))
    refuses(lambda: change_colleague(colleague=jonas.pk, by=ida, title="Smed"))
    refuses(lambda: take_in(email="x@firma.example", name="X", unit=jonas.unit, by=ida))
    refuses(lambda: take_in(email="x@firma.example", name="X", by=ida))
    assert may_change(ida, again(new))
    assert not may_change(ida, jonas)
    brakes = add_competence(name="Bremser")
    give_level(colleague=again(new), competence=brakes.pk, level=3, by=ida)
    with pytest.raises(NotAllowed):
        give_level(colleague=jonas, competence=brakes.pk, level=3, by=ida)
    assert list(CompetenceHeld.objects.values_list("colleague", "level")) == [(new.pk, 3)]


def test_somebody_is_always_left_who_may_do_everything(mette, ida):
    """A role of one's own counts for nothing here: whatever it allows today it may not tomorrow."""
    given(ida, mette, "Alt", **{right.value: Reach.UNIT if right == Right.LATE else EVERYWHERE for right in Right})
    own = CustomRole.objects.get(name="Alt")
    refuses(lambda: change_colleague(colleague=mette.pk, by=mette, role="employee"), LastAdministrator)
    refuses(lambda: change_colleague(colleague=mette.pk, by=mette, role="employee", custom_role=own), LastAdministrator)
    refuses(lambda: change_colleague(colleague=mette.pk, by=again(ida), is_active=False), LastAdministrator)
    change_colleague(colleague=ida.pk, by=mette, role="admin", custom_role=None)
    change_colleague(colleague=mette.pk, by=again(ida), role="employee", custom_role=own)
    assert again(mette).custom_role_id == own.pk


def test_the_database_keeps_one_role_a_person(mette, ida):
    ida = given(ida, mette)
    for role in ("lead", "admin"):
        with pytest.raises(IntegrityError, match="organisation_one_role"), transaction.atomic():
            Colleague.objects.filter(pk=ida.pk).update(role=role)
    refuses(lambda: end_role(role=ida.custom_role_id, by=mette, at=now()), RoleInUse)
    own = ida.custom_role
    change_colleague(colleague=ida.pk, by=mette, role="lead")
    assert (again(ida).role, again(ida).custom_role_id) == ("lead", None)
    change_colleague(colleague=ida.pk, by=mette, custom_role=own)
    assert (again(ida).role, again(ida).custom_role_id) == ("employee", own.pk)
    change_colleague(colleague=ida.pk, by=mette, role="employee", custom_role=None)
    end_role(role=own.pk, by=mette, at=now())
    refuses(lambda: change_colleague(colleague=ida.pk, by=mette, custom_role=CustomRole.objects.get()))


def test_a_role_is_removed_and_brought_back(mette, jonas):
    role = make_role(name="Vagt", name_en="Guard", rights={Right.LOAD: EVERYWHERE}, by=mette, at=now())
    refuses(lambda: make_role(name=" vagt ", rights={}, by=mette, at=now()), NameTaken)
    refuses(lambda: make_role(name=" ", rights={}, by=mette, at=now()), NameMissing)
    refuses(lambda: make_role(name="Ny", rights={Right.LATE: EVERYWHERE}, by=mette, at=now()), ValueError)
    refuses(lambda: make_role(name="Ny", rights={}, by=jonas, at=now()))
    refuses(lambda: end_role(role=role.pk, by=jonas, at=now()))
    end_role(role=role.pk, by=mette, at=now())
    refuses(lambda: change_role(role=role.pk, name="Vagt", rights={}, by=mette, at=now()), NotFound)
    make_role(name="Vagt", rights={}, by=mette, at=now())
    refuses(lambda: bring_back_role(role=role.pk, by=mette, at=now()), NameTaken)
    change_role(role=CustomRole.objects.get(ended_at=None).pk, name="Anden", rights={}, by=mette, at=now())
    bring_back_role(role=role.pk, by=mette, at=now())
    assert sorted(CustomRole.objects.filter(ended_at=None).values_list("name", flat=True)) == ["Anden", "Vagt"]


def test_what_happened_to_a_role_is_kept(mette, jonas):
    at = now()
    role = make_role(name="Vagt", rights={Right.LOAD: UNIT}, by=mette, at=at)
    change_role(
        role=role.pk, name="Nattevagt", rights={Right.LOAD: BELOW, Right.READY: EVERYWHERE}, by=mette, at=at + timedelta(1)
    )
    change_role(
        role=role.pk, name="Nattevagt", rights={Right.LOAD: BELOW, Right.READY: EVERYWHERE}, by=mette, at=at + timedelta(2)
    )
    change_colleague(colleague=jonas.pk, by=mette, custom_role=CustomRole.objects.get())
    change_colleague(colleague=jonas.pk, by=mette, title="Smed")
    change_colleague(colleague=jonas.pk, by=mette, role="lead", custom_role=None)
    assert list(RoleChange.objects.order_by("pk").values_list("what", "told", "by", "colleague")) == [
        ("made", {"load": ["nowhere", "unit"]}, mette.pk, None),
        (
            "changed",
            {"load": ["unit", "below"], "ready": ["nowhere", "everywhere"], "name": ["Vagt", "Nattevagt"]},
            mette.pk,
            None,
        ),
        ("given", {"before": "employee", "after": "Nattevagt"}, mette.pk, jonas.pk),
        ("given", {"before": "Nattevagt", "after": "lead"}, mette.pk, jonas.pk),
    ]


def test_who_may_is_found_in_one_statement(mette, ida, jonas, shop, workshop):
    lea = take_in(email="lea@firma.example", name="Lea", role="lead", unit=workshop)
    ida = given(ida, mette, hours=BELOW, late=UNIT)
    gone = take_in(email="leo@firma.example", name="Leo", role="lead", unit=workshop)
    let_go(colleague=gone, by=mette)
    with sql.counted() as statements:
        found = who_may_in(Right.HOURS, [shop.pk, workshop.pk])
        late = who_may_in(Right.LATE, [shop.pk, workshop.pk, mette.unit_id])
    assert len(statements) == 2
    assert found == {shop.pk: sorted([mette.pk, ida.pk]), workshop.pk: sorted([mette.pk, ida.pk, lea.pk])}
    assert late == {shop.pk: [ida.pk], workshop.pk: [lea.pk], mette.unit_id: [mette.pk]}
    for unit, who in found.items():
        assert sorted(c.pk for c in (mette, ida, jonas, lea, again(gone)) if may_in(c, Right.HOURS, unit)) == who


def test_a_page_asks_no_statement_more_for_a_role_of_ones_own(mette, jonas):
    def asked(who: Colleague, name: str) -> int:
        client = Client()
        client.force_login(who)
        assert client.get(reverse(name)).status_code == 200
        with CaptureQueriesContext(connection) as seen, sql.counted() as statements:
            client.get(reverse(name))
        return len(seen) + len(statements)

    before = {name: asked(jonas, name) for name in ("desk", "consumers", "organisation", "settings", "ready")}
    role = given(jonas, mette, join=EVERYWHERE, export=EVERYWHERE, ready=EVERYWHERE)
    assert {name: asked(role, name) for name in before} == before


def test_a_source_can_do_no_more_than_who_set_it_up(mette, ida):
    ida = given(ida, mette, arrivals=EVERYWHERE)
    with pytest.raises(NotAllowed):
        make_token(name="SCIM", groups="units", roles=True, by=ida, at=now())
    token, _secret = make_token(name="SCIM", groups="units", roles=False, by=ida, at=now())
    assert acting(token.by_id, whole=token.whole) == ida
    change_colleague(colleague=ida.pk, by=mette, custom_role=None)
    assert acting(token.by_id, whole=token.whole) is None
    hers, _secret = make_token(name="SCIM", groups="units", roles=True, by=mette, at=now())
    other = take_in(email="leo@firma.example", name="Leo", role="admin")
    change_colleague(colleague=mette.pk, by=other, is_active=False)
    assert acting(hers.by_id, whole=hers.whole) == other


def test_a_file_does_not_take_a_role_of_ones_own_away(mette, ida):
    ida = given(ida, mette, hours=UNIT)
    bring_colleagues(newcomers=[], changes={ida.pk: {"role": "lead", "title": "Smed"}}, by=mette)
    found = again(ida)
    assert (found.role, found.custom_role_id, found.title) == ("employee", ida.custom_role_id, "Smed")


def test_load_is_seen_as_far_as_the_right_goes(mette, ida, shop, workshop):
    closed = add_unit(name="Lukket", closed=True)
    ida = given(ida, mette, load=BELOW)
    assert [u.name for u in scope(ida).units] == ["Butik", "Værksted"]
    change_role(role=ida.custom_role_id, name="Prøve", rights={Right.LOAD: UNIT}, by=mette, at=now())
    assert [u.name for u in scope(again(ida)).units] == ["Butik"]
    change_role(role=ida.custom_role_id, name="Prøve", rights={Right.LOAD: EVERYWHERE}, by=mette, at=now())
    seen = scope(again(ida))
    assert (closed in seen.units, seen.whole, seen.leads) == (False, False, True)
    rights = {Right.LOAD: EVERYWHERE, Right.SEE_EVERYTHING: EVERYWHERE}
    change_role(role=ida.custom_role_id, name="Prøve", rights=rights, by=mette, at=now())
    assert scope(again(ida)).whole


def test_rules_are_written_where_the_right_reaches(mette, ida, shop):
    ida = given(ida, mette, rules=UNIT)
    assert rule(ida, do("done")).unit_id == shop.pk
    change_colleague(colleague=ida.pk, by=mette, custom_role=None)
    with pytest.raises(NotAllowed):
        rule(again(ida), do("done"), name="Ny")
    assert Rule.objects.count() == 1
