"""The odd objects that others collected (fediverse-pasture-inputs): signed, handed in and understood; none may do harm.

The package stands in an environment of its own, whose Python is named by PASTURE.
"""

import json
import os
import subprocess
from typing import Any

import pytest

from samspil.channels.activitypub import inbox
from samspil.channels.activitypub.actors import Actors
from samspil.channels.activitypub.settings import settings_of
from samspil.channels.activitypub.tests.peer import KAROLINE, Net, account, actor, create, delivery
from samspil.channels.activitypub.understand import understand
from samspil.kit import Event, Forged, Message, NotUnderstood, TryLater

pytestmark = pytest.mark.servers
_LIST = (
    "import json; from fediverse_pasture_inputs import available; "
    "print(json.dumps({name: found.examples for name, found in available.items()}, default=str))"
)


@pytest.fixture(scope="module")
def groups() -> dict[str, list[Any]]:
    program = os.environ.get("PASTURE")
    if not program:
        pytest.skip("fediverse-pasture-inputs is not installed (PASTURE names the Python that has it)")
    found: dict[str, list[Any]] = json.loads(subprocess.run([program, "-c", _LIST], check=True, capture_output=True).stdout)
    return found


def handed_in(thing: dict[str, Any]) -> list[Event]:
    net = Net()
    net.add(actor())
    whole = create(**json.loads(json.dumps(thing).replace("http://pasture-one-actor/actor", KAROLINE)))
    heard = inbox.hear(delivery(whole), settings_of(account()), Actors(net.get), personal=True)
    return [event for envelope in heard.envelopes for event in understand(envelope, account())]


def test_every_odd_object_is_understood_or_told(groups: dict[str, list[Any]]) -> None:
    messages, told = 0, []
    for name, examples in groups.items():
        for number, thing in enumerate(examples):
            try:
                events = handed_in(thing)
            except (NotUnderstood, Forged, TryLater) as error:
                told.append(f"{name} {number}: {type(error).__name__}: {error}")
                continue
            assert len(events) == 1, (name, number)
            [event] = events
            assert isinstance(event, Message)
            assert event.author.address == "karoline@norrebro.example"
            assert "<script" not in event.text
            messages += 1
    assert messages + len(told) == sum(len(examples) for examples in groups.values())
    # Most are odd but honest; those that are refused say why.
    assert messages > 0.8 * (messages + len(told)), "\n".join(told)
    print(f"{messages} understood", *told, sep="\n")  # noqa: T201 - for whoever looks with -s
