"""What a homeserver brings to its application service. Source: spec.matrix.org, application service API."""

import hmac
import json
import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from samspil.channels.matrix.envelopes import envelope_of, ident_of, is_kept, receipts
from samspil.channels.matrix.settings import room_id, settings_of
from samspil.kit import Account, Envelope, Forged, Heard, Request

_TRANSACTION = re.compile(r"(?:/_matrix/app/v1)?/transactions/([^/]{1,2000})$")
_PING = re.compile(r"/_matrix/app/v1/ping$")
_EPHEMERAL = ("ephemeral", "de.sorunome.msc2409.ephemeral")


def hear(request: Request, account: Account) -> Heard:
    """The events of one transaction. Raises Forged. A body that is odd is kept all the same: refused, it would come again for ever."""
    settings = settings_of(account)
    given = request.headers.get("authorization", "").removeprefix("Bearer ") or request.query.get("access_token", "")
    if not settings.hs_token:
        raise Forged("this account is no application service")
    if not hmac.compare_digest(given.encode(), settings.hs_token.encode()):
        raise Forged("the homeserver's token is wrong")
    where = urlsplit(request.url).path
    if request.method == "POST" and _PING.search(where):
        return Heard()
    found = _TRANSACTION.search(where)
    if request.method != "PUT" or found is None:
        # Asked whether a person or room of ours exists: none but the account itself does.
        return Heard(status=404, body=b'{"errcode":"M_NOT_FOUND","error":"not here"}')
    return Heard(envelopes=_envelopes(request.body, unquote(found[1]), settings.own))


def _envelopes(body: bytes, transaction: str, own: frozenset[str]) -> list[Envelope]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, Mapping):
        return [Envelope(external_id=f"transaction:{transaction}"[:190], payload=body)]
    found: list[Envelope] = []
    events = said.get("events")
    for event in events if isinstance(events, list) else ():
        if is_kept(event, own):
            kept = {"event": event, "room": {"id": event.get("room_id")}}
            found.append(envelope_of(kept, ident_of(event, kept)))
    for name in _EPHEMERAL:
        rows = said.get(name)
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, Mapping) and row.get("type") == "m.receipt" and room_id(row.get("room_id")):
                found += receipts(str(row["room_id"]), row.get("content"), own, {})
    return found
