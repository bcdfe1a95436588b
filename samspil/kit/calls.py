"""Calls by webhook, as networks make them alike: first a challenge that we are to sign, then calls that the network has signed. Pure."""

import hmac

from samspil.kit.channel import Request
from samspil.kit.errors import Forged, NotUnderstood


def challenge(request: Request, name: str, longest: int) -> str:
    """What a network asks us to sign, by GET and with this name in the query; "" where the request is a call.

    Raises NotUnderstood for a GET without it, and for one that is longer than ``longest``: we sign no text of a stranger's choice.
    """
    if request.method != "GET":
        return ""
    asked = request.query.get(name, "")
    if not asked or len(asked) > longest:
        raise NotUnderstood("no challenge")
    return asked


def check(given: str, expected: str, whose: str) -> None:
    """A signature is the one that was expected, in a time that tells nothing of it. Raises Forged, where ``whose`` is the network's name."""
    if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
        raise Forged(f"the signature is not {whose}'s")
