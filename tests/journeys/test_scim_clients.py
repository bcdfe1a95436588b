"""What Entra ID and Okta send, word for word as they document it; and who is let in at SCIM's door."""

import json
import logging
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from samspil.base.clock import now
from samspil.base.errors import NotAllowed
from samspil.organisation.actions import make_unit, outside_colleagues
from samspil.organisation.models import Colleague, Competence, CompetenceHeld, Unit
from samspil.provision.actions.carry import carry_on
from samspil.provision.actions.runs import undo
from samspil.provision.actions.tokens import make_token, revoke_token
from samspil.provision.models import Run, RunRow, Token

pytestmark = pytest.mark.django_db
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ENTRA_USER = {
    "schemas": [USER, ENTERPRISE],
    "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
    "userName": "soren@firma.example",
    "active": True,
    "displayName": "Søren Ågård",
    "emails": [{"primary": True, "type": "work", "value": "soren@firma.example"}],
    "meta": {"resourceType": "User"},
    "name": {"formatted": "Søren Ågård", "familyName": "Ågård", "givenName": "Søren"},
    "title": "Cykelsmed",
    "phoneNumbers": [{"type": "work", "value": "+4512345678"}],
    ENTERPRISE: {"department": "Værksted"},
}


@pytest.fixture(autouse=True)
def _fresh():
    cache.clear()


