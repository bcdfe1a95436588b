import csv
import io

import polib
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from samspil.base import sql
from samspil.base.clock import now
from samspil.identity.actions.segments import save_segment
from samspil.identity.models import Segment
from samspil.look.build import HERE as LOOK
from samspil.screens.segments.tests.conftest import signed_in
from samspil.screens.segments.views.export import safe

pytestmark = pytest.mark.django_db


@pytest.fixture
def mail_people(people, jonas):
    return save_segment(name="Mail", filter="network:mail", by=jonas, at=now())


@pytest.mark.parametrize("name", ["segments", "segment_new", "segment", "segment_change", "segment_export"])
def test_strangers_are_sent_to_the_sign_in(mail_people, name):
    args = [] if name in ("segments", "segment_new") else [mail_people.pk]
    answer = Client().get(reverse(name, args=args))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ["segment_save", "segment_edit", "segment_change", "segment_end", "segment_undo"])
def test_strangers_change_nothing(mail_people, name):
    before = list(Segment.objects.values())
    args = [] if name in ("segment_save", "segment_edit") else [mail_people.pk]
    answer = Client().post(reverse(name, args=args), {"name": "Thief", "text": "name:x"})
    assert answer.status_code == 302
    assert list(Segment.objects.values()) == before


def test_a_line_gives_rows_and_the_people(people, his):
    text = his.post(reverse("segment_edit"), {"from": "text", "text": "network:mail and (name:soren or open)"}).content.decode()
    assert '<p class="fits-count">1 consumer</p>' not in text
    assert '<p class="fits-count">2 consumers</p>' in text
    assert text.count('name="kind" value="row"') == 3
    assert text.count('name="kind" value="group"') == 2
    assert "Søren Åkjær" in text


def test_rows_give_the_line_in_the_readers_language(people, jonas):
    data = {
        "from": "rows",
        "text": "",
        "kind": ["group", "row", "group", "row", "row"],
        "depth": ["0", "1", "1", "2", "2"],
        "mode": ["all", "", "none", "", ""],
        "field": ["", "network", "", "name", "open"],
        "op": ["", ":", "", "not :", "="],
        "value": ["", "mail", "", "x y", "0"],
    }
    english = signed_in(jonas).post(reverse("segment_edit"), data).content.decode()
    assert "network:mail and not (not name:&quot;x y&quot; or open=no)" in english
    jonas.language = "da"
    jonas.save()
    danish = signed_in(jonas, "da").post(reverse("segment_edit"), data).content.decode()
    assert "netværk:mail og ikke (ikke navn:&quot;x y&quot; eller åben=nej)" in danish


@pytest.mark.parametrize(
    ("do", "kinds"),
    [
        ("add 0", ["group", "row", "row"]),
        ("group 0", ["group", "row", "group", "row"]),
        ("remove 1", ["group"]),
        ("remove 0", ["group", "row"]),
        ("remove 99", ["group", "row"]),
        ("nonsense", ["group", "row"]),
    ],
)
def test_buttons_add_and_remove(people, his, do, kinds):
    data = {"do": do, "kind": ["group", "row"], "depth": ["0", "1"], "mode": ["all", ""]}
    data |= {"field": ["", "network"], "op": ["", ":"], "value": ["", "mail"]}
    text = his.post(reverse("segment_edit"), data).content.decode()
    found = [part.split('"')[0] for part in text.split('name="kind" value="')[1:]]
    assert found == kinds


def test_a_wrong_line_says_where_and_what_was_meant(people, his):
    text = his.post(reverse("segment_edit"), {"from": "text", "text": "network:mail and compny:x"}).content.decode()
    assert "At character 18: There is no field called “compny”. Did you mean “company”?" in text
    assert "fits-count" not in text


def test_a_wrong_value_is_said_at_its_row(people, his):
    data = {"from": "rows", "kind": ["group", "row"], "depth": ["0", "1"], "mode": ["all", ""]}
    data |= {"field": ["", "last_seen"], "op": ["", "<"], "value": ["", "soon"]}
    text = his.post(reverse("segment_edit"), data).content.decode()
    assert "“soon” is no date." in text
    assert 'aria-invalid="true"' in text


