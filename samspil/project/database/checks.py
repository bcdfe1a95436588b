"""What ``samspil doctor`` asks about the database."""

import shutil
from pathlib import Path

import psycopg

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
        remedy = "Start it with samspil up." if folder else "See that the server of SAMSPIL_DATABASE_URL runs and lets us in."
        return [Check(name="database: answers", ok=False, detail=str(error).strip(), remedy=remedy)]
    where = "embedded" if folder else "server"
    checks = [
        Check(
            name="database: answers",
            ok=True,
            detail=f"PostgreSQL {version // 10000}.{version % 10000} ({where}), {size / 1e6:,.0f} MB",
        ),
        _version(version, embedded=folder is not None),
        _durable(values),
        Check(
            name="database: encoding",
            ok=encoding == "UTF8",
            detail=encoding,
            remedy="Move to a database made with encoding UTF8.",
        ),
        _connections(used, int(values["max_connections"])),
    ]
    return [*checks, _disk(folder)] if folder else checks


def _one(connection: psycopg.Connection[tuple[object, ...]], query: str, values: list[str] | None = None) -> object:
    row = connection.execute(query.encode(), values).fetchone()
    return row[0] if row else None


def _version(version: int, *, embedded: bool) -> Check:
    major, minor = divmod(version, 10000)
    newest = NEWEST.get(major)
    name = "database: version"
    if major < OLDEST_MAJOR:
        return Check(
            name=name, ok=False, detail=f"PostgreSQL {major} is too old", remedy=f"Use PostgreSQL {OLDEST_MAJOR} or newer."
        )
    if newest is None or minor >= newest:
        return Check(
            name=name, ok=True, detail=f"{major}.{minor}; the newest we knew in {CHECKED}: {newest or 'none of this series'}"
        )
    remedy = "Move to your distribution's server: samspil database move." if embedded else "Install your distribution's updates."
    return Check(
        name=name, ok=False, detail=f"{major}.{minor} is behind {major}.{newest} and may have known holes", remedy=remedy
    )


def _durable(values: dict[str, str]) -> Check:
    off = [name for name in SHOWN if values[name] == "off"]
    detail = f"off: {', '.join(off)}" if off else f"fsync on, checksums {values['data_checksums']}"
    return Check(
        name="database: durable", ok=not off, detail=detail, remedy="Set SAMSPIL_DATABASE_FSYNC=true, or the same on your server."
    )


def _connections(used: int, most: int) -> Check:
    return Check(
        name="database: connections",
        ok=used < most * 0.8,
        detail=f"{used} of {most} in use",
        remedy="Raise SAMSPIL_DATABASE_CONNECTIONS, or max_connections on your server.",
    )


def _disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    return Check(
        name="database: disk space",
        ok=free > ENOUGH_BYTES,
        detail=f"{free / 1e9:,.1f} GB free in {folder}",
        remedy="Make room, or move SAMSPIL_DATA_DIR to a larger disk.",
    )
