"""The pages of an import, and of forgetting: the whole way, who gets in, and that a refusal changes nothing."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from samspil import kit
from samspil.base import sql
from samspil.base.clock import now
from samspil.base.ids import new_id
from samspil.exchange.actions.people_carry import carry_on
from samspil.exchange.models import PeopleRun
from samspil.identity.actions.take_in import Taken, take_in_consumers
from samspil.identity.models import Consumer
from samspil.intake.actions import know_handles
from samspil.intake.models import Forgotten, Handle

pytestmark = pytest.mark.django_db
FILE = "Navn;E-mail;Farve\nKaroline <b>;karoline@vestergaard.example;rød\nBo;skæv;blå\n"


def upload(client, text=FILE, name="kunder.csv"):
    raw = text if isinstance(text, bytes) else text.encode()
    return client.post(reverse("people_import"), {"file": SimpleUploadedFile(name, raw), "country": "DK"})


@pytest.fixture
def run(hers):
    upload(hers)
    return PeopleRun.objects.get()


def person(address="karoline@vestergaard.example", name="Karoline Vestergaard"):
    ids = know_handles(handles=[(kit.Handle(network="mail", address=address), now())])
    taken = Taken(name=name, since=now(), handles=[(ids["mail", "", address], [{"kind": "same"}])])
    take_in_consumers(consumers=[taken], at=now())
    return taken.ident


def do(client, run, deed):
    return client.post(reverse("people_do", args=[run.pk]), {"deed": deed})


def test_the_whole_way(hers, run):
    page = hers.get(reverse("people_columns", args=[run.pk])).content.decode()
    assert 'value="handle.mail" selected' in page
    assert "karoline@vestergaard.example" in page
    answer = hers.post(reverse("people_columns", args=[run.pk]), {"c0": "name", "c1": "handle.mail", "c2": "new.text"})
    assert answer.status_code == 302
    run.refresh_from_db()
    assert run.state == "looking"
    there = reverse("people_run", args=[run.pk])
    assert reverse("people_progress", args=[run.pk]) in hers.get(there).content.decode()
    assert "rows until now" in hers.get(reverse("people_progress", args=[run.pk])).content.decode()
    carry_on(run=run.pk)
    done = hers.get(reverse("people_progress", args=[run.pk]))
    assert (done.status_code, done["HX-Redirect"]) == (204, there)
    page = hers.get(there).content.decode()
    assert "Nothing is written yet" in page
    assert "Karoline &lt;b&gt;" in page
    assert "this address cannot be understood: mail: skæv" in page
    assert Consumer.objects.count() == 0
    do(hers, run, "go")
    carry_on(run=run.pk)
    page = hers.get(there, {"show": "new"}).content.decode()
    assert reverse("consumer", args=[Consumer.objects.get().pk]) in page
    assert "skæv" not in page
    back = hers.get(reverse("people_not_taken", args=[run.pk]))
    assert b"".join(back.streaming_content).decode().splitlines()[1].startswith("3,the address cannot be understood")
    assert "attachment" in back["Content-Disposition"]
    do(hers, run, "undo")
    carry_on(run=run.pk)
    assert (Consumer.objects.exclude(name="").count(), Handle.objects.count()) == (0, 0)
    assert "Taken back" in hers.get(there).content.decode()
    assert "kunder.csv" in hers.get(reverse("people_import")).content.decode()


def test_a_file_without_people_is_refused_in_words(hers):
    answer = upload(hers, b"{]", "a.json")
    assert answer.status_code == 422
    assert "People cannot be read from this file" in answer.content.decode()
    assert hers.post(reverse("people_import"), {"country": "DK"}).status_code == 422
    assert PeopleRun.objects.count() == 0


def test_columns_must_name_an_address(hers, run):
    answer = hers.post(reverse("people_columns", args=[run.pk]), {"c0": "name", "c1": "", "c2": ""})
    assert answer.status_code == 422
    assert "Say which column is the mail address" in answer.content.decode()
    run.refresh_from_db()
    assert (run.state, run.options["columns"][1]) == ("chosen", ["E-mail", "handle.mail"])
    assert hers.post(reverse("people_columns", args=[run.pk]), {"c0": "detail.shoe"}).status_code == 302
    run.refresh_from_db()
    assert run.options["columns"][0] == ["Navn", "name"]


def test_a_file_is_read_by_another_encoding(hers):
    upload(hers, "navn,mail\nSøren,s@s.example\n".encode("utf-16-le"))
    run = PeopleRun.objects.get()
    assert run.options["encoding"] == "utf-16-le"
    hers.post(reverse("people_columns", args=[run.pk]), {"read": "1", "encoding": "cp1252", "delimiter": ",", "country": "SE"})
    run.refresh_from_db()
    assert (run.options["encoding"], run.options["delimiter"], run.options["country"]) == ("cp1252", ",", "SE")


def test_steps_out_of_turn_change_nothing(hers, run):
    for deed in ("go", "undo", "cancel"):
        assert do(hers, run, deed).status_code == 302
    assert do(hers, run, "fly").status_code == 422
    run.refresh_from_db()
    assert run.state == "chosen"
    do(hers, run, "drop")
    assert PeopleRun.objects.count() == 0


def test_only_administrators_get_in(his, run):
    consumer = person()
    for name in ("people_columns", "people_run", "people_progress", "people_not_taken"):
        assert his.get(reverse(name, args=[run.pk])).status_code == 403
    assert his.get(reverse("people_import")).status_code == 403
    assert upload(his).status_code == 403
    assert do(his, run, "drop").status_code == 403
    assert his.post(reverse("forget_person", args=[consumer]), {"name": "Karoline Vestergaard"}).status_code == 403
    assert (PeopleRun.objects.count(), Consumer.objects.count(), Forgotten.objects.count()) == (1, 1, 0)
    assert Client().get(reverse("people_import")).status_code == 302
    assert reverse("people_import") not in his.get(reverse("consumers")).content.decode()


def test_the_list_of_consumers_leads_here(hers):
    assert reverse("people_import") in hers.get(reverse("consumers")).content.decode()


def test_forgetting_asks_for_the_name(hers):
    consumer = person()
    there = reverse("forget_person", args=[consumer])
    page = hers.get(there).content.decode()
    assert "Forget Karoline Vestergaard?" in page
    assert "karoline@vestergaard.example" in page
    wrong = hers.post(there, {"name": "Karoline"})
    assert (wrong.status_code, Consumer.objects.count()) == (422, 1)
    assert "That is not the name" in wrong.content.decode()
    assert hers.post(there, {"name": "karoline  vestergaard"}).status_code == 302
    assert (Consumer.objects.count(), Handle.objects.count(), Forgotten.objects.count()) == (0, 0, 1)
    assert hers.get(there).status_code == 404
    assert hers.get(reverse("people_run", args=[new_id()])).status_code == 404


def spent(client, address):
    with CaptureQueriesContext(connection) as seen, sql.counted() as raw:
        assert client.get(address).status_code == 200
    return len(seen) + len(raw)


def test_a_page_of_rows_costs_the_same_for_one_and_for_many(hers):
    numbers = []
    for rows in (1, 200):
        upload(hers, "navn,mail\n" + "".join(f"P{n},p{n}@p.example\n" for n in range(rows)))
        run = PeopleRun.objects.latest("id")
        do(hers, run, "look")
        carry_on(run=run.pk)
        numbers.append(spent(hers, reverse("people_run", args=[run.pk])))
    assert numbers[0] == numbers[1]
