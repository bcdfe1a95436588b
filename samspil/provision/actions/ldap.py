"""Asking an LDAP directory for its people (RFC 4511), through ldap3: encrypted, in pages, read only, referrals not followed."""

import logging
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import ldap3
from ldap3.core import exceptions as wrong
from ldap3.core.exceptions import LDAPException
from ldap3.utils.dn import parse_dn

from samspil.base.errors import SamspilError
from samspil.base.flow import step
from samspil.base.seal import seal, unseal
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import covers_all
from samspil.provision.actions.runs import MOST, administers, braked, go, write_plan
from samspil.provision.models import Directory, Run, Source
from samspil.provision.queries import acting
from samspil.provision.rules.ldap import wanted_of_entry, wrong_settings
from samspil.provision.rules.people import Path, Wanted

log = logging.getLogger(__name__)
CONNECT, ANSWER = 5, 30
"""Seconds to connect, and for an answer."""
IN_A_PAGE = 500
SHOWN = 5


class WrongSettings(SamspilError):
    """The settings of a directory cannot be used; the message is a code."""

    code = "provision.wrong_settings"


class NoAnswer(SamspilError):
    """The directory did not give what it was asked for; the message is a code of :data:`SAID`."""

    code = "provision.no_answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a try brought: how many people, whether there are more, and the first of them."""

    number: int
    more: bool
    first: Sequence[Wanted]


def keep_directory(*, by: Colleague, password: str | None, **values: Any) -> Directory:
    """Keep the settings; a ``password`` of None leaves the one that is kept, unless the server is another. Raises NotAllowed, WrongSettings."""
    administers(by=by)
    mapping = {k: v.strip() for k, v in values["mapping"].items()}
    if code := wrong_settings(url=values["url"], start_tls=values["start_tls"], base=values["base"], mapping=mapping):
        raise WrongSettings(code)
    try:
        _compiled(values["filter"])
    except (LDAPException, ValueError, IndexError, AttributeError):
        raise WrongSettings("bad_filter") from None
    with step():
        row = Directory.objects.select_for_update(of=("self",)).first() or Directory()
        elsewhere = bool(row.url) and urlsplit(row.url).hostname != urlsplit(values["url"]).hostname
        for name, value in {**values, "mapping": mapping}.items():
            setattr(row, name, value)
        if password is not None or elsewhere:
            # A password is never sent to another server than the one it was typed for.
            row.password = seal(password or "")
        row.by, row.whole, row.error = by, covers_all(by), ""
        row.save()
    return row


def _compiled(text: str) -> None:
    from ldap3.operation.search import compile_filter, parse_filter

    compile_filter(parse_filter(text, None, False, False, None, False).elements[0])  # noqa: FBT003  ldap3's signature


def try_directory(*, row: Directory) -> Heard:
    """Connect, sign in and read the first page; nothing is written. Raises NoAnswer."""
    people = _asked(row, most=IN_A_PAGE)
    return Heard(number=len(people), more=len(people) >= IN_A_PAGE, first=people[:SHOWN])


def look_in(*, by: Colleague | None, at: datetime) -> Run:
    """Ask the directory, and write down what would be done. Raises NotAllowed, NoAnswer, WrongSettings."""
    row = Directory.objects.first()
    if row is None:
        raise WrongSettings("not_set_up")
    acts = by or acting(row.by_id, whole=row.whole)
    if acts is None:
        raise WrongSettings("nobody")
    administers(by=acts)
    try:
        people = _somebody(_asked(row, most=MOST))
    except NoAnswer as error:
        Directory.objects.filter(pk=row.pk).update(error=str(error), asked_at=at)
        raise
    with step():
        Directory.objects.filter(pk=row.pk).update(error="", asked_at=at)
        options = {"missing": row.missing, "roles": False, "brake": row.brake}
        run = Run.objects.create(
            source=Source.LDAP, name=urlsplit(row.url).hostname or "LDAP", options=options, by=acts, whole=covers_all(acts),
            started_at=at, moved_at=at,
        )  # fmt: skip
        return write_plan(run=run, wanted=people, at=at)


def _somebody(people: list[Wanted]) -> list[Wanted]:
    """An empty answer is a filter or a right that is wrong; it never means that everybody has left."""
    if not people:
        raise NoAnswer("nobody_there")
    return people


def nightly(*, at: datetime) -> Run | None:
    """Ask and do, where that is wanted; what the brake stops, or what cannot be asked, waits for somebody to look."""
    row = Directory.objects.filter(nightly=True).first()
    by = acting(row.by_id, whole=row.whole) if row else None
    if row is None or by is None:
        return None
    try:
        run = look_in(by=None, at=at)
    except (NoAnswer, WrongSettings) as error:
        log.warning("the directory was not read: %s", error)
        return None
    if braked(run=run):
        Directory.objects.filter(pk=row.pk).update(error="braked")
        return run
    return go(run=run.pk, by=by, at=at)