def test_saving_showing_changing_ending_and_undo(people, jonas, his):
    answer = his.post(reverse("segment_save"), {"name": " Mail  people ", "text": "netværk:mail", "shared": "1"})
    row = Segment.objects.get()
    assert answer.headers["Location"] == reverse("segment", args=[row.pk])
    assert (row.name, row.filter, row.by, row.shared) == ("Mail people", "network:mail", jonas, True)
    page = his.get(reverse("segment", args=[row.pk])).content.decode()
    assert "2 consumers" in page
    assert "Søren Åkjær" in page
    assert "Karoline" not in page
    his.post(reverse("segment_change", args=[row.pk]), {"name": "Chat", "text": "network:webchat"})
    row.refresh_from_db()
    assert (row.name, row.filter, row.shared) == ("Chat", "network:webchat", False)
    answer = his.post(reverse("segment_end", args=[row.pk]))
    row.refresh_from_db()
    assert row.ended_at is not None
    listed = his.get(answer.headers["Location"]).content.decode()
    assert reverse("segment_undo", args=[row.pk]) in listed
    assert "No segments yet" in listed
    his.post(reverse("segment_undo", args=[row.pk]))
    row.refresh_from_db()
    assert row.ended_at is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"name": "", "text": "network:mail"}, "Give the segment a name."),
        ({"name": "All", "text": ""}, "Say who is in it"),
        ({"name": "Bad", "text": "network:"}, "The line is not finished."),
    ],
)
def test_what_is_refused_is_said_and_nothing_is_kept(people, his, data, said):
    answer = his.post(reverse("segment_save"), data)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert Segment.objects.count() == 0


def test_only_its_maker_or_an_administrator_changes_a_shared_one(people, mette, jonas, his, hers):
    row = save_segment(name="Hers", filter="network:mail", by=mette, at=now(), shared=True)
    before = Segment.objects.values().get()
    assert his.get(reverse("segment", args=[row.pk])).status_code == 200
    assert his.post(reverse("segment_change", args=[row.pk]), {"name": "His", "text": "open"}).status_code == 422
    his.post(reverse("segment_end", args=[row.pk]))
    assert Segment.objects.values().get() == before
    own = save_segment(name="His", filter="network:mail", by=jonas, at=now())
    assert hers.get(reverse("segment", args=[own.pk])).status_code == 404
    assert hers.post(reverse("segment_end", args=[own.pk])).status_code == 404
    own.refresh_from_db()
    assert own.ended_at is None


def test_the_export_is_whole_and_holds_no_formula(mail_people, people, his):
    answer = his.get(reverse("segment_export", args=[mail_people.pk]))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(text)))
    assert table[0] == ["id", "name", "place", "language", "with us since", "last seen", "addresses", "companies"]
    assert sorted((r[1], r[6]) for r in table[1:]) == [
        ("'=1+1", "mail:=cmd@vest.example"),
        ("Søren Åkjær", "mail:soren@vest.example"),
    ]


@pytest.mark.parametrize("cell", ["=1", "+45", "-1", "@x", "\t=1", "\r=1", "  =1", "|x"])
def test_formulas_are_texts(cell):
    assert safe(cell) == f"'{cell}"


def test_a_page_asks_a_constant_number_of_statements(mail_people, his):
    def asked():
        with CaptureQueriesContext(connection) as theirs, sql.counted() as ours:
            assert his.get(reverse("segment", args=[mail_people.pk])).status_code == 200
        return len(theirs) + len(ours)

    asked()
    assert asked() <= 30


def test_a_segment_that_cannot_be_read_any_more_says_why(mail_people, his):
    Segment.objects.update(filter="gone_attribute:x")
    text = his.get(reverse("segment", args=[mail_people.pk])).content.decode()
    assert "There is no field called “gone_attribute”." in text
    assert his.get(reverse("segments")).status_code == 200
    assert his.get(reverse("segment_export", args=[mail_people.pk])).status_code == 302


def test_every_text_is_danish_too():
    folder = LOOK.parent / "screens/segments/locale/da/LC_MESSAGES"
    catalogue = polib.pofile(str(folder / "django.po"))
    assert [e.msgid for e in catalogue if not e.translated()] == []
    compiled = {(e.msgctxt, e.msgid): e.msgstr for e in polib.mofile(str(folder / "django.mo"))}
    assert compiled == {(e.msgctxt, e.msgid): e.msgstr for e in catalogue}
