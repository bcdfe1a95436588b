import json
import threading
import time
from types import SimpleNamespace

import pytest
from django.utils import translation

from samspil import kit
from samspil.base import counters, registry
from samspil.base.clock import now
from samspil.base.models import Cursor
from samspil.intake.actions import connect, keep
from samspil.intake.models import Account, Envelope
from samspil.organisation.actions import found
from samspil.project import doctor, setup_code
from samspil.project.cli.doctor import state_of
from samspil.project.database import checks
from samspil.project.settings import Settings
from samspil.routing.queries import Report

pytestmark = pytest.mark.django_db


class Silent:
    """A channel whose server never answers."""

    name = "webchat"
    capabilities = kit.Capabilities()
    fields = ()

    def __init__(self):
        self.let_go = threading.Event()

    def check(self, _account):
        self.let_go.wait(20)
        return [kit.Check(name="late", ok=True)]


class Broken(Silent):
    def check(self, _account):
        raise ValueError(f"the password was {_account.config}")


@pytest.fixture
def chat(db):
    found(name="Prøve")
    return connect(channel="webchat", name="Chat", config={})


def by_name(diagnosis):
    return {c.name: c for c in diagnosis.checks}


def test_an_empty_installation_says_what_to_do():
    seen = doctor.diagnose()
    checks = by_name(seen)
    assert not seen.ok
    assert not checks["organisation"].ok
    assert checks["organisation"].remedy == "Open Samspil in a browser and answer the first-run page."
    assert (seen.interactions, seen.handles, seen.consumers, seen.conversations) == (0, 0, 0, 0)
    assert set(seen.envelopes) == set(Envelope.State.values)
    assert json.loads(json.dumps(seen.data()))["envelopes"]["quarantined"] == 0


def test_it_says_what_routing_reads(db, monkeypatch):
    name = "routing tells what is asked for"
    told = {
        ("no_model", "", ""): (True, "Nothing has been learned yet"),
        ("", "x", ""): (True, "Learned from 7 examples; reads words and meaning"),
        ("", "", ""): (True, "Learned from 7 examples; reads words"),
        ("", "", "onnxruntime is not installed"): (True, "Learned from 7 examples; reads words (onnxruntime is not installed)"),
        ("refused", "", ""): (False, "What was learned is not this installation's: it is not used"),
        ("no_encoder", "x", "it is gone"): (False, "The language model that it learned with is not here (it is gone)"),
    }
    for (lack, encoder, missing), (ok, detail) in told.items():
        found = Report(trained_at=None, examples=7, lack=lack, quality={"encoder": encoder}, corrections=0)
        monkeypatch.setattr(doctor, "report", lambda found=found: found)
        monkeypatch.setattr(doctor, "meaning_lack", lambda missing=missing: missing)
        check = by_name(doctor.diagnose())[name]
        assert (check.ok, check.detail) == (ok, detail)


def test_trouble_is_counted_and_told(chat):
    keep(account=chat.pk, envelopes=[kit.Envelope(external_id=str(n), payload=b"?") for n in range(3)], at=now())
    Envelope.objects.filter(external_id="0").update(state="quarantined", error="no sense")
    Envelope.objects.filter(external_id="1").update(received_at=now() - doctor.LATE * 2)
    Cursor.objects.create(name="a>b", failures=4, error="Boom")
    counters.count("forged.webchat")
    seen = doctor.diagnose()
    checks = by_name(seen)
    assert (seen.envelopes["quarantined"], seen.envelopes["arrived"]) == (1, 2)
    assert not checks["messages are understood"].ok
    assert not checks["messages are taken in"].ok
    assert checks["messages are taken in"].detail.startswith("Waiting: 2, the oldest for 12")
    assert not checks["later stages keep up"].ok
    assert seen.failing == [doctor.Failing(name="a>b", failures=4, error="Boom")]
    assert seen.counters["forged.webchat"][0] == 1
    assert checks["channels"].ok


def test_the_database_is_told_of_in_the_language_asked_for(monkeypatch, tmp_path):
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda _: SimpleNamespace(free=1_234_560_000_000))
    told = {}
    for language in ("da", "en"):
        with translation.override(language):
            told[language] = [
                checks._disk(tmp_path).detail,
                checks._connections(3, 90).detail,
                checks._version(checks.OLDEST_MAJOR * 10000, embedded=True).detail,
                checks._durable(dict.fromkeys(checks.SHOWN, "off")).detail,
            ]
    newest = f"{checks.OLDEST_MAJOR}.{checks.NEWEST[checks.OLDEST_MAJOR]}"
    mine = f"{checks.OLDEST_MAJOR}.0"
    off = "fsync, synchronous_commit, full_page_writes"
    assert told == {
        "da": [
            f"1.234,6 GB ledig i {tmp_path}",
            "3 af 90 i brug",
            f"{mine} er bagud for {newest} og kan have kendte huller",
            f"slået fra: {off}",
        ],
        "en": [
            f"1,234.6 GB free in {tmp_path}",
            "3 of 90 in use",
            f"{mine} is behind {newest} and may have known holes",
            f"off: {off}",
        ],
    }


def test_a_check_that_hangs_is_given_up(chat, monkeypatch):
    silent = Silent()
    monkeypatch.setattr(registry, "channel", lambda _: silent)
    began = time.monotonic()
    checks = doctor.check_account(chat, seconds=0.3)
    assert time.monotonic() - began < 5
    silent.let_go.set()
    assert [c.ok for c in checks] == [False]
    assert checks[0].remedy


def test_a_check_that_fails_says_no_secret(chat, monkeypatch):
    monkeypatch.setattr(registry, "channel", lambda _: Broken())
    [check] = doctor.check_account(chat, seconds=5)
    assert (check.ok, check.detail) == (False, "ValueError")


def test_accounts_are_asked_only_on_demand(chat):
    Account.objects.create(channel="webchat", name="Old", key=b"k", history=True)
    assert [a.checks for a in doctor.diagnose().accounts] == [None, None]
    seen = doctor.diagnose(accounts=True).accounts
    asked = {a.name: a.checks for a in seen}
    assert {a.name: state_of(a) for a in seen} == {"Chat": "connected", "Old": "imported history"}
    assert asked["Chat"]
    assert [c.ok for c in asked["Old"]] == [True]


@pytest.mark.parametrize(
    ("host", "public", "asked"),
    [
        ("127.0.0.1", "", False),
        ("::1", "http://localhost:8000", False),
        ("0.0.0.0", "", True),  # noqa: S104 - a value, nothing is bound
        ("192.0.2.7", "", True),
        ("127.0.0.1", "https://samspil.example", True),
    ],
)
def test_the_code_is_asked_where_strangers_may_come(monkeypatch, host, public, asked):
    found_settings = Settings(host=host, public_url=public, secret_key="x" * 40)
    monkeypatch.setattr(setup_code, "settings", lambda: found_settings)
    code = setup_code.setup_code()
    assert bool(code) is asked
    assert code == setup_code.setup_code()
    assert not asked or [len(part) for part in code.split("-")] == [4, 4, 4]
