"""The mails that Samspil and its rivals are measured with: made up, the same for the same seed, with the truth beside them.

Per 2,000 mails: 787 threads, up to 300 senders, about 1.5 kB each, every second with an HTML alternative, Danish letters,
Message-ID, In-Reply-To and References as real clients write them, and the threads interleaved as they are in a real mailbox.
All of a thread comes from one sender: these are inbound mails of consumers, who answer what they wrote before.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

SEED = 20_241
THREADS_PER_MAIL = 787 / 2000
SENDERS = 300
RECENT = 60
"""A reply goes to one of so many threads that were last written in: that is how far threads are interleaved."""
START = datetime(2024, 3, 4, 7, 30, tzinfo=UTC)
TO = "service@firma.example"

_FIRST = (
    "Karoline Søren Åse Bjørn Mette Jørgen Signe Kåre Ida Øyvind Freja Rasmus Lærke Magnus Tove Asbjørn Gudrun Niels Ditte Holger"
).split()
_LAST = (
    "Vestergaard Kjær Sørensen Møller Ågård Bæk Østergaard Nørgaard Lund Krogh Thygesen Brøndum Højgaard Skov Winther"
).split()
_THINGS = (
    "elcyklen batteriet opladeren cykelkurven regnslaget låsen kædeskærmen sadlen hjelmen displayet baglygten pumpen barnesædet"
).split()
_MATTERS = (
    "Hvor er {}?",
    "{} virker ikke",
    "Fejl på fakturaen for {}",
    "Jeg vil gerne bytte {}",
    "Spørgsmål om {}",
    "Reklamation: {}",
    "Kan {} repareres før påske?",
    "Tak for hjælpen med {}",
)
_SENTENCES = (
    "Jeg købte {} hos jer i begyndelsen af måneden, og nu er der desværre opstået et problem.",
    "Den lyser rødt, når jeg trykker på knappen, og så sker der ikke mere.",
    "Jeg har prøvet at nulstille den, sådan som der står i vejledningen på side fire, men det hjælper ikke.",
    "Kan I fortælle mig, hvornår jeg kan forvente at få svar fra værkstedet?",
    "På fakturaen står der et beløb på 1.249,50 kr., men vi havde aftalt 999 kr. i butikken i Århus.",
    "Pakken skulle være kommet i torsdags, men fragtmanden siger, at den stadig ligger på lageret i Køge.",
    "Jeg er egentlig glad for {}, så jeg vil helst have den lavet frem for at få pengene igen.",
    "Min kone spørger også, om man kan få den samme i rød til vores ældste søn.",
    "Skal jeg sende den retur med posten, eller må jeg aflevere den i butikken på Nørregade?",
    "I må gerne ringe på 26 12 34 56 efter klokken 16, hvor jeg er hjemme fra arbejde.",
    "Det er anden gang på et år, og jeg synes faktisk ikke, at det er rimeligt.",
    "Jeg vedhæfter ikke noget billede, for det kan ikke rigtig ses, hvad der er galt.",
    "Ordrenummeret er {number}, og jeg bestilte den gennem jeres hjemmeside.",
    "Vi skal på ferie på Ærø i uge 29, så det ville være rart at have {} klar inden da.",
)
_PLAIN = {ord("æ"): "ae", ord("ø"): "oe", ord("å"): "aa"}
_CLOSINGS = ("Med venlig hilsen", "Venlig hilsen", "Mange hilsner", "På forhånd tak")


@dataclass(frozen=True)
class Mail:
    """One mail of the corpus and the truth about it."""

    ident: str
    """Its Message-ID without the angle brackets."""
    thread: int
    """Which of the threads it belongs to, counted from 0 in the order in which they begin."""
    sender: str
    """The address."""
    payload: bytes


@dataclass
class _Thread:
    number: int
    sender: int
    subject: str
    thing: str
    idents: list[str] = field(default_factory=list)
    last: str = ""


def corpus(number: int = 2000, *, seed: int = SEED) -> list[Mail]:
    """``number`` mails in the order in which they arrive, with their threads. A parent always comes before its answers."""
    dice = random.Random(seed)
    people = [_person(index) for index in range(SENDERS)]
    wanted = max(1, round(number * THREADS_PER_MAIL)) if number else 0
    # Where threads begin is drawn without replacement, so that there are exactly as many as wanted; the first mail begins one.
    begins = {0, *dice.sample(range(1, number), wanted - 1)} if number else set()
    threads: list[_Thread] = []
    recent: list[_Thread] = []
    mails = []
    at = START
    for index in range(number):
        at += timedelta(seconds=dice.randrange(20, 900))
        if index in begins:
            thing = dice.choice(_THINGS)
            thread = _Thread(len(threads), dice.randrange(SENDERS), dice.choice(_MATTERS).format(thing), thing)
            threads.append(thread)
        else:
            thread = dice.choice(recent)
            recent.remove(thread)
        recent.append(thread)
        del recent[:-RECENT]
        mails.append(_mail(dice, thread, people[thread.sender], at, index=index, seed=seed))
    return mails


def mails(number: int = 2000, seed: int = SEED) -> list[bytes]:
    """The payloads alone, in the order in which they arrive."""
    return [mail.payload for mail in corpus(number, seed=seed)]


def ids(number: int = 2000, seed: int = SEED) -> list[tuple[str, int]]:
    """The truth: every mail's Message-ID and the number of its thread, in the same order as ``mails``."""
    return [(mail.ident, mail.thread) for mail in corpus(number, seed=seed)]


