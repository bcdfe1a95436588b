"""The supervisor, with tiny children."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Self

import pytest

from samspil.project.supervisor.child import Child, Part
from samspil.project.supervisor.supervisor import Supervisor

STEADY = "import time; print('begun', flush=True); time.sleep(600)"
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('begun', flush=True)
time.sleep(600)
"""
PARENT_OF_ONE = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


def part(name: str, code: str) -> Part:
    return Part(name=name, command=[sys.executable, "-c", textwrap.dedent(code)])


def alive(process: int) -> bool:
    path = Path(f"/proc/{process}/stat")
    try:
        return path.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Run:
    """A supervisor in a thread, and what it said."""

    def __init__(self, *parts: Part, stop_seconds: float = 2) -> None:
        self.said: list[tuple[str, str]] = []
        self.supervisor = Supervisor(parts, say=lambda name, line: self.said.append((name, line)), stop_seconds=stop_seconds)
        self.thread = threading.Thread(target=self.supervisor.run)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.supervisor.ask_to_stop()
        self.thread.join(30)
        assert not self.thread.is_alive()

    def until(self, count: int, name: str, words: str, seconds: float = 20) -> list[str]:
        deadline = time.monotonic() + seconds
        while len(found := [line for who, line in self.said if who == name and words in line]) < count:
            assert time.monotonic() < deadline, self.said
            time.sleep(0.02)
        return found

    def process(self, name: str) -> int:
        return next(child.process.pid for child in self.supervisor.children if child.part.name == name and child.process)


def test_words_come_out_by_line_with_the_name_and_without_credentials() -> None:
    code = r"""
    import time
    print("one\n\ntwo postgresql://me:hush@h/d æøå", end="", flush=True)
    time.sleep(0.3)
    print(" end")
    time.sleep(600)
    """
    with Run(part("web", code)) as run:
        run.until(1, "web", "end")
        assert run.said == [("web", "one"), ("web", "two postgresql://me:***@h/d æøå end")]


def test_a_killed_child_is_started_again_and_the_others_stay() -> None:
    with Run(part("web", STEADY), part("worker", STEADY)) as run:
        run.until(1, "web", "begun")
        run.until(1, "worker", "begun")
        other, first = run.process("worker"), run.process("web")
        os.kill(first, signal.SIGKILL)
        run.until(2, "web", "begun")
        assert run.process("web") != first
        assert run.process("worker") == other
        assert [line.split(" after")[0] for line in run.until(1, "web", "killed")] == ["was killed by SIGKILL"]
    assert not alive(other)


def test_a_child_that_always_fails_is_started_less_and_less_often() -> None:
    began = time.monotonic()
    with Run(part("web", "raise SystemExit(3)")) as run:
        pauses = [line.split(" in ")[1] for line in run.until(3, "web", "ended with code 3")]
        assert pauses == ["0.5 s", "1.0 s", "2.0 s"]
    assert time.monotonic() - began >= 1.5


def test_the_pause_is_bounded_and_forgotten_by_a_healthy_life(monkeypatch: pytest.MonkeyPatch) -> None:
    child = Child(part("web", "pass"))
    child.failures = 30
    child.start()
    assert child.process is not None
    child.process.wait()
    assert "again in 20.0 s" in str(child.ended())
    monkeypatch.setattr("samspil.project.supervisor.child.HEALTHY_SECONDS", 0.0)
    child.start()
    child.process.wait()
    assert "again in 0.0 s" in str(child.ended())
    assert child.failures == 0


def test_a_child_that_will_not_stop_is_killed() -> None:
    with Run(part("web", STUBBORN), stop_seconds=0.6) as run:
        run.until(1, "web", "begun")
        process = run.process("web")
        began = time.monotonic()
    assert time.monotonic() - began < 3
    assert not alive(process)
    assert ("web", "did not stop in time and is killed") in run.said


def test_asked_twice_it_stops_at_once() -> None:
    with Run(part("web", STUBBORN), stop_seconds=60) as run:
        run.until(1, "web", "begun")
        process = run.process("web")
        run.supervisor.ask_to_stop()
        began = time.monotonic()
    assert time.monotonic() - began < 3
    assert not alive(process)


def test_what_a_killed_child_had_started_ends_with_it() -> None:
    with Run(part("web", PARENT_OF_ONE)) as run:
        grandchild = int(run.until(1, "web", "")[0])
        assert alive(grandchild)
        os.kill(run.process("web"), signal.SIGKILL)
        run.until(1, "web", "was killed")
        # It was sent SIGKILL; on a busy machine it is gone a moment after that.
        deadline = time.monotonic() + 10
        while alive(grandchild) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not alive(grandchild)


def test_a_child_that_closes_its_output_costs_nothing() -> None:
    with Run(part("web", "import os, time; print('begun', flush=True); os.close(1); os.close(2); time.sleep(600)")) as run:
        run.until(1, "web", "begun")
        before = time.thread_time() if run.thread is threading.current_thread() else time.process_time()
        time.sleep(1)
        assert time.process_time() - before < 0.3


@pytest.mark.parametrize("stubborn", [False, True])
def test_processes_of_ours_end_when_the_supervisor_is_killed(tmp_path: Path, *, stubborn: bool) -> None:
    child = f"""
from samspil.project.supervisor.parent import end_with_supervisor
import os, pathlib, signal, time
if {stubborn}:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
end_with_supervisor(stop_seconds=1)
pathlib.Path({str(tmp_path / "pid")!r}).write_text(str(os.getpid()))
time.sleep(600)
"""
    parent = f"""
import sys
from samspil.project.supervisor.child import Part
from samspil.project.supervisor.supervisor import Supervisor
Supervisor([Part(name="a", command=[sys.executable, "-c", {child!r}])], say=print, stop_seconds=5).run()
"""
    process = subprocess.Popen([sys.executable, "-c", parent])
    deadline = time.monotonic() + 20
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    pid = int((tmp_path / "pid").read_text())
    process.kill()
    process.wait()
    while alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_up_refuses_a_taken_port_and_starts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from samspil.project.settings import Settings
    from samspil.project.supervisor import up

    monkeypatch.setattr(up, "PORT_SECONDS", 0.3)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = Settings(data_dir=tmp_path / "data", port=taken.getsockname()[1], secret_key="x")
        with pytest.raises(up.CannotStart, match=f"Port {settings.port} on 127.0.0.1 is taken"):
            up.up(settings, empty=True)
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["up.lock"]


def test_up_refuses_a_second_run_on_the_same_folder(tmp_path: Path) -> None:
    from samspil.project.database.locks import locked
    from samspil.project.settings import Settings
    from samspil.project.supervisor.up import CannotStart, up

    with locked(tmp_path / "up.lock"), pytest.raises(CannotStart, match="already runs"):
        up(Settings(data_dir=tmp_path, secret_key="x"), empty=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["up.lock"]
