"""The command ``samspil relationship``: counting anew, and how fast is forgotten."""

import json

import pytest
from typer.testing import CliRunner

from samspil.intake.actions import connect
from samspil.project.cli import app
from samspil.relationship.models import Bond, Setting
from samspil.relationship.queries.standing import standing
from tests.journeys.relations import consumer_of, log, read_on, said

pytestmark = pytest.mark.django_db(transaction=True)


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["relationship", *words])
    assert result.exit_code == code, result.output
    return result.stdout if not code else result.output


def test_counting_anew_and_another_half_life(organisation):
    chat = connect(channel="webchat", name="Chat", config={})
    log(chat, said("bo", "Hej", days=30), said("ann", "Hej"))
    read_on()
    bo = consumer_of("bo").pk
    Bond.objects.update(short=7)
    assert json.loads(run("half-life")) == {"half_life": 90.0}
    told = json.loads(run("recompute"))
    assert (told["bonds"], told["consumers"]) == (2, 2)
    assert standing(bo).sums.short == pytest.approx(2 ** (-1 / 3), rel=1e-4)
    told = json.loads(run("half-life", "30"))
    assert (told["bonds"], told["consumers"]) == (2, 2)
    assert standing(bo).sums.short == pytest.approx(0.5, rel=1e-4)
    assert run("half-life", "3", code=1) == "A half-life is from 7 to 1460 days\n"
    assert Setting.objects.get().half_life == 30
