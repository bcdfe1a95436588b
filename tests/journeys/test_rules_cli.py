"""The command ``samspil rules``: list, dry run, export and import."""

import json

import pytest
from typer.testing import CliRunner

from samspil.automation.models import Rule, Version
from samspil.conversation.actions import make_label
from samspil.conversation.models import Label
from samspil.project.cli import app
from tests.journeys.conftest import mail, receive
from tests.journeys.rules import do, read_on, rule, said

pytestmark = pytest.mark.django_db(transaction=True)


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["rules", *words])
    assert result.exit_code == code, result.output
    return result.stdout if not code else result.output


def test_list_and_dry_run(mette, mailbox):
    made = rule(mette, do("label", make_label(name="Haster").pk), name="Det haster", test=[said("batteri")])
    receive(mailbox, mail("batteri", ident="1@x"), mail("gear", sender="b@b.example", subject="", ident="2@x"))
    read_on()
    assert run("list").splitlines() == [f"  1  on           1  Det haster  [{made.pk}]"]
    found = json.loads(run("dry-run", "Det haster", "--days", "3", "--json"))
    assert (found["matched"], found["from_before"], found["version"], len(found["newest"])) == (1, 0, 1, 1)
    assert run("dry-run", str(made.pk)).splitlines()[0].startswith("Det haster: 1 of ")
    assert run("dry-run", "en anden", code=1) == "0 rules are called 'en anden'; samspil rules list names them\n"


def test_out_and_in_again_by_names(mette, jonas, tmp_path):
    haster = make_label(name="Haster")
    rule(
        mette,
        do("label", haster.pk),
        do("colleague", jonas.pk),
        name="A",
        test=[{"test": "label", "op": "not_in", "values": [str(haster.pk)]}],
    )
    file = tmp_path / "rules.json"
    file.write_text(run("export"))
    Version.objects.all().delete()
    Rule.objects.all().delete()
    haster.delete()
    problem = run("import", str(file), "--by", mette.email, code=1)
    assert problem == "nothing was made: labels: Haster\n"
    assert Rule.objects.count() == 0
    other = make_label(name="haster")
    assert run("import", str(file), "--by", mette.email) == "1 rules made, switched off\n"
    made = Rule.objects.get()
    assert (made.enabled, made.document["then"][0]["value"], made.document["if"]["items"][0]["values"]) == (
        False,
        str(other.pk),
        [str(other.pk)],
    )
    assert Label.objects.count() == 1
    file.write_text(json.dumps({"rules": [{"name": "B", "document": {"schema": 9}}]}))
    assert run("import", str(file), "--by", mette.email, code=1) == "nothing was made: schema: schema '9'\n"
    assert run("import", str(file), "--by", "nobody@firma.example", code=1).startswith(
        "nothing was made; the file cannot be used"
    )
    assert Rule.objects.count() == 1
