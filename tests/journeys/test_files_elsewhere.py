"""A colleague sends files along with an answer in a thread: they go with it, all or none; where one does not come the answer is held."""

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from samspil.base.clock import now
from samspil.elsewhere.actions import fetch_answer
from samspil.elsewhere.models import Arrival
from samspil.reply.models import Reply, ReplyFile
from samspil.reply.queries import files_of
from tests.channels.slack.workspace import Workspace
from tests.journeys.elsewhere import begin
from tests.journeys.slack_house import (
    answer,
    colleagues_in_slack,
    comes,
    edited,
    replies,
    slack_house,
    taken_back,
    told,
    under,
    verdicts,
)

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 kvittering"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
HELD = "Intet blev sendt: det holdes tilbage, til en kollega afgør det."


@pytest.fixture(autouse=True)
def _from_the_beginning():
    begin()


@pytest.fixture
def slack():
    with colleagues_in_slack() as at:
        yield at


@pytest.fixture
def house(slack: Workspace) -> SimpleNamespace:
    return slack_house(slack)


def with_files(message: dict[str, Any], *files: dict[str, Any], text: str = "Her er den", **more: Any) -> dict[str, Any]:
    """An answer with these files."""
    return answer(text, message["ts"], subtype="file_share", files=list(files), **more)


def fetch_all() -> None:
    while fetch_answer(at=now()):
        pass


def sent_files() -> list[tuple[str, str, bytes]]:
    [reply] = Reply.objects.prefetch_related("files")
    return [(f.name, f.content_type, f.open().read()) for f in files_of(reply)]


def test_files_go_with_the_answer(house, slack):
    message = told(slack)
    files = slack.keep("F0KVIT", "kvittering.pdf", "application/pdf", PDF), slack.keep("F0FOTO", "foto.png", "image/png", PNG)
    comes(house, with_files(message, *files))
    assert (replies(), verdicts(), under(slack, message)) == ([], [("fetching", "")], [])
    fetch_all()
    assert replies() == [("Bo Holm", "Her er den")]
    assert sent_files() == [("kvittering.pdf", "application/pdf", PDF), ("foto.png", "image/png", PNG)]
    assert verdicts() == [("answered", "")]
    assert under(slack, message)[0].startswith("Det går til ")
    fetch_all()
    assert Reply.objects.count() == 1


def test_a_file_alone_is_an_answer_and_a_note_asks_for_none(house, slack):
    message = told(slack)
    comes(house, with_files(message, slack.keep("F0KVIT", "kvittering.pdf", "application/pdf", PDF), text=""))
    fetch_all()
    assert (replies(), len(sent_files())) == ([("Bo Holm", "")], 1)
    slack.asked.clear()
    comes(house, with_files(message, slack.stored["F0KVIT"], text="notat: se her", stamp="1795000300.000100"))
    fetch_all()
    assert ("GET", "files.info") not in slack.asked
    assert verdicts()[-1] == ("noted", "")


BAD: list[tuple[str, dict[str, Any], Any, str]] = [
    ("another host", {"url_private": "https://evil.example/kvittering.pdf"}, None, "nothing is fetched"),
    ("a host of the cloud's own", {"url_private": "http://169.254.169.254/latest"}, None, "nothing is fetched"),
    ("a redirect", {}, (302, b"", {"location": "https://evil.example/kvittering.pdf"}), "too many redirects"),
    ("a page for signing in", {}, (200, b"<!doctype html><html>", {"content-type": "text/html"}), "signing in"),
    (
        "a page that says it is the file",
        {"size": 0},
        (200, b"\n<html>", {"content-type": "application/pdf"}),
        "not what it was said",
    ),
    ("another size", {}, (200, b"%PDF", {"content-type": "application/pdf"}), "4 bytes"),
    ("a picture that is none", {"mimetype": "image/png"}, None, "not what it was said"),
    ("taken back meanwhile", {"mode": "tombstone"}, None, "does not lie at Slack"),
    ("gone", {}, (404, b"", {}), "not there any more"),
    ("too large by what it says", {"size": 26_000_000}, None, ""),
]