class Door:
    def __init__(self, secret):
        self.client = Client(headers={"authorization": f"Bearer {secret}"})

    def __call__(self, method, path, body=None, **headers):
        answer = self.client.generic(
            method, f"/scim/v2{path}", json.dumps(body) if body is not None else "", "application/scim+json", headers=headers
        )
        return answer.status_code, json.loads(answer.content) if answer.content else None

    def patch(self, path, *operations, **headers):
        """What came of it; a 204 is followed by a look, as both do."""
        answer = self("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)}, **headers)
        return self("GET", path) if answer == (204, None) else answer


@pytest.fixture
def door(mette):
    return Door(make_token(name="Entra", groups="units", roles=False, by=mette, at=now())[1])


@pytest.fixture
def soren(door):
    status, body = door("POST", "/Users", ENTRA_USER)
    assert status == 201
    return body


def colleague(body):
    return Colleague.objects.get(pk=body["id"])


def test_entra_finds_nobody_then_makes_the_person(door):
    status, body = door("GET", '/Users?filter=userName+eq+"soren@firma.example"')
    assert (status, body["totalResults"]) == (200, 0)
    status, body = door("POST", "/Users", ENTRA_USER)
    assert (status, body["userName"], body["active"]) == (201, "soren@firma.example", True)
    assert "phoneNumbers" not in body
    row = colleague(body)
    assert (row.name, row.title, row.email, row.unit.name, row.role) == (
        "Søren Ågård", "Cykelsmed", "soren@firma.example", "Værksted", "employee",
    )  # fmt: skip
    assert not row.has_usable_password()
    for wanted in (
        'userName eq "SOREN@firma.example"',
        f'externalId eq "{ENTRA_USER["externalId"]}"',
        'emails[type eq "work"].value co "soren"',
    ):
        assert door("GET", f"/Users?filter={wanted.replace(' ', '+')}")[1]["totalResults"] == 1


def test_entra_patches_in_its_own_way(door, soren, jonas):
    status, body = door.patch(
        f"/Users/{soren['id']}",
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "sa@firma.example"},
        {"op": "Replace", "path": "name.familyName", "value": "Aagaard"},
        {"op": "Replace", "path": "displayName", "value": "Søren Aagaard"},
        {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": str(jonas.pk)},
        {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Salg"},
    )
    assert status == 200, body
    row = colleague(soren)
    assert (row.email, row.name, row.unit.name) == ("sa@firma.example", "Søren Aagaard", "Salg")
    assert body[ENTERPRISE]["manager"]["value"] == str(jonas.pk)


@pytest.mark.parametrize("value", ["False", False])
@pytest.mark.parametrize("path", ["active", None])
def test_who_is_disabled_loses_the_access(door, soren, value, path):
    operation = {"op": "Replace", "path": path, "value": value} if path else {"op": "replace", "value": {"active": value}}
    status, body = door.patch(f"/Users/{soren['id']}", operation)
    assert (status, body["active"]) == (200, False)
    assert not colleague(soren).is_active
    assert door.patch(f"/Users/{soren['id']}", {"op": "Replace", "path": "active", "value": "True"})[1]["active"] is True
    assert colleague(soren).is_active


def test_who_is_deleted_is_closed_and_the_same_when_they_come_back(door, soren):
    assert door("DELETE", f"/Users/{soren['id']}") == (204, None)
    assert not colleague(soren).is_active
    assert door("GET", f"/Users/{soren['id']}")[0] == 404
    assert door("GET", '/Users?filter=userName+eq+"soren@firma.example"')[1]["totalResults"] == 0
    status, body = door("POST", "/Users", ENTRA_USER)
    assert (status, body["id"]) == (201, soren["id"])
    assert colleague(soren).is_active


def test_somebody_who_is_here_already_is_found_and_not_made_again(door, jonas):
    status, body = door("POST", "/Users", {**ENTRA_USER, "userName": "jonas@firma.example", "emails": []})
    assert (status, body["scimType"]) == (409, "uniqueness")
    found = door("GET", '/Users?filter=userName+eq+"jonas@firma.example"')[1]["Resources"][0]
    assert found["id"] == str(jonas.pk)
    status, body = door(
        "PUT", f"/Users/{jonas.pk}", {"schemas": [USER], "userName": "jonas@firma.example", "displayName": "Jonas H. Lund"}
    )
    assert status == 200
    jonas.refresh_from_db()
    assert (jonas.name, jonas.is_active) == ("Jonas H. Lund", True)
    assert Colleague.objects.filter(outside=False).count() == 2


def test_a_colleague_of_history_is_taken_in(door):
    outside_colleagues(handles=[("mail", "soren@firma.example", "soren")])
    before = Colleague.objects.get(email="soren@firma.example").pk
    status, body = door("POST", "/Users", ENTRA_USER)
    assert (status, body["id"]) == (201, str(before))
    assert not Colleague.objects.get(pk=before).outside


def test_the_last_administrator_is_not_locked_out(door, mette):
    for answer in (
        door("DELETE", f"/Users/{mette.pk}"),
        door.patch(f"/Users/{mette.pk}", {"op": "Replace", "path": "active", "value": "False"}),
    ):
        assert answer[0] == 403
    mette.refresh_from_db()
    assert mette.is_active
    assert not RunRow.objects.exists()


def test_a_role_only_where_the_token_says_so(door, mette):
    wanted = {**ENTRA_USER, "roles": [{"value": "admin", "primary": True}]}
    assert colleague(door("POST", "/Users", wanted)[1]).role == "employee"
    other = Door(make_token(name="Okta", groups="units", roles=True, by=mette, at=now())[1])
    body = other("POST", "/Users", {**wanted, "userName": "b@firma.example", "emails": [], "externalId": "b"})[1]
    assert colleague(body).role == "admin"


def test_okta_pushes_a_group_and_entra_takes_members_away(door, soren, jonas):
    status, group = door(
        "POST", "/Groups", {"schemas": [GROUP], "displayName": "Salg/Service", "members": [{"value": soren["id"]}]}
    )
    assert (status, [m["value"] for m in group["members"]]) == (201, [soren["id"]])
    assert colleague(soren).unit.name == "Salg/Service"
    there = f"/Groups/{group['id']}"
    door.patch(there, {"op": "Add", "path": "members", "value": [{"value": str(jonas.pk)}]})
    assert Colleague.objects.filter(unit=group["id"]).count() == 2
    door.patch(there, {"op": "Remove", "path": "members", "value": [{"value": str(jonas.pk)}]})
    assert [c.name for c in Colleague.objects.filter(unit=group["id"])] == ["Søren Ågård"]
    status, _body = door.patch(there, {"op": "remove", "path": f'members[value eq "{soren["id"]}"]'})
    assert status == 200
    assert not Colleague.objects.filter(unit=group["id"]).exists()
    door.patch(there, {"op": "replace", "value": {"id": group["id"], "displayName": "Salg og service"}})
    assert Unit.objects.get(pk=group["id"]).name == "Salg og service"
    status, body = door.patch(there, {"op": "Add", "path": "members", "value": [{"value": str(uuid4())}]})
    assert (status, body["scimType"]) == (400, "invalidValue")
    assert door("DELETE", there)[0] == 204
    assert door("GET", there)[0] == 404
    assert Unit.objects.filter(pk=group["id"]).exists()


def test_groups_can_be_competences(mette, jonas):
    door = Door(make_token(name="Okta", groups="competences", roles=False, by=mette, at=now())[1])
    group = door("POST", "/Groups", {"schemas": [GROUP], "displayName": "Batteri", "members": [{"value": str(jonas.pk)}]})[1]
    held = CompetenceHeld.objects.get()
    assert (held.colleague, held.competence.name, held.level) == (jonas, "Batteri", 3)
    door.patch(f"/Groups/{group['id']}", {"op": "remove", "path": "members"})
    assert not CompetenceHeld.objects.exists()
    door("DELETE", f"/Groups/{group['id']}")
    assert not Competence.objects.get(pk=group["id"]).active


def test_a_version_that_is_old_changes_nothing(door, soren):
    old = soren["meta"]["version"]
    assert door.patch(f"/Users/{soren['id']}", {"op": "replace", "path": "title", "value": "Chef"}, if_match=old)[0] == 200
    assert door.patch(f"/Users/{soren['id']}", {"op": "replace", "path": "title", "value": "Svend"}, if_match=old)[0] == 412
    assert colleague(soren).title == "Chef"


def test_what_was_changed_by_hand_is_seen(door, soren):
    Colleague.objects.filter(pk=soren["id"]).update(name="Sørine Ågård", title="")
    body = door("GET", f"/Users/{soren['id']}")[1]
    assert (body["displayName"], body["name"]["formatted"], "title" in body) == ("Sørine Ågård", "Sørine Ågård", False)
    assert body["meta"]["version"] != soren["meta"]["version"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind"),
    [
        ("GET", "/Users?filter=userName+eq", None, 400, "invalidFilter"),
        ("POST", "/Users", {"schemas": [USER]}, 400, "invalidValue"),
        ("POST", "/Users", {"schemas": [USER], "userName": "a@b.dk", "title": "x" * 200}, 400, "invalidValue"),
        ("GET", "/Users/nobody", None, 404, None),
        ("POST", "/Nothing", {}, 404, None),
        ("POST", "/Bulk", {}, 501, None),
    ],
)
def test_errors_are_scim_s_and_nothing_is_changed(door, method, path, body, status, kind):
    before = Colleague.objects.count()
    answer = door(method, path, body)
    assert (answer[0], answer[1].get("scimType")) == (status, kind)
    assert answer[1]["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert Colleague.objects.count() == before


def test_a_page_of_many(door, mette):
    make_unit(name="A", by=mette)
    for i in range(5):
        Colleague.objects.create_user(f"p{i}@firma.example", None, name=f"P{i}")
    body = door("GET", "/Users?startIndex=2&count=3&attributes=userName&sortBy=userName")[1]
    assert (body["totalResults"], body["startIndex"], body["itemsPerPage"]) == (6, 2, 3)
    assert [u["userName"] for u in body["Resources"]] == ["p0@firma.example", "p1@firma.example", "p2@firma.example"]
    assert all("displayName" not in u for u in body["Resources"])


@pytest.mark.parametrize("path", ["/Users", "/Users/1", "/Groups", "/ServiceProviderConfig", "/Nothing"])
def test_without_a_token_every_door_looks_the_same(organisation, path):
    answers = [
        Client(headers=h).get(f"/scim/v2{path}") for h in ({}, {"authorization": "Bearer x"}, {"authorization": "Basic eDp5"})
    ]
    assert {a.status_code for a in answers} == {401}
    assert len({a.content for a in answers}) == 1
    assert "Bearer" in answers[0]["WWW-Authenticate"]


def test_a_session_opens_nothing(mette):
    client = Client()
    client.force_login(mette)
    assert client.get("/scim/v2/Users").status_code == 401


def test_a_token_is_kept_as_a_hash_shown_in_no_log_and_can_be_revoked(mette, jonas, caplog):
    caplog.set_level(logging.DEBUG)
    row, secret = make_token(name="Entra", groups="units", roles=False, by=mette, at=now())
    door = Door(secret)
    assert door("GET", "/Users")[0] == 200
    row.refresh_from_db()
    assert row.used_at is not None
    assert secret not in str(Token.objects.values())
    with pytest.raises(NotAllowed):
        revoke_token(token=row.pk, by=jonas, at=now())
    assert door("GET", "/Users")[0] == 200
    revoke_token(token=row.pk, by=mette, at=now())
    assert door("GET", "/Users")[0] == 401
    assert secret not in caplog.text


def test_who_guesses_is_slowed_down(organisation):
    answers = [Client().get("/scim/v2/Users").status_code for _ in range(40)]
    assert answers[:30] == [401] * 30
    assert answers[-1] == 429


def test_a_body_that_is_too_large_is_refused(door):
    assert door("POST", "/Users", {**ENTRA_USER, "displayName": "x" * 1_100_000})[0] == 413
    assert not Colleague.objects.filter(email="soren@firma.example").exists()


def test_a_day_of_a_token_is_one_import_and_is_taken_back(door, soren, mette, jonas):
    door.patch(f"/Users/{jonas.pk}", {"op": "replace", "path": "title", "value": "Chef"})
    run = Run.objects.get()
    assert (run.state, run.counts, run.total) == ("done", {"create": 1, "change": 1}, 2)
    undo(run=run.pk, by=mette, at=now())
    carry_on(run=run.pk)
    jonas.refresh_from_db()
    assert (jonas.title, colleague(soren).is_active) == ("", False)
