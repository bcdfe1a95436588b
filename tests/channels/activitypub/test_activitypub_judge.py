"""An outside judge of servers (fediverse-pasture's verify_actor): its people read our actor and post to our inbox, some as they must not.

The package stands in an environment of its own, whose Python is named by PASTURE.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from samspil.base import bell, registry
from samspil.base.models import Counter
from samspil.channels.activitypub.actors import Actors
from samspil.intake.actions import connect
from samspil.intake.models import Envelope
from tests.channels.activitypub.ours import listening
from tests.journeys.conftest import organisation  # noqa: F401 - a fixture

JUDGE, OURS = "127.0.0.5", "127.0.0.2"
PORT = 2909
PATIENCE = 60.0
pytestmark = [
    pytest.mark.servers,
    pytest.mark.django_db(transaction=True),
    pytest.mark.allow_hosts(["127.0.0.1", "::1", JUDGE, OURS]),
]
_RUN = (
    "from fediverse_pasture.verify_actor import build_app; "
    f"build_app(False, '{JUDGE}:{PORT}', False, 20).run(host='{JUDGE}', port={PORT})"
)


@pytest.fixture
def judge(tmp_path: Path) -> Iterator[str]:
    program = os.environ.get("PASTURE")
    if not program:
        pytest.skip("fediverse-pasture is not installed (PASTURE names the Python that has it)")
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([program, "-c", _RUN], cwd=tmp_path, stdout=log, stderr=log)
        try:
            end = time.monotonic() + PATIENCE
            while True:
                assert process.poll() is None, (tmp_path / "log").read_text()
                assert time.monotonic() < end, (tmp_path / "log").read_text()
                try:
                    httpx.get(f"http://{JUDGE}:{PORT}/", timeout=5)
                    break
                except httpx.HTTPError:
                    time.sleep(0.3)
            yield f"http://{JUDGE}:{PORT}/"
        finally:
            process.terminate()
            process.wait(10)


def test_the_judge_finds_nothing_to_say(judge, organisation, settings, monkeypatch):  # noqa: F811
    settings.SAMSPIL_DSN = make_conninfo(settings.SAMSPIL_DSN, dbname=connection.settings_dict["NAME"])
    monkeypatch.setattr(bell, "ring", lambda *_args: None)
    monkeypatch.setattr(registry.channel("activitypub"), "actors", Actors())
    config = {"host": f"http://{OURS}", "username": "firma", "inside": JUDGE}
    row = connect(channel="activitypub", name="Fediverse", config=config)
    with listening(OURS, 80, f"http://{OURS}") as seen:
        asked = {"actor_uri": f"http://{OURS}/in/{row.pk}/actor"}
        found = httpx.get(judge, params=asked, headers={"accept": "application/json"}, timeout=PATIENCE).json()
    result, said = found["result"], found["messages"]
    assert result.pop("webfinger") is True, said
    # Everybody may read who we are. Two do not sign what they post, and nothing of theirs is kept.
    assert {name for name, one in result.items() if not one["get_actor"]} == set(), said
    refused = {name for name, one in result.items() if not one["post_inbox"]}
    assert refused == {"alice", "dean"}, (said, seen)
    assert Envelope.objects.count() == len(result) - len(refused)
    assert Counter.objects.get(name="forged.activitypub").count >= len(refused)
