"""What ``samspil doctor`` and the page of health ask about the database, in the language that is active."""

import shutil
from pathlib import Path

import psycopg
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from samspil.kit import Check

# The newest release of each series when this was written; a release that is behind may have known holes.
# Source: https://www.postgresql.org/support/security/ - look there at every release of ours.
NEWEST = {15: 18, 18: 6}
"""The newest minor release of each series that we have seen ourselves (Debian 12, the wheel); a series not listed is not judged."""
CHECKED = "2026-11"
OLDEST_MAJOR = 15
ENOUGH_BYTES = 2_000_000_000
SHOWN = ("fsync", "synchronous_commit", "full_page_writes")


def checks_of(dsn: str, *, folder: Path | None) -> list[Check]:
    """The checks of the database at ``dsn``; ``folder`` is the embedded server's."""
    try:
        with psycopg.connect(dsn, connect_timeout=10) as connection:
            connection.read_only = True
            version = connection.info.server_version
            names = [*SHOWN, "data_checksums", "max_connections"]
            values = {name: str(_one(connection, "SELECT current_setting(%s)", [name])) for name in names}
            encoding = str(
                _one(connection, "SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()")
            )
            used = int(str(_one(connection, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")))
            size = int(str(_one(connection, "SELECT pg_database_size(current_database())")))
    except psycopg.Error as error:
        remedy = (
            _("Start it with samspil up.") if folder else _("See that the server of SAMSPIL_DATABASE_URL runs and lets us in.")
        )
        return [Check(name=_("database: answers"), ok=False, detail=str(error).strip(), remedy=remedy)]
    where = _("embedded") if folder else _("a server of its own")
    checks = [
        Check(
            name=_("database: answers"),
            ok=True,
            detail=f"PostgreSQL {version // 10000}.{version % 10000} ({where}), {_number(size / 1e6, 0)} MB",
        ),
        _version(version, embedded=folder is not None),
        _durable(values),
        Check(
            name=_("database: encoding"),
            ok=encoding == "UTF8",
            detail=encoding,
            remedy=_("Move to a database made with encoding UTF8."),
        ),
        _connections(used, int(values["max_connections"])),
    ]
    return [*checks, _disk(folder)] if folder else checks


def _one(connection: psycopg.Connection[tuple[object, ...]], query: str, values: list[str] | None = None) -> object:
    row = connection.execute(query.encode(), values).fetchone()
    return row[0] if row else None


def _number(value: float, decimals: int) -> str:
    return str(number_format(round(value, decimals), decimal_pos=decimals, force_grouping=True))


def _version(version: int, *, embedded: bool) -> Check:
    major, minor = divmod(version, 10000)
    newest = NEWEST.get(major)
    name, mine = _("database: version"), f"{major}.{minor}"
    if major < OLDEST_MAJOR:
        return Check(
            name=name,
            ok=False,
            detail=_("PostgreSQL %(n)d is too old") % {"n": major},
            remedy=_("Use PostgreSQL %(n)d or newer.") % {"n": OLDEST_MAJOR},
        )
    if newest is None:
        return Check(
            name=name,
            ok=True,
            detail=_("%(mine)s; we knew none of this series in %(when)s") % {"mine": mine, "when": CHECKED},
        )
    known = {"mine": mine, "newest": f"{major}.{newest}", "when": CHECKED}
    if minor >= newest:
        return Check(name=name, ok=True, detail=_("%(mine)s; the newest we knew in %(when)s was %(newest)s") % known)
    return Check(
        name=name,
        ok=False,
        detail=_("%(mine)s is behind %(newest)s and may have known holes") % known,
        remedy=_("Move to your distribution's server: samspil database move.")
        if embedded
        else _("Install your distribution's updates."),
    )


def _durable(values: dict[str, str]) -> Check:
    off = [name for name in SHOWN if values[name] == "off"]
    if off:
        detail = _("off: %(names)s") % {"names": ", ".join(off)}
    elif values["data_checksums"] == "on":
        detail = _("fsync on, checksums on")
    else:
        detail = _("fsync on, checksums off")
    return Check(
        name=_("database: durable"),
        ok=not off,
        detail=detail,
        remedy=_("Set SAMSPIL_DATABASE_FSYNC=true, or the same on your server."),
    )


def _connections(used: int, most: int) -> Check:
    return Check(
        name=_("database: connections"),
        ok=used < most * 0.8,
        detail=_("%(used)d of %(most)d in use") % {"used": used, "most": most},
        remedy=_("Raise SAMSPIL_DATABASE_CONNECTIONS, or max_connections on your server."),
    )


def _disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    return Check(
        name=_("database: disk space"),
        ok=free > ENOUGH_BYTES,
        detail=_("%(n)s GB free in %(folder)s") % {"n": _number(free / 1e9, 1), "folder": folder},
        remedy=_("Make room, or move SAMSPIL_DATA_DIR to a larger disk."),
    )