SAID = {
    wrong.LDAPSocketOpenError: "unreachable",
    wrong.LDAPSocketReceiveError: "no_time",
    wrong.LDAPResponseTimeoutError: "no_time",
    wrong.LDAPStartTLSError: "tls",
    wrong.LDAPCertificateError: "tls",
    wrong.LDAPSSLConfigurationError: "tls",
    wrong.LDAPInvalidCredentialsResult: "credentials",
    wrong.LDAPInappropriateAuthenticationResult: "credentials",
    wrong.LDAPStrongerAuthRequiredResult: "no_tls",
    wrong.LDAPConfidentialityRequiredResult: "no_tls",
    wrong.LDAPInsufficientAccessRightsResult: "rights",
    wrong.LDAPNoSuchObjectResult: "no_base",
    wrong.LDAPInvalidDNSyntaxResult: "no_base",
    wrong.LDAPInvalidDnError: "no_base",
    wrong.LDAPInvalidFilterError: "bad_filter",
    wrong.LDAPTimeLimitExceededResult: "no_time",
    wrong.LDAPSizeLimitExceededResult: "size",
    wrong.LDAPAdminLimitExceededResult: "size",
}
"""What of ldap3's errors is told, as codes; nothing of a password is in them."""


class _Verified(ldap3.Tls):  # type: ignore[misc]
    """TLS as Python itself verifies it, the name of the server too: ldap3's own check of the name is of Python 3.4's days."""

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:  # noqa: FBT001, FBT002  ldap3's signature
        """Put TLS around the connection's socket."""
        context = ssl.create_default_context(cadata=self.ca_certs_data)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        connection.socket = context.wrap_socket(
            connection.socket, server_hostname=connection.server.host, do_handshake_on_connect=do_handshake
        )


@contextmanager
def _connection(row: Directory) -> Iterator[ldap3.Connection]:
    parts = urlsplit(row.url)
    tls = _Verified(validate=ssl.CERT_REQUIRED, ca_certs_data=row.authority or None)
    server = ldap3.Server(
        parts.hostname, port=parts.port, use_ssl=parts.scheme == "ldaps", tls=tls, connect_timeout=CONNECT, get_info=ldap3.NONE
    )
    password = str(unseal(bytes(row.password))) if row.password else ""
    link = ldap3.Connection(
        server,
        user=row.bind or None,
        password=password or None,
        authentication=ldap3.SIMPLE if row.bind else ldap3.ANONYMOUS,
        auto_referrals=False,
        read_only=True,
        receive_timeout=ANSWER,
        raise_exceptions=True,
        check_names=False,
    )
    try:
        link.open(read_server_info=False)
        if row.start_tls and parts.scheme == "ldap":
            link.start_tls(read_server_info=False)
        link.bind(read_server_info=False)
        yield link
    finally:
        link.unbind()


def _asked(row: Directory, *, most: int) -> list[Wanted]:
    """The people of the directory, ``most`` at most. Raises NoAnswer."""
    if code := wrong_settings(url=row.url, start_tls=row.start_tls, base=row.base, mapping=row.mapping):
        raise NoAnswer(code)
    if row.bind and (not row.password or not unseal(bytes(row.password))):
        # An empty password would be an unauthenticated bind (RFC 4513, 5.1.2), which many servers let pass.
        raise NoAnswer("credentials")
    found: list[Wanted] = []
    try:
        with _connection(row) as link:
            entries = link.extend.standard.paged_search(
                row.base,
                row.filter,
                search_scope=ldap3.SUBTREE,
                dereference_aliases=ldap3.DEREF_NEVER,
                attributes=sorted({a for a in row.mapping.values() if a}),
                time_limit=ANSWER,
                paged_size=IN_A_PAGE,
                generator=True,
            )
            for entry in entries:
                if entry.get("type") != "searchResEntry":
                    continue  # a referral is not followed
                found.append(_wanted(row, entry, len(found) + 1))
                if len(found) >= most:
                    break
    except (LDAPException, OSError) as error:
        raise NoAnswer(_code(error)) from None
    return found


def _wanted(row: Directory, entry: Any, number: int) -> Wanted:
    values = {str(k).lower(): list(v) for k, v in entry["raw_attributes"].items()}
    return wanted_of_entry(
        number=number, values=values, ous=_ous(str(entry["dn"]), row.base), mapping=row.mapping, unit_from=row.unit_from
    )


def _ous(dn: str, base: str) -> Path:
    """The organisational units of an entry below the base, from the top."""
    try:
        below = parse_dn(dn)[: max(len(parse_dn(dn)) - len(parse_dn(base)), 0)]
    except LDAPException:
        return ()
    names = [" ".join(value.replace("\\", "").split()) for kind, value, _sign in below if kind.lower() == "ou"]
    return tuple(reversed(names))


def _code(error: Exception) -> str:
    text = str(error).lower()
    if "certificate" in text or "ssl" in text or "tls" in text:
        return "tls"
    for kind, code in SAID.items():
        if isinstance(error, kind):
            return code
    log.warning("LDAP: %s", type(error).__name__)
    return "other"
