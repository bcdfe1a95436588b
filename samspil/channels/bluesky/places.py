"""Where an account lives and who signs it in: from its name to its DID, its server (PDS) and that server's authorisation server.

Each step is answered by a server that the one before named, so none is believed further than it must be: only public addresses are
asked, but for the host that the account's own settings name; a name counts where its DID's document says the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from samspil.channels.bluesky.settings import Settings, did_of
from samspil.channels.bluesky.values import handle_shape, rows
from samspil.kit import NotSignedIn
from samspil.kit.web import Answer, NotAllowed, Web

DIRECTORY = "https://plc.directory"
LARGEST = 200_000
PATIENCE = 10.0
PDS_TYPE, PDS_ID = "AtprotoPersonalDataServer", "#atproto_pds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An account's DID and name, the origin of its server, and where its authorisation server takes what."""

    did: str
    handle: str
    pds: str
    issuer: str
    authorize: str
    push: str
    token: str
    revoke: str
    methods: Sequence[str]


def inside(settings: Settings) -> tuple[str, ...]:
    """The hosts that may be private: the account's own."""
    name = urlsplit(settings.server).hostname if settings.host else ""
    return (name,) if name else ()


def find(settings: Settings) -> Place:
    """Where the account of the settings is signed in. Raises NotSignedIn, TryLater."""
    own = inside(settings)
    did, document = _who(settings.identifier, settings, own)
    pds = _machine(document, own)
    found = _json(f"{pds}/.well-known/oauth-protected-resource", own)
    issuers = found.get("authorization_servers")
    issuer = issuers[0] if isinstance(issuers, list) and len(issuers) == 1 else ""
    if found.get("resource") != pds or not (isinstance(issuer, str) and issuer and _origin(issuer, own) == issuer):
        raise _odd(f"{pds} does not say who signs its accounts in")
    return _place(did, _name(document), pds, issuer, own)


def _place(did: str, handle: str, pds: str, issuer: str, own: Sequence[str]) -> Place:
    about = _json(f"{issuer}/.well-known/oauth-authorization-server", own)
    if about.get("issuer") != issuer:
        raise _odd(f"{issuer} says that it is another")
    wanted = {
        "scopes_supported": "atproto",
        "dpop_signing_alg_values_supported": "ES256",
        "code_challenge_methods_supported": "S256",
    }
    for name, value in wanted.items():
        offered = about.get(name)
        if not isinstance(offered, list) or value not in offered:
            raise _odd(f"{issuer} does not offer {value}")
    if about.get("client_id_metadata_document_supported") is not True:
        raise _odd(f"{issuer} does not let unknown programs sign in")
    places = {
        name: _safe(about.get(f"{said}_endpoint"), own)
        for name, said in (
            ("authorize", "authorization"),
            ("push", "pushed_authorization_request"),
            ("token", "token"),
            ("revoke", "revocation"),
        )
    }
    missing = [name for name, found in places.items() if not found and name != "revoke"]
    if missing:
        raise _odd(f"{issuer} does not say where it takes: {', '.join(missing)}")
    methods = about.get("token_endpoint_auth_methods_supported")
    known = [one for one in methods if isinstance(one, str)] if isinstance(methods, list) else []
    return Place(did=did, handle=handle, pds=pds, issuer=issuer, methods=known, **places)


def _who(identifier: str, settings: Settings, own: Sequence[str]) -> tuple[str, Mapping[str, Any]]:
    did = did_of(identifier)
    if did:
        return did, _document(did, own)
    if not handle_shape(identifier):
        words = "To sign in, the account's name must be its handle, for example shop.bsky.social."
        raise NotSignedIn(words, why="address")
    did = _did_of_handle(identifier, settings, own)
    document = _document(did, own)
    if _name(document) != identifier:
        raise _odd(f"{identifier} and its DID do not know each other")
    return did, document


def _did_of_handle(handle: str, settings: Settings, own: Sequence[str]) -> str:
    # The account's server also asks the DNS, which we have no library for. It need not be believed: the document must name the handle.
    web = Web(base=settings.server, inside=own, largest=LARGEST, patience=PATIENCE)
    answer = _asked(web, "/xrpc/com.atproto.identity.resolveHandle", query={"handle": handle})
    did = did_of(answer.said.get("did")) if answer.ok else ""
    if not did:
        said = _asked(Web(inside=own, largest=LARGEST, patience=PATIENCE), f"https://{handle}/.well-known/atproto-did")
        did = did_of(said.body[:300].decode("utf-8", "replace").strip()) if said.ok else ""
    if not did:
        raise _odd(f"{handle} is not known on the network")
    return did


def _document(did: str, own: Sequence[str]) -> Mapping[str, Any]:
    method, _, rest = did.removeprefix("did:").partition(":")
    url = f"{DIRECTORY}/{did}" if method == "plc" else f"https://{rest.replace('%3a', ':')}/.well-known/did.json"
    found = _json(url, own)
    if found.get("id") != did:
        raise _odd(f"{did} has no document")
    return found


def _name(document: Mapping[str, Any]) -> str:
    """The first name that the document gives its account, in lower case; "" for none."""
    names = document.get("alsoKnownAs")
    for one in names if isinstance(names, list) else []:
        if isinstance(one, str) and one.startswith("at://"):
            return one.removeprefix("at://").lower()[:253]
    return ""


def _machine(document: Mapping[str, Any], own: Sequence[str]) -> str:
    for row in rows(document.get("service")):
        ident = row.get("id")
        if row.get("type") == PDS_TYPE and isinstance(ident, str) and ident.endswith(PDS_ID):
            origin = _origin(row.get("serviceEndpoint"), own)
            if origin:
                return origin
    raise _odd("The account's document does not say where it lives")


def _origin(address: object, own: Sequence[str]) -> str:
    """Scheme, host and port of a safe address without anything behind them; "" for any other."""
    found = _safe(address, own)
    parts = urlsplit(found)
    return f"{parts.scheme}://{parts.netloc}" if found and parts.path in {"", "/"} and not parts.query else ""


def _safe(address: object, own: Sequence[str]) -> str:
    """An address by https, or by http of the account's own host (a server on this machine); "" for any other."""
    try:
        parts = urlsplit(address) if isinstance(address, str) and len(address) < 2000 else None  # noqa: PLR2004
        good = parts and parts.hostname and "@" not in parts.netloc and not parts.fragment and parts.port != 0
    except ValueError:
        return ""
    if not (parts and good):
        return ""
    return str(address) if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in own) else ""


def _json(url: str, own: Sequence[str]) -> Mapping[str, Any]:
    answer = _asked(Web(inside=own, largest=LARGEST, patience=PATIENCE, headers={"accept": "application/json"}), url)
    if not answer.ok or not answer.said:
        raise _odd(f"{quote(url, safe=':/?=&%')[:200]} answered {answer.status}")
    return answer.said


def _asked(web: Web, url: str, **given: Any) -> Answer:
    try:
        return web.call("GET", url, **given)
    except NotAllowed as error:
        raise _odd(str(error)) from error


def _odd(words: str) -> NotSignedIn:
    return NotSignedIn(words[:300], why="refused")