def replies_before_parents(found: Sequence[Mail]) -> list[Mail]:
    """The same mails with every thread's first one after the rest of its thread: what a mailbox read backwards gives."""
    ends: dict[int, int] = {}
    for index, mail in enumerate(found):
        ends[mail.thread] = index
    firsts: set[int] = set()
    keyed = []
    for index, mail in enumerate(found):
        is_first = mail.thread not in firsts
        firsts.add(mail.thread)
        keyed.append(((ends[mail.thread] + 0.5) if is_first else index, index, mail))
    return [mail for _, _, mail in sorted(keyed, key=lambda entry: entry[:2])]


def _person(index: int) -> tuple[str, str]:
    first, last = _FIRST[index % len(_FIRST)], _LAST[index // len(_FIRST)]
    plain = f"{first}.{last}".lower().translate(_PLAIN)
    return f"{first} {last}", f"{plain}@kunde{index % 7}.example"


def _mail(dice: random.Random, thread: _Thread, person: tuple[str, str], at: datetime, *, index: int, seed: int) -> Mail:
    name, address = person
    ident = f"{index:06d}.{dice.getrandbits(64):016x}.{seed}@{address.split('@')[1]}"
    message = EmailMessage()
    message["From"] = f"{name} <{address}>"
    message["To"] = TO
    message["Subject"] = f"Re: {thread.subject}" if thread.idents else thread.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{ident}>"
    if thread.idents:
        # Most answer the newest mail; some an older one, as one does when the newest was overlooked.
        parent = thread.idents[-1] if dice.random() < 0.8 else dice.choice(thread.idents)
        message["In-Reply-To"] = f"<{parent}>"
        message["References"] = " ".join(f"<{ident}>" for ident in thread.idents[: thread.idents.index(parent) + 1][-10:])
    written = _text(dice, thread, name)
    quoted = "".join(f"> {line}\n" for line in thread.last.splitlines()[:4])
    message.set_content(written + (f"\nDen {at:%d.%m.%Y} skrev {name}:\n{quoted}" if quoted else ""))
    if index % 2:
        paragraphs = "".join(f"<p>{part}</p>" for part in written.split("\n\n"))
        message.add_alternative(f"<html><body>{paragraphs}</body></html>", subtype="html")
        # The library draws the boundary by chance of its own, and the corpus is the same for the same seed.
        message.set_boundary(f"=_{index:06d}_{dice.getrandbits(48):012x}")
    thread.idents.append(ident)
    thread.last = written
    return Mail(ident, thread.number, address, message.as_bytes())


def _text(dice: random.Random, thread: _Thread, name: str) -> str:
    # A mail with HTML says everything twice; the number of sentences makes both kinds about 1.5 kB.
    sentences = dice.sample(_SENTENCES, dice.randrange(2, 8))
    said = [s.format(thread.thing, number=dice.randrange(100_000, 999_999)) for s in sentences]
    middle = (len(said) + 1) // 2
    return f"Hej\n\n{' '.join(said[:middle])}\n\n{' '.join(said[middle:])}\n\n{dice.choice(_CLOSINGS)}\n{name}\n"
