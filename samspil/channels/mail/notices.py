"""What comes back to where a notice to a colleague is answered.

The address and the message id are signed with the account's key, each in its own way, so that no other token of ours names a notice.
A signature says which notice is answered, never who answers: that is for the core to judge, by who wrote.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from samspil.channels.mail import tokens
from samspil.channels.mail.headers import Headers, addresses, text_of_header
from samspil.channels.mail.reports import Returned
from samspil.kit import Handle

CUT = {"da": "Svar over denne linje", "en": "Answer above this line"}
"""What stands first in a notice, between two rules, so that quotes that no program marks are known too."""


@dataclass(frozen=True, slots=True)
class Named:
    """What an incoming mail names: ``notice`` is "" where only a damaged one was found; ``by`` is address or reference.

    ``several``: it was sent to where other notices are answered too.
    """

    notice: str
    by: str
    several: bool = False


def named(key: bytes, receivers: Sequence[Handle], links: Sequence[str]) -> Named | None:
    """The notice that a mail answers, by the address before the reference; None when it is about none."""
    damaged, several = "", _several(key, receivers)
    for by, found in (("address", [one.address for one in receivers]), ("reference", list(reversed(links)))):
        for each in found:
            try:
                notice = tokens.read_notice(key, each, reference=by == "reference")
            except ValueError:
                damaged = damaged or by
                continue
            if notice is not None:
                return Named(notice, by, several)
    return Named("", damaged) if damaged else None


def _several(key: bytes, receivers: Sequence[Handle]) -> bool:
    found = set()
    for one in receivers:
        with suppress(ValueError):
            found.add(tokens.read_notice(key, one.address, reference=False))
    return len(found - {None}) > 1


def doubt(headers: Headers, author: Handle, trusted: str) -> str:
    """Why it is not sure who wrote; "" when nothing speaks against it. ``trusted``: the name by which our own mail server states its checks."""
    authors, more = addresses(headers.get("from", ()), limit=3)
    if len({one.address for one in authors}) > 1 or more or len(headers.get("from", ())) > 1:
        return "several authors"
    if not authors or "resent-from" in headers:
        return "another sender"  # no From at all, or sent on by somebody who left it as it was
    senders, _ = addresses(headers.get("sender", ()), limit=1)
    if senders and senders[0].address != author.address:
        return "another sender"
    for value in headers.get("authentication-results", ()) if trusted else ():
        server, _, said = text_of_header(value).partition(";")
        if server.strip().lower().split(" ")[0] == trusted.lower():
            # Only the first that our own server wrote: a forger can add lines below it, not above (RFC 8601, 5).
            return "not authenticated" if "dmarc=fail" in said.lower().replace(" ", "") else ""
    return ""


def kind_of(returned: Returned) -> str:
    """A report as a word: "bounce" where something was not delivered, else "report" (read, delayed)."""
    return "bounce" if any(report.state == "failed" for report in returned.reports) else "report"


def own_words(text: str) -> str:
    """What the colleague wrote: above the notice's first line where that was quoted without a mark, without quotes and signature.

    A message of a consumer's is shown whole where nothing else is left; a colleague's then says nothing.
    """
    lines = text.split("\n")
    for place, line in enumerate(lines):
        if any(cut in line for cut in CUT.values()):
            lines = lines[:place]
            while lines and (not lines[-1].strip() or lines[-1].strip().endswith(":") or set(lines[-1].strip()) <= set("-_=> ")):
                lines.pop()
            break
        if line.rstrip("\r") in {"-- ", "--"}:
            lines = lines[:place]
            break
    return "\n".join(line for line in lines if not line.startswith(">")).strip()
