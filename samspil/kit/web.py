"""HTTP as channels need it: errors in the contract's words, and a safe way to fetch what strangers name.

Two doors. :meth:`Web.call` talks to the server that the account's own settings name, wherever it is (or, with ``inside``, to one that those
settings led to, where it may be). :func:`fetch` gets an address that
came from outside: public addresses alone, checked on the very connection that is used (so neither a redirect nor a name that
resolves differently the second time leads inside), with bounds of size and time, and only the kinds of content that were asked for.
"""

import json as json_text
import os
import ssl
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from ipaddress import ip_address
from socket import IPPROTO_TCP, gaierror, getaddrinfo
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx

from samspil.kit.errors import ChannelError, NotUnderstood, TryLater, Uncertain

AGENT = "Samspil/1.0 (+https://samspil.example)"
PATIENCE = 20.0
"""Seconds for a connection and for each piece of an answer, unless told otherwise."""
LARGEST = 10 * 1024 * 1024
"""Bytes of an answer that are read at most, unless told otherwise."""
LONGEST_PAUSE = 3600.0
REDIRECTS = 3
TOO_MANY, SERVER_FAULTS = 429, 500
_NO_CONNECTION = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class NotAllowed(ChannelError):
    """An address from outside that is not fetched: not public, not http, too large, of another kind, or too many redirects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said: header names in lower case, ``body`` at most as long as was allowed, ``url`` after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    url: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 - the classes of HTTP's status codes

    def json(self) -> Any:
        """The body as JSON. Raises NotUnderstood."""
        try:
            return json_text.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise NotUnderstood(f"{self.status}: the answer is not JSON") from error

    @property
    def said(self) -> Mapping[str, Any]:
        """The body as a JSON object; empty where it is none."""
        try:
            found = self.json()
        except NotUnderstood:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def words(self) -> str:
        """The server's own words for a colleague to read, at most 300 characters."""
        return f"{self.status}: {self.body[:300].decode('utf-8', 'replace')}".strip()


