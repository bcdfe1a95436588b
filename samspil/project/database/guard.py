"""The process that owns the server: starts it, starts it again, stops it when its last user is gone.

It runs in a session of its own and needs nobody's good manners: users are known by a lock that the system releases when they die,
and the server is told by the system when the guard dies.
"""

import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from samspil.project.database.embedded import ROLE, Embedded
from samspil.project.database.locks import locked
from samspil.project.database.options import Options, parse
from samspil.project.database.places import DatabaseFailed, Places, make_private, prepare, socket_folder
from samspil.project.keep import kept_secret

WATCH_SECONDS = 0.2
STOP_SECONDS = 60
FAILED_STARTS = 4
LOG_BYTES = 5_000_000
PR_SET_PDEATHSIG = 1


class Guard:
    """One server's keeper. :meth:`run` returns when nobody uses the server any more, or when told to stop."""

    def __init__(self, options: Options, places: Places) -> None:
        self.options = options
        self.places = places
        self.told_to_stop = False
        self.server: subprocess.Popen[bytes] | None = None
        self.was_ready = False

    def run(self) -> None:
        """Keep the server running. Raises DatabaseFailed when it cannot be started."""
        socket = socket_folder(self.places.home, kept_secret(self.places.password))
        make_private(socket, self.places.owner)
        self._stop_orphan()
        if not self.places.cluster.exists():
            self._initialise()
        self._check_version()
        failed, ever_ready = 0, False
        while not self.told_to_stop:
            self._start(socket)
            if self._watch(socket):
                return
            failed = 0 if self.was_ready else failed + 1
            ever_ready = ever_ready or self.was_ready
            # A server that has run is started for ever: whatever stops it now (a full disk, a killer) may pass.
            if failed >= FAILED_STARTS and not ever_ready:
                raise DatabaseFailed(f"PostgreSQL does not start:\n{self._last_words()}")
            say("the server died and is started again")
            time.sleep(min(0.2 * 2**failed, 5))

    def stop(self) -> None:
        """Stop the server: politely, and after a minute at once (it recovers at its next start)."""
        if self.server and self.server.poll() is None:
            self.server.send_signal(signal.SIGINT)
            try:
                self.server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.server.send_signal(signal.SIGQUIT)
                self.server.wait()

    def _watch(self, socket: Path) -> bool:
        """Wait until the server dies (False) or is no longer wanted and stopped (True)."""
        self.was_ready = False
        server = self.server
        deadline = time.monotonic() + self.options.start_seconds
        while server and server.poll() is None:
            if not self.was_ready and self._accepts(socket) and self._make_database():
                self.was_ready = True
                say("the server is ready")
            with locked(self.places.users_lock, wait=False) as unused:
                if unused or self.told_to_stop or (not self.was_ready and time.monotonic() > deadline):
                    self.stop()
                    return True
            try:
                server.wait(WATCH_SECONDS if self.was_ready else WATCH_SECONDS / 4)
            except subprocess.TimeoutExpired:
                continue
        return False

    def _accepts(self, socket: Path) -> bool:
        command: list[str | Path] = [self.places.binaries / "pg_isready", "--quiet", "--host", socket, "--timeout", "5"]
        return subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode == 0

    def _make_database(self) -> bool:
        """Make our database where it is missing. False when the server, killed just now say, does not answer: to be tried again."""
        import psycopg

        embedded = Embedded(self.options.data_dir)
        try:
            with psycopg.connect(embedded.dsn_of("postgres"), autocommit=True, connect_timeout=10) as connection:
                if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [ROLE]).fetchone() is None:
                    connection.execute(f"CREATE DATABASE {ROLE}")
        except psycopg.OperationalError as error:
            say(f"the server does not answer yet: {error}")
            return False
        return True

    def _start(self, socket: Path) -> None:
        options = self.options
        values = {
            "listen_addresses": "",
            "unix_socket_directories": str(socket),
            "unix_socket_permissions": "0700",
            "port": "5432",
            "max_connections": str(options.connections),
            "shared_buffers": f"{options.buffers_mb}MB",
            "fsync": "on" if options.fsync else "off",
            "synchronous_commit": "on" if options.fsync else "off",
            "full_page_writes": "on" if options.fsync else "off",
            # Whole pages are logged after each checkpoint: frequent ones made 14-27 kB of log a row at 5 million rows.
            "checkpoint_timeout": "30min",
            "max_wal_size": "8GB",
            "random_page_cost": "1.1",
            # Our statements are short; compiling them costs more than it saves.
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "logging_collector": "on",
            "log_directory": "log",
            # One file a weekday, overwritten a week later: the logs stay small by themselves.
            "log_filename": "postgresql-%a.log",
            "log_truncate_on_rotation": "on",
            "log_rotation_age": "1d",
            "log_rotation_size": "0",
            # Statements hold what people wrote; an error's message is enough.
            "log_min_error_statement": "panic",
            "log_parameter_max_length_on_error": "0",
        }
        command: list[str | Path] = [self.places.binaries / "postgres", "-D", self.places.cluster]
        for name, value in values.items():
            command += ["-c", f"{name}={value}"]
        self.server = self._spawn(command)

    def _spawn(self, command: list[str | Path]) -> subprocess.Popen[bytes]:
        user = self.places.user
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            cwd="/",
            env=environment,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
            preexec_fn=dies_with_parent(signal.SIGINT),  # noqa: PLW1509 - the guard has one thread, nothing else works here
        )

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there, so that a half-made one is never taken for whole."""
        home, owner = self.places.home, self.places.owner
        for rest in home.glob("cluster.new*"):
            shutil.rmtree(rest)
        draft, password = home / "cluster.new", home / "initdb.password"
        make_private(draft, owner)
        password.unlink(missing_ok=True)
        descriptor = os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            os.fchown(file.fileno(), owner, -1)
            file.write(kept_secret(self.places.password))
        command: list[str | Path] = [
            self.places.binaries / "initdb",
            "-D",
            draft,
            "-U",
            ROLE,
            f"--pwfile={password}",
            "--auth=scram-sha-256",
        ]
        command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        if not self.options.fsync:
            command.append("--no-sync")
        try:
            code = self._spawn(command).wait()
        finally:
            password.unlink()
        if code:
            raise DatabaseFailed(f"PostgreSQL could not make its files in {home}:\n{self._last_words()}")
        draft.rename(self.places.cluster)
        folder = os.open(home, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def _check_version(self) -> None:
        made_by = (self.places.cluster / "PG_VERSION").read_text().strip()
        answer = subprocess.run(
            [self.places.binaries / "postgres", "--version"], check=True, capture_output=True, text=True
        ).stdout
        ours = re.findall(r"\d+", answer)[0]
        if made_by != ours:
            raise DatabaseFailed(
                f"The data are of PostgreSQL {made_by} and this is {ours}: see docs/how-to/run-it.md, 'A new PostgreSQL'."
            )

    def _stop_orphan(self) -> None:
        """Stop a server whose guard was killed where the system does not tell it (outside Linux); clear a stale note of one."""
        note = self.places.cluster / "postmaster.pid"
        if not note.exists():
            return
        pid = int(note.read_text().split("\n", 1)[0] or 0)
        deadline = time.monotonic() + STOP_SECONDS
        while pid and is_server_of(pid, self.places.cluster):
            os.kill(pid, signal.SIGINT if time.monotonic() < deadline else signal.SIGQUIT)
            time.sleep(WATCH_SECONDS)
        if not someone_works_in(self.places.cluster):
            # The number may meanwhile be another process's, and PostgreSQL would wait for that one for ever.
            note.unlink(missing_ok=True)

    def _last_words(self) -> str:
        text = self.places.log.read_text(errors="replace") if self.places.log.exists() else ""
        logs = sorted((self.places.cluster / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)
        if logs:
            text += logs[-1].read_text(errors="replace")
        return "\n".join(text.splitlines()[-12:])


def is_server_of(pid: int, cluster: Path) -> bool:
    """Whether ``pid`` is a PostgreSQL that works in ``cluster``."""
    words = Path(f"/proc/{pid}/cmdline")
    ps = shutil.which("ps")
    if words.exists():
        command = words.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    elif ps and not Path("/proc/self").exists():
        command = subprocess.run([ps, "-o", "command=", "-p", str(pid)], check=False, capture_output=True, text=True).stdout
    else:
        return False
    return "postgres" in command and str(cluster) in command


def someone_works_in(cluster: Path) -> bool:
    """Whether any process has ``cluster`` as its folder, as every server process has. Unknown (outside Linux) counts as yes."""
    if not Path("/proc/self/cwd").exists():
        return True
    wanted = str(cluster.resolve())
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str((process / "cwd").readlink()) == wanted:
                return True
        except OSError:
            continue
    return False


def dies_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """What a child runs before its program so that it gets signal ``number`` when we die (Linux; None elsewhere)."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def arrange() -> None:
        library.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), number)

    return arrange


def say(text: str) -> None:
    """One line to the start log."""
    sys.stderr.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} guard: {text}\n")
    sys.stderr.flush()


def main(words: list[str]) -> int:
    """Run as a process; 0 when the server was stopped or another guard is there, 1 when it cannot start."""
    options = parse(words)
    places = prepare(options.data_dir, wanted_user=options.user)
    with locked(places.guard_lock, wait=False) as alone:
        if not alone:
            return 0
        if places.log.exists() and places.log.stat().st_size > LOG_BYTES:
            os.truncate(places.log, 0)
        guard = Guard(options, places)

        def told(_number: int, _frame: object) -> None:
            guard.told_to_stop = True

        signal.signal(signal.SIGTERM, told)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            guard.run()
        except DatabaseFailed as failure:
            places.failure.write_text(f"{failure}\n")
            say(str(failure))
            return 1
        finally:
            guard.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
