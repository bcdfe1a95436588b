"""CPU time of a process and all it ever started, from /proc."""

import os
from pathlib import Path

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def cpu_ms(root: int) -> float:
    """CPU ms of ``root`` and its descendants, the dead ones included once their parents have waited for them. To 10 ms."""
    parents: dict[int, int] = {}
    spent: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                # The name in brackets may hold blanks; what follows the last bracket does not.
                fields = (folder / "stat").read_text().rpartition(") ")[2].split()
            except OSError:
                continue
            pid = int(folder.name)
            parents[pid] = int(fields[1])
            spent[pid] = sum(int(field) for field in fields[11:15])
    return sum(ticks for pid, ticks in spent.items() if _descends(pid, root, parents)) * TICK_MS


def _descends(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid:
        if pid == root:
            return True
        pid = parents.get(pid, 0)
    return False