@dataclass(slots=True)
class Web:
    """Calls of one server named by an account's settings. ``headers`` go with every call; ``base`` stands before relative paths.

    Every call raises TryLater where the same call may be made again: no connection, 429 (with the pause that the server asks for), 5xx.
    When the connection breaks after the request left, a call that is not ``repeatable`` raises Uncertain. Every other answer is given.
    ``inside``: the server was named by others than the settings, so only public addresses are called, and the hosts of these names wherever
    they are; NotAllowed for any other. None: anywhere.
    """

    base: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    patience: float = PATIENCE
    largest: int = LARGEST
    inside: Collection[str] | None = None

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        content: bytes | Iterable[bytes] | None = None,
        form: Mapping[str, Any] | None = None,
        files: Sequence[tuple[str, tuple[str, Any, str]]] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        patience: float | None = None,
        every: bool = False,
    ) -> Answer:
        """One request. ``repeatable`` says that making it twice does no harm; None: GET, HEAD, PUT and DELETE are.

        ``every``: answers with 429 and 5xx are given too, for networks that say in the body what to do.
        """
        twice = method in {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"} if repeatable is None else repeatable
        url = path if "://" in path else self.base.rstrip("/") + "/" + path.lstrip("/")
        try:
            with (
                self._client(patience or self.patience) as client,
                client.stream(
                    method, url, json=json, content=content, data=form, files=files, params=query or None, headers=headers
                ) as response,
            ):
                answer = _read(response, self.largest)
        except _Private as error:
            raise NotAllowed(f"{_host(url)} is not a public address") from error
        except (*_NO_CONNECTION, httpx.InvalidURL) as error:
            raise TryLater(f"{_host(url)}: {_said(error)}") from error
        except httpx.HTTPError as error:
            if twice:
                raise TryLater(f"{_host(url)}: {_said(error)}") from error
            raise Uncertain(f"{_host(url)}: {_said(error)}") from error
        if not every and (answer.status == TOO_MANY or answer.status >= SERVER_FAULTS):
            raise TryLater(f"{_host(url)}: {answer.words}", after=pause_of(answer.headers))
        return answer

    @contextmanager
    def lines(self, path: str, *, json: Any, seconds: float) -> Iterator[tuple[Answer, Iterator[str]]]:
        """POST, and read the answer line by line as it comes; where it is refused, the answer has its body and there are no lines.

        ``seconds`` bounds the whole. Raises TryLater for no connection, a broken one, too much, or too slow. Nothing is tried twice.
        """
        url, end = self.base.rstrip("/") + "/" + path.lstrip("/"), time.monotonic() + seconds
        try:
            with self._client(self.patience) as client, client.stream("POST", url, json=json) as response:
                if not response.is_success:
                    yield _read(response, self.largest, end), iter(())
                else:
                    yield Answer(status=response.status_code, headers=_lower(response.headers)), self._lines(response, end)
        except _Private as error:
            raise NotAllowed(f"{_host(url)} is not a public address") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TryLater(f"{_host(url)}: {_said(error)}") from error

    def _lines(self, response: httpx.Response, end: float) -> Iterator[str]:
        read = 0
        for line in response.iter_lines():
            read += len(line)
            if read > self.largest or time.monotonic() > end:
                raise TryLater(f"{response.url.host} {'sent too much' if read > self.largest else 'is too slow'}")
            yield line

    def _client(self, patience: float) -> httpx.Client:
        if self.inside is not None:
            return _guarded_client(frozenset(self.inside), patience, self.headers)
        return httpx.Client(verify=_trusted(), timeout=patience, headers={"user-agent": AGENT, **self.headers})


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that are trusted, read once: reading them takes longer than most calls."""
    return httpx.create_ssl_context()


def pause_of(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait (Retry-After as seconds or a date, else X-RateLimit-Reset), at most an hour; None when it says nothing."""
    for name in ("retry-after", "x-ratelimit-reset", "ratelimit-reset"):
        text = headers.get(name, "").strip()
        if not text:
            continue
        seconds = _seconds(text)
        if seconds is not None:
            return min(max(seconds, 0.0), LONGEST_PAUSE)
    return None


def _seconds(text: str) -> float | None:
    try:
        number = float(text)
        return number - time.time() if number > 1e9 else number  # noqa: PLR2004 - larger is a time since 1970
    except ValueError:
        pass
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            at = read(text)
        except ValueError:
            continue
        return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
    return None


def fetch(
    url: str,
    *,
    kinds: Collection[str] = (),
    largest: int = LARGEST,
    seconds: float = PATIENCE,
    headers: Mapping[str, str] | None = None,
    inside: Collection[str] = (),
    redirects: int = REDIRECTS,
) -> Answer:
    """GET an address that a stranger named. ``kinds`` are the content types allowed ("image/*"), () all.

    ``inside`` are host names that may be private all the same: the account's own server. ``seconds`` bounds the whole, ``redirects`` (so
    many are followed) and body included. Raises NotAllowed, TryLater (no connection, 429, 5xx, too slow).
    """
    end = time.monotonic() + seconds
    for _ in range(redirects + 1):
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
            raise NotAllowed(f"{url[:200]} is no address of a web page")
        answer = _get(url, kinds, largest, end, headers or {}, frozenset(inside))
        target = answer.headers.get("location", "")
        if not (300 <= answer.status < 400 and target):  # noqa: PLR2004
            return answer
        url = urljoin(url, target)
        headers = {}  # what was meant for one host is not told to another
    raise NotAllowed("too many redirects")


def post(
    url: str,
    *,
    content: bytes,
    headers: Mapping[str, str] | None = None,
    largest: int = 100_000,
    seconds: float = PATIENCE,
    inside: Collection[str] = (),
) -> Answer:
    """POST to an address that a stranger named, as safely as :func:`fetch`; redirects are not followed, and every status is given.

    Raises NotAllowed, TryLater: then it is not known whether it arrived, so only what may arrive twice is sent this way.
    """
    with Strangers(inside=inside, seconds=seconds, largest=largest) as strangers:
        return strangers.post(url, content=content, headers=headers)


class Strangers:
    """Many :func:`post` calls over connections that are kept. Safe to share by threads."""

    def __init__(self, *, inside: Collection[str] = (), seconds: float = PATIENCE, largest: int = 100_000) -> None:
        self._seconds, self._largest = seconds, largest
        self._client = _guarded_client(frozenset(inside), seconds, {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def post(self, url: str, *, content: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """As :func:`post`."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
            raise NotAllowed(f"{url[:200]} is no address of a web page")
        with _told(url), self._client.stream("POST", url, content=content, headers=dict(headers or {})) as response:
            return _read(response, self._largest, time.monotonic() + self._seconds, strict=True)
        raise AssertionError  # _told() lets nothing pass


@contextmanager
def _told(url: str) -> Iterator[None]:
    """What goes wrong in httpx in the contract's words."""
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        if isinstance(error.__cause__, _Private) or isinstance(error.__context__, _Private):
            raise NotAllowed(f"{_host(url)} is not a public address") from error
        raise TryLater(f"{_host(url)}: {_said(error)}") from error
    except _Private as error:
        raise NotAllowed(f"{_host(url)} is not a public address") from error


@cache
def _tls(_bundle: str) -> ssl.SSLContext:
    """Made once: reading the certificates takes longer than a request. ``_bundle`` is the environment's choice of them."""
    return ssl.create_default_context()


def _guarded_client(inside: frozenset[str], seconds: float, headers: Mapping[str, str]) -> httpx.Client:
    transport = httpx.HTTPTransport(verify=_tls(os.environ.get("SSL_CERT_FILE", "")))
    # httpx has no argument for it: the pool is where a connection is made, and the only place where what is looked at is what is used.
    pool = httpcore.ConnectionPool(ssl_context=_tls(os.environ.get("SSL_CERT_FILE", "")), network_backend=_Guarded(inside))
    transport._pool = pool  # noqa: SLF001
    return httpx.Client(transport=transport, trust_env=False, timeout=seconds, headers={"user-agent": AGENT, **headers})


def _get(
    url: str, kinds: Collection[str], largest: int, end: float, headers: Mapping[str, str], inside: frozenset[str]
) -> Answer:
    with (
        _told(url),
        _guarded_client(inside, max(end - time.monotonic(), 0.1), headers) as client,
        client.stream("GET", url) as response,
    ):
        if response.is_redirect:
            return Answer(status=response.status_code, headers=_lower(response.headers), url=str(response.url))
        kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
        if kinds and response.is_success and not any(_matches(kind, wanted) for wanted in kinds):
            raise NotAllowed(f"{_host(url)} sent {kind or 'no content type'}")
        answer = _read(response, largest, end, strict=True)
    if answer.status == TOO_MANY or answer.status >= SERVER_FAULTS:
        raise TryLater(f"{_host(url)}: {answer.status}", after=pause_of(answer.headers))
    return answer


class _Private(Exception):
    """A name that leads to an address which is not public."""


class _Guarded(httpcore.SyncBackend):
    """Connects to public addresses alone: looks the name up once, and connects to what it looked at."""

    def __init__(self, inside: frozenset[str]) -> None:
        self._inside = inside

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        more: dict[str, Any] = {"timeout": timeout, "local_address": local_address, "socket_options": socket_options}
        if host in self._inside:
            return super().connect_tcp(host, port, **more)
        try:
            found = [str(row[4][0]) for row in getaddrinfo(host, port, proto=IPPROTO_TCP)]
        except (gaierror, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} is not known") from error
        if not found or not all(is_public(address) for address in found):
            raise _Private(host)
        last: Exception | None = None
        for address in found[:3]:
            try:
                return super().connect_tcp(address, port, **more)
            except httpcore.ConnectError as error:
                last = error
        raise last or httpcore.ConnectError(host)

    def connect_unix_socket(self, path: str, *_args: Any, **_more: Any) -> httpcore.NetworkStream:
        raise _Private(path)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public network: not private, loopback, link-local, shared, multicast, reserved.

    Nor one of these in IPv6's clothes.
    """
    found = ip_address(address.partition("%")[0])
    for inner in (getattr(found, "ipv4_mapped", None), getattr(found, "sixtofour", None)):
        if inner is not None and not is_public(str(inner)):
            return False
    teredo = getattr(found, "teredo", None)
    return found.is_global and not found.is_multicast and not found.is_reserved and teredo is None


def _read(response: httpx.Response, largest: int, end: float | None = None, *, strict: bool = False) -> Answer:
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > largest:
            if strict:
                raise NotAllowed(f"{response.url.host} sent more than {largest} bytes")
            raise TryLater(f"{response.url.host} sent more than {largest} bytes")
        if end is not None and time.monotonic() > end:
            raise TryLater(f"{response.url.host} is too slow")
    return Answer(status=response.status_code, headers=_lower(response.headers), body=bytes(body), url=str(response.url))


def _lower(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _matches(kind: str, wanted: str) -> bool:
    return kind == wanted or (wanted.endswith("/*") and kind.startswith(wanted[:-1]))


def _host(url: str) -> str:
    return urlsplit(url).hostname or url[:100]


def _said(error: Exception) -> str:
    return str(error)[:200] or type(error).__name__
