"""Those who are measured, each with its cluster: how it is set up, how it is fed, what it made of the mails."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from rivals import install
from rivals.cluster import Cluster
from rivals.feeder import Feeder

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PLAIN = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


class Measured:
    """One of them: command, environment, and the query that gives (Message-ID, thread) of every mail it keeps."""

    name = ""
    database = ""
    threads = ""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.cache = cache
        self.cluster = Cluster(folder / "pg")
        self.command: list[str | Path] = []
        self.env: dict[str, str] = {}

    def start(self) -> None:
        """Make the cluster and the tables."""
        self.cluster.start()
        self.prepare()

    def prepare(self) -> None:
        """Fill in command and environment, make the tables."""
        raise NotImplementedError

    def version(self) -> str:
        """What is measured."""
        raise NotImplementedError

    def feeder(self) -> Feeder:
        """One more process that takes mails."""
        return Feeder(self.command, self.env, self.folder / "feeder.log")

    def found(self) -> list[tuple[str, str]]:
        """(Message-ID, thread) of every mail that is kept; a mail kept twice is there twice."""
        return [(str(ident).strip("<> \n"), str(thread)) for ident, thread in self.cluster.rows(self.database, self.threads)]

    def run(self, words: list[str | Path], **env: str) -> None:
        """One step of the preparation."""
        with (self.folder / "setup.log").open("ab") as log:
            subprocess.run(words, check=True, env={**self.env, **env}, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")


class Samspil(Measured):
    """Ours. With ``later`` the reactions that read the facts log afterwards run after every mail as well."""

    name = "samspil"
    database = "samspil"
    threads = (
        "SELECT i.external_id, p.conversation_id::text FROM intake_interaction i"
        " LEFT JOIN conversation_placement p ON p.interaction_id = i.id WHERE i.kind = 'message' AND NOT i.outgoing"
    )
    later = False
    commit = ""

    def prepare(self) -> None:
        self.cluster.create(self.database)
        # What is committed, not what somebody is changing while we measure.
        source = self.folder / "source"
        source.mkdir()
        words = ["/usr/bin/git", "-C", ROOT, "rev-parse", "--short", "HEAD"]
        self.commit = subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
        packed = subprocess.run(["/usr/bin/git", "-C", ROOT, "archive", self.commit, "samspil"], check=True, capture_output=True)
        subprocess.run(["/usr/bin/tar", "-x", "-C", source], input=packed.stdout, check=True)
        self.env = {
            **PLAIN,
            "PYTHONPATH": str(source),
            "SAMSPIL_DATABASE_URL": self.cluster.dsn(self.database),
            "SAMSPIL_DATA_DIR": str(self.folder / "data"),
            "SAMSPIL_SECRET_KEY": "only for measuring, known to everybody",
        }
        feed: list[str | Path] = [sys.executable, "-P", HERE / "feed_samspil.py"]
        self.run([*feed, "--setup"])
        self.command = [*feed, "--later"] if self.later else feed

    def version(self) -> str:
        return f"{version('samspil')} {self.commit}"


class SamspilLater(Samspil):
    """With the later reactions."""

    name = "samspil_later"
    later = True


class Helpdesk(Measured):
    """django-helpdesk."""

    name = "django_helpdesk"
    database = "helpdesk"
    threads = "SELECT message_id, ticket_id::text FROM helpdesk_followup WHERE message_id IS NOT NULL"

    def prepare(self) -> None:
        self.cluster.create(self.database)
        python = install.helpdesk(self.cache)
        self.env = {**PLAIN, "BENCH_SOCKET": str(self.cluster.folder), "BENCH_MEDIA": str(self.folder / "media")}
        self.command = [python, "-P", HERE / "feed_helpdesk.py"]
        self.run([*self.command, "--setup"])

    def version(self) -> str:
        return install.HELPDESK[0].partition("==")[2]


class RequestTracker(Measured):
    """Request Tracker 5, answers bearing its number in their subjects."""

    name = "request_tracker"
    database = "rt5"
    threads = (
        "SELECT a.messageid, t.objectid::text FROM attachments a JOIN transactions t ON a.transactionid = t.id"
        " WHERE t.objecttype = 'RT::Ticket' AND t.type IN ('Create', 'Correspond') AND a.parent = 0 AND a.messageid <> ''"
    )
    tag = "1"

    def prepare(self) -> None:
        install.request_tracker()
        self.env = {**PLAIN, **install.rt_settings(self.folder / "etc", self.cluster.folder), "BENCH_TAG": self.tag}
        self.run([install.RT_SETUP, "--action", "init", "--dba", "postgres", "--dba-password", "unused"])
        self.command = ["/usr/bin/perl", HERE / "feed_rt.pl"]
        self.run([*self.command, "--setup"])

    def version(self) -> str:
        found = subprocess.run(
            ["/usr/bin/dpkg-query", "-W", "-f", "${Version}", "request-tracker5"], check=True, capture_output=True, text=True
        )
        return found.stdout


class RequestTrackerBare(RequestTracker):
    """The same mails as they are: every one makes a ticket."""

    name = "request_tracker_untagged"
    tag = ""
