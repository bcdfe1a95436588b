"""Files that a network keeps, and that are fetched afterwards: from its own hosts alone, bounded, and of the kind that was announced."""

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from samspil.kit.channel import LARGEST_FILE
from samspil.kit.errors import Unreachable
from samspil.kit.reading import host_of
from samspil.kit.web import REDIRECTS, Answer, NotAllowed, fetch

SECONDS = 60.0
"""That one file may take."""


def load(
    url: str,
    *,
    hosts: Collection[str] | None,
    server: str = "",
    kinds: Collection[str] = (),
    headers: Mapping[str, str] | None = None,
    stays: bool = False,
) -> Answer:
    """GET a file of at most LARGEST_FILE bytes.

    ``hosts`` are the network's own, ".example.com" for all below it, and are asked by https; None: the address is anybody's choice, and any
    public one is asked. ``server`` is the address of the account's own server, which may be inside. ``kinds`` are the content types
    allowed ("image/*"), () all. ``headers`` go to the first host alone: a redirect is told nothing, and
    with ``stays`` it is not followed: what lies elsewhere is not the file. Raises TryLater, Unreachable (gone,
    too large, of another kind, or nowhere one may go).
    """
    if not may_load(url, hosts=hosts, server=server):
        raise Unreachable(f"The file lies at {host_of(url) or 'no address'}, from where nothing is fetched")
    # The account's own server may be inside; the network's own hosts are public, also where one of them is that server.
    inside = {urlsplit(url).hostname or ""} if _of(url, server) and not _among(url, hosts or ()) else set()
    try:
        answer = fetch(
            url,
            kinds=kinds,
            largest=LARGEST_FILE,
            seconds=SECONDS,
            headers=headers,
            inside=inside,
            redirects=0 if stays else REDIRECTS,
        )
    except NotAllowed as error:
        raise Unreachable(f"The file is not fetched: {error}") from error
    if not answer.ok:
        raise Unreachable(f"The file is not there any more ({answer.status})")
    return answer


def may_load(url: str, *, hosts: Collection[str] | None, server: str = "") -> bool:
    """Whether :func:`load` would ask there."""
    if hosts is None:
        return bool(host_of(url))
    return _of(url, server) or _among(url, hosts)


def _among(url: str, hosts: Collection[str]) -> bool:
    return _scheme(url) == "https" and any(_below(host_of(url), host) for host in hosts)


def _scheme(url: str) -> str:
    return urlsplit(url).scheme if host_of(url) else ""


def _of(url: str, server: str) -> bool:
    return bool(host_of(server)) and (_scheme(url), host_of(url)) == (_scheme(server), host_of(server))


def _below(host: str, allowed: str) -> bool:
    return host.endswith(allowed) if allowed.startswith(".") else host == allowed


def is_page(answer: Answer) -> bool:
    """Whether a page came: where a file was asked for, it is one for signing in."""
    kind = answer.headers.get("content-type", "").split(";")[0].strip().lower()
    return kind in {"text/html", "application/xhtml+xml"}
