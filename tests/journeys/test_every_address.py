"""Every address of the pages, asked for by nobody, by each built-in role, and by a role for each right. A new one is put in its place here."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from samspil.base.clock import now
from samspil.organisation.actions import change_colleague, end_role, found, make_role, take_in
from samspil.organisation.models import Colleague, Unit
from samspil.organisation.queries.rights import REACHES, Right
from samspil.organisation.rules.rights import BUILT_IN

pytestmark = pytest.mark.django_db
NOWHERE = UUID("01a21983-0000-7000-8000-000000000000")
VALUES = {"uuid": NOWHERE, "slug": "x", "str": "x", "int": 1, "path": "x"}
OTHERS = ("account/", "i18n/", "scim/", "^")
"""Pages of Django's and allauth's own, and of SCIM, which has a key of its own and tests of its own."""

OPEN = {"healthz", "first_run", "pulse_page"}
"""For everybody who has the address; each looks after itself."""
WANTS: dict[Right, str] = {
    Right.CHANNELS: """account_choose account_connect account_edit account_heard account_hold account_leave account_sign_in
        account_signed_in account_test account_try accounts""",
    Right.ARRIVALS: """arrivals arrivals_columns arrivals_do arrivals_example arrivals_ldap arrivals_ldap_look arrivals_links
        arrivals_progress arrivals_revoke arrivals_run arrivals_scim""",
    Right.ASSIST: "assist_model assist_test",
    Right.ASSIST_FIGURES: "assist_figures",
    Right.AUTO: """auto_approve auto_back auto_cases auto_label auto_progress auto_save auto_switch auto_try auto_unit auto_units
        auto_withdraw""",
    Right.CHECKLISTS: "checklist_edit checklist_new",
    Right.HOURS: "team_absence team_hours team_week",
    Right.SHARING: "sharing sharing_back",
    Right.ATTRIBUTES: "attribute_archive attribute_change attribute_shift attributes",
    Right.COLLEAGUES: "close_colleague edit_colleague new_colleague sign_in_link",
    Right.STRUCTURE: "edit_competence edit_unit new_competence new_unit retire_competence",
    Right.HEALTH: "envelope health health_again refused",
    Right.FORGET: "forget_person",
    Right.MATCHING: "identity_learn identity_learning identity_settings identity_settings_undo",
    Right.IMPORT: "people_columns people_do people_import people_not_taken people_progress people_run",
    Right.ROLES: "edit_colleague end_role new_role role role_back roles",
    Right.LOAD: "load_ahead load_was sharing",
    Right.READY: "ready_edit ready_new",
    Right.RULES: """rule rule_answers rule_back rule_delete rule_edit rule_history rule_move rule_new rule_resume rule_save rule_switch
        rule_take rule_try rule_undo rules""",
    Right.JOIN: """join keep_apart lift_veto matching matching_answer matching_back matching_more matching_undo merge move_handle
        split_person take_apart undo_merge why_hold why_lift""",
    Right.EXPORT: "segment_export",
}
"""For whoever has the right, wherever it reaches; one of them is enough. What else asks for a right, asks it of what the page is about."""
COLLEAGUES = frozenset(
    """
    absence_back add_absence add_day apart assist assist_inserted assist_leaves assist_make assist_shown assist_useless
    settings_link settings_seat aside aside-do aside-edit aside-others aside-say aside-seen asides asides-count
    asides-manner ask ask-whom assign-menu bulk-menu canned change change-again change-cancel colleague competence
    competences confirm_level consumer consumers conversation desk detail_add detail_correct detail_end detail_form
    detail_restore do draft earlier edit_feeling edit_promise edit_unit_hours end_absence end_day feeling file file-describe
    file-remove file_add file_delete file_get file_restore filter-forget filter-menu filter-save fresh give_level held here
    join-menu limit_level load mail-page mail-source mail-whole mark_again mark_end mark_put mentions more news news-latest
    news-seen note note_add note_change note_delete note_restore organisation own_hours palette person pulse ready
    ready_back ready_end rename_consumer rename_undo reply reply-cancel reply-now reply-resend rows rule_why seen segment
    segment_change segment_edit segment_end segment_new segment_save segment_undo segments sent-file settings
    settings_address settings_away settings_know settings_languages settings_reached split template-send templates timeline
    try_widget typing unconfirm undo undo_week unit unit_hours units unmark why why_choose
    approval-back approval-undo approval-yes approvals approvals-count auto_mark auto_pending auto_refuse auto_stop auto_wrong
    checklist_back checklist_end checklists handed handed-read handing handing-preview hours_seen list-add list-begin
    list-choose list-do list-finish lists step-do step-people unit_approvals unit_room
    course_back due due-why edit_course priority priority-undo promise_again promise_back promises promises_going
    """.split()
)
"""For whoever is signed in; what each may see of it is the actions' and queries' to say."""


def addresses() -> dict[str, str]:
    """{name: a path with made-up values}."""
    told: dict[str, str] = {}

    def walk(patterns, prefix: str) -> None:
        for one in patterns:
            route = prefix + str(one.pattern)
            if isinstance(one, URLResolver):
                walk(one.url_patterns, route)
            elif isinstance(one, URLPattern) and one.name and not route.startswith(OTHERS):
                path = route
                for name, converter in one.pattern.converters.items():
                    kind = type(converter).__name__.removesuffix("Converter").replace("String", "str").lower()
                    path = path.replace(f"<{kind}:{name}>", str(VALUES[kind]))
                told[one.name] = "/" + path

    walk(get_resolver().url_patterns, "")
    return told


@pytest.fixture
def people(db) -> dict[str, Colleague]:
    found(name="Prøve", language="da")
    unit = Unit.objects.get(triage=True)
    return {
        role: take_in(email=f"{role}@firma.example", name=role.title(), password="cykelkurv-i-regn", unit=unit, role=role)
        for role in ("employee", "lead", "admin")
    }


def answers(client: Client) -> dict[str, set[int]]:
    return {name: {client.get(path).status_code, client.post(path).status_code} for name, path in addresses().items()}


def test_who_is_not_signed_in_is_let_in_nowhere(people):
    client = Client(raise_request_exception=False)
    let_in = {name: sorted(codes) for name, codes in answers(client).items() if not codes <= {302, 401, 403, 404, 405}}
    assert set(let_in) <= OPEN, let_in
    for name, path in addresses().items():
        if name not in OPEN:
            answer = client.get(path)
            assert answer.status_code != 302 or "/account/login/" in answer["Location"], name


def refused(rights) -> set[str]:
    """What is refused to somebody with these rights and no others."""
    wanting = {
        name: {r for r, names in WANTS.items() if name in names.split()} for names in WANTS.values() for name in names.split()
    }
    return {name for name, wanted in wanting.items() if not wanted & set(rights)}


def test_each_role_opens_what_its_rights_open(people):
    assert set(addresses()) - OPEN - refused(set()) == COLLEAGUES
    for role in ("employee", "lead", "admin"):
        client = Client(raise_request_exception=False)
        client.force_login(people[role])
        assert {name for name, codes in answers(client).items() if codes == {403}} == refused(BUILT_IN[role]), role


def test_a_role_of_ones_own_opens_what_its_rights_open(people):
    """One that allows nothing opens what is everybody's; each right opens its own pages and no other."""
    asked = {name: path for name, path in addresses().items() if name in refused(set())}
    for rights in [{}, *({right: reaches[-1]} for right, reaches in REACHES.items())]:
        role = make_role(name="Prøve", rights=rights, by=people["admin"], at=now())
        change_colleague(colleague=people["employee"].pk, by=people["admin"], custom_role=role)
        client = Client(raise_request_exception=False)
        client.force_login(people["employee"])
        paths = asked if rights else addresses()
        codes = {name: {client.get(path).status_code, client.post(path).status_code} for name, path in paths.items()}
        assert {name for name, found in codes.items() if found == {403}} == refused(rights), rights
        assert not [name for name, found in codes.items() if any(code >= 500 for code in found)], rights
        change_colleague(colleague=people["employee"].pk, by=people["admin"], custom_role=None)
        end_role(role=role.pk, by=people["admin"], at=now())


def test_no_session_opens_what_has_a_key_of_its_own(people):
    for n, colleague in enumerate(people.values(), 1):
        client = Client(raise_request_exception=False, REMOTE_ADDR=f"192.0.2.{n}")  # knocks are counted for each address
        client.force_login(colleague)
        for path in ("", "Users", f"Users/{NOWHERE}", "Groups", f"Groups/{NOWHERE}", "Bulk", "Schemas", "Me"):
            assert {client.get(f"/scim/v2/{path}").status_code, client.post(f"/scim/v2/{path}").status_code} == {401}, path


def test_nothing_falls_over_for_anybody(people):
    for role, colleague in people.items():
        client = Client(raise_request_exception=False)
        client.force_login(colleague)
        fell = {name: codes for name, codes in answers(client).items() if any(code >= 500 for code in codes)}
        assert fell == {}, role
