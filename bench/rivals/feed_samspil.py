"""Feeds Samspil: each mail is kept durably, then taken through the whole spine, both committed before the answer.

What the runner, the worker's spine loop and, with ``--later``, its reactions loop do, in one process: nothing is left out, and
the bell rings. ``--setup`` makes the organisation that the mails come to.
"""

import os
import struct
import sys
from collections.abc import Iterator
from typing import BinaryIO

import django

ANSWERS = sys.stdout.buffer
COMPETENCES = {
    "Batteri": (
        "Batteriet taber pusten, vil ikke lade eller holder ikke en hel tur.",
        ["batteri", "oplader", "rækkevidde", "lyser"],
    ),
    "Levering": (
        "Hvor er pakken, hvornår kommer den, fragtmand og lager.",
        ["pakke", "levering", "fragtmand", "lager", "hvor er"],
    ),
    "Faktura": ("Faktura, rykker, moms, beløb og betaling.", ["faktura", "beløb", "betaling", "rykker", "kr"]),
    "Reklamation": ("Reklamation, bytte, retur og reparation.", ["reklamation", "bytte", "retur", "repareres", "virker ikke"]),
    "Udstyr": ("Hjelm, regnslag, lås, kurv og barnesæde.", ["hjelm", "regnslag", "lås", "kurv", "barnesæde", "pumpe"]),
}


def setup() -> None:
    """An organisation with competences, colleagues who hold them and are present, a trained router and a mailbox."""
    from django.core.management import call_command

    from samspil.base.clock import now
    from samspil.intake.actions import connect
    from samspil.organisation.actions import add_competence, add_unit, be_seen, found, hold, take_in
    from samspil.routing.actions import train

    call_command("migrate", verbosity=0)
    found(name="Prøve", language="da")
    for number, (name, (description, words)) in enumerate(COMPETENCES.items()):
        competence = add_competence(name=name, description=description, words=words)
        unit = add_unit(name=name)
        for place in range(2):
            colleague = take_in(
                email=f"kollega{number}{place}@firma.example",
                name=f"Kollega {number}{place}",
                password="cykelkurv-i-regn",
                unit=unit,
                capacity=10_000,  # so that they have room to the last message
            )
            hold(colleague=colleague, competence=competence.pk, level=3 + place)
            be_seen(colleague=colleague.pk, at=now())
    train(at=now())
    config = {
        "address": "service@firma.example", "imap_host": "localhost", "smtp_host": "localhost", "username": "service",
    }  # fmt: skip
    connect(channel="mail", name="Service", config=config, own=["service@firma.example"])


def feed(*, later: bool) -> None:
    """One mail, one answer."""
    from samspil import kit
    from samspil.base import flow
    from samspil.base.clock import now
    from samspil.channels.mail.understand import external_id
    from samspil.intake.actions import keep, understand_waiting
    from samspil.intake.models import Account

    account = Account.objects.get().pk
    for mail in frames(sys.stdin.buffer):
        if mail:
            at = now()
            keep(account=account, envelopes=[kit.Envelope(external_id=external_id(mail), payload=mail)], at=at)
            while understand_waiting(at=at):
                pass
            if later:
                for fact, readers in flow.later().items():
                    for reader in readers:
                        while flow.react(fact, reader):
                            pass
        ANSWERS.write(b"ok\n")
        ANSWERS.flush()


def frames(given: BinaryIO) -> Iterator[bytes]:
    """Mails as the harness frames them."""
    while size := given.read(4):
        yield given.read(struct.unpack(">I", size)[0])


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "samspil.project.django_settings")
    django.setup()
    if "--setup" in sys.argv:
        setup()
    else:
        feed(later="--later" in sys.argv)