@pytest.mark.parametrize(("more", "given", "words"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_where_a_file_does_not_come_nothing_is_sent_and_he_is_told(house, slack, more, given, words):
    message = told(slack)
    file = slack.keep("F0KVIT", "kvittering.pdf", "application/pdf", PDF, **more)
    if given:
        slack.kept["/files-pri/F0KVIT/kvittering.pdf"] = given
    good = slack.keep("F0FOTO", "foto.png", "image/png", PNG)
    comes(house, with_files(message, good, file))
    fetch_all()
    [row] = Arrival.objects.all()
    assert (row.verdict, row.why) == ("held", "files" if words else "large_files")
    assert words in row.detail
    assert (Reply.objects.count(), ReplyFile.objects.count()) == (0, 0)
    [said] = under(slack, message)
    assert said.startswith(f"{HELD} ")
    assert "fil" in said.lower()


def test_more_files_than_come_along_are_held_unfetched(house, slack):
    message = told(slack)
    files = [slack.keep(f"F0FOTO{n}", f"{n}.png", "image/png", PNG) for n in range(11)]
    comes(house, with_files(message, *files))
    fetch_all()
    assert (verdicts(), Reply.objects.count(), ReplyFile.objects.count()) == ([("held", "many_files")], 0, 0)
    assert ("GET", "files.info") not in slack.asked
    assert under(slack, message) == [f"{HELD} Højst 10 filer kommer med."]
    comes(house, with_files(message, *files[:10], stamp="1795000300.000100"))
    fetch_all()
    assert len(sent_files()) == 10


def test_what_is_too_large_together_is_held(house, slack):
    message = told(slack)
    big = b"%PDF-" + b"0" * 13_000_000
    files = [slack.keep(f"F0STOR{n}", f"{n}.pdf", "application/pdf", big) for n in range(2)]
    comes(house, with_files(message, *files))
    fetch_all()
    assert (verdicts(), ReplyFile.objects.count()) == ([("held", "large_files")], 0)


def test_slack_asks_for_patience_and_in_the_end_it_is_held(house, slack):
    message = told(slack)
    file = slack.keep("F0KVIT", "kvittering.pdf", "application/pdf", PDF)
    slack.limited["files.info"] = 1
    comes(house, with_files(message, file))
    assert fetch_answer(at=now()) is not None
    assert fetch_answer(at=now()) is None
    [row] = Arrival.objects.all()
    assert row.verdict == "fetching"
    assert timedelta(seconds=20) < row.fetch_at - now() <= timedelta(minutes=1)
    slack.tokens.clear()
    for _ in range(4):
        assert verdicts() == [("fetching", "")]
        fetch_answer(at=now() + timedelta(minutes=2))
        Arrival.objects.filter(verdict="fetching").update(fetch_at=now())
    assert (verdicts(), Reply.objects.count()) == ([("held", "files")], 0)


def test_who_writes_is_judged_before_anything_is_fetched(house, slack):
    message = told(slack)
    file = slack.keep("F0KVIT", "kvittering.pdf", "application/pdf", PDF)
    comes(house, with_files(message, file, user="U0EVE"))
    fetch_all()
    assert (verdicts(), Reply.objects.count()) == ([("held", "stranger")], 0)
    assert ("GET", "files.info") not in slack.asked


def test_called_back_or_changed_while_its_files_are_fetched(house, slack):
    message = told(slack)
    file = slack.keep("F0KVIT", "kvittering.pdf", "application/pdf", PDF)
    comes(house, with_files(message, file))
    comes(house, edited(message, "Her er kvitteringen"))
    fetch_all()
    assert (replies(), len(sent_files())) == ([("Bo Holm", "Her er kvitteringen")], 1)
    assert sorted(verdicts()) == [("answered", ""), ("dropped", "replaced")]
    comes(house, edited(message, "", ident="22"))
    assert replies() == [("Bo Holm", "")]
    comes(house, taken_back(message))
    assert [r.state for r in Reply.objects.all()] == ["cancelled"]


def test_called_back_before_its_files_came(house, slack):
    message = told(slack)
    comes(house, with_files(message, slack.keep("F0KVIT", "kvittering.pdf", "application/pdf", PDF)))
    comes(house, taken_back(message))
    fetch_all()
    assert (Reply.objects.count(), sorted(verdicts())) == (0, [("changed", "called_back"), ("dropped", "replaced")])
    assert under(slack, message) == ["Kaldt tilbage: det sendes ikke."]


def test_what_was_forgotten_while_it_was_fetched_is_not_kept(house, slack):
    message = told(slack)
    comes(house, with_files(message, slack.keep("F0KVIT", "kvittering.pdf", "application/pdf", PDF)))
    house.bo.is_active = False
    house.bo.save(update_fields=["is_active"])
    fetch_all()
    assert (verdicts(), Reply.objects.count(), ReplyFile.objects.count()) == ([("held", "left")], 0, 0)
    assert "kvittering" not in json.dumps(slack.posted)
