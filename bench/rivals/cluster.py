"""A throw-away cluster of Debian's PostgreSQL for each of the measured, all with the same settings."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
OWNER = "postgres"
SETTINGS = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "listen_addresses": "", "max_connections": "50"}


class Cluster:
    """One server, reached through a socket in its folder, trusted by everybody on the machine who may enter that folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make it anew and start it. The server refuses to run as root, so it runs as Debian's ``postgres`` then."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        if os.getuid() == 0:
            shutil.chown(self.folder, OWNER)
        user = OWNER if os.getuid() == 0 else None
        words = [PROGRAMS / "initdb", "-D", self.data, "-A", "trust", "-U", OWNER, "-E", "UTF8", "--locale=C.UTF-8", "-k"]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, user=user, cwd="/")
        options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [PROGRAMS / "postgres", "-D", self.data, "-k", self.folder, *options], stdout=log, stderr=log, user=user, cwd="/"
            )
        while True:
            try:
                psycopg.connect(self.dsn("postgres")).close()
            except psycopg.OperationalError:
                time.sleep(0.1)
            else:
                return

    @property
    def pid(self) -> int:
        """Of the postmaster."""
        assert self.process
        return self.process.pid

    def dsn(self, database: str) -> str:
        """For psycopg and Django alike."""
        return f"postgresql://{OWNER}@/{database}?host={self.folder}"

    def create(self, database: str) -> None:
        """Make an empty database."""
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}"')

    def rows(self, database: str, query: str) -> list[tuple[str, str]]:
        """What a query finds."""
        with psycopg.connect(self.dsn(database)) as connection:
            return connection.execute(query.encode()).fetchall()

    def version(self) -> str:
        """As the server says it."""
        return str(self.rows("postgres", "SHOW server_version")[0][0])

    def stop(self) -> None:
        """Stop it and remove its files."""
        if self.process:
            # Fast: it does not wait for those who are still connected.
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)
        shutil.rmtree(self.folder, ignore_errors=True)
