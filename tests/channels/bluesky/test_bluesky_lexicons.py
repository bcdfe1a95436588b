"""That our fixtures, and what we send, are what the protocol's own descriptions say."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from samspil.channels.bluesky import changes, send
from samspil.channels.bluesky.session import forget_sessions
from samspil.kit import Account, Change, Handle, Outbound
from tests.channels.bluesky.pds import node, packages
from tests.channels.bluesky.standin import PASSWORD, profile, standing_in

pytestmark = pytest.mark.servers
FIXTURES = Path(__file__).parents[3] / "samspil" / "channels" / "bluesky" / "fixtures"
KAROLINE = "did:plc:karolineaaaaaaaaaaaaaaaa"
ASKED = f"at://{KAROLINE}/app.bsky.feed.post/3lzasked"
ENDINGS = (".expected.json", ".headers.json", "account.json")


def wrong(rows: list[dict[str, Any]]) -> list[str]:
    """What the descriptions have against each row, "" for nothing."""
    installed = packages("api")
    done = subprocess.run(
        [node(installed), str(Path(__file__).with_name("lexicons.js"))],
        input="".join(json.dumps(row) + "\n" for row in rows),
        env={**os.environ, "NODE_PATH": str(installed / "node_modules")},
        text=True,
        capture_output=True,
        check=True,
        timeout=120,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_fixtures_are_what_the_network_sends() -> None:
    rows, names = [], []
    for path in sorted(FIXTURES.glob("*.json")):
        if path.name.endswith(ENDINGS):
            continue
        value = json.loads(path.read_text(encoding="utf-8"))
        value.pop("files", None)
        if "log" in value:
            rows.append({"kind": "output", "name": "chat.bsky.convo.getLog", "value": {"logs": [value["log"]]}})
        elif "reason" in value:
            rows.append(
                {"kind": "output", "name": "app.bsky.notification.listNotifications", "value": {"notifications": [value]}}
            )
        else:
            continue
        names.append(path.name)
    assert len(names) > 20
    assert dict(zip(names, wrong(rows), strict=True)) == dict.fromkeys(names, "")


def test_what_we_send_is_what_the_network_takes() -> None:
    forget_sessions()
    with standing_in() as network:
        config = {"server": network.url, "identifier": "butik.example.com", "app_password": PASSWORD}
        account = Account(id="lexicons", name="Butik", config=config, key=b"0" * 32)
        network.members = [profile(KAROLINE, "karoline.example.com", "Karoline")]
        network.written("mention", ASKED, network.members[0], {"text": "?"})
        to = Handle(network="bluesky", address=KAROLINE)
        text = "Hæ 🔋 @karoline.example.com: se https://nordlys.example/å og #hjælp. " * 8
        for answered in (ASKED, "chat:3lzconvo/3lzdm"):
            send.send(Outbound(id="r1", conversation="c1", to=to, text=text, in_reply_to=answered), account)
        like = Change(id="c1", kind="react", to=to, target=ASKED, emoji="❤️")
        heart = changes.carry_out(like, account).external_id
        likes = [network.records.pop(heart)]
    rows = [{"kind": "record", "name": "app.bsky.feed.post", "value": record} for record in network.records.values()]
    rows += [{"kind": "input", "name": "chat.bsky.convo.sendMessage", "value": sent} for sent in network.sent]
    rows += [{"kind": "record", "name": "app.bsky.feed.like", "value": record} for record in likes]
    assert len(rows) > 3
    assert wrong(rows) == [""] * len(rows)
    assert wrong([{"kind": "record", "name": "app.bsky.feed.post", "value": {"text": 7}}]) != [""]
    forget_sessions()
