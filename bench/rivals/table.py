"""The table of docs/bench/rivals.md, from the result."""

import json
from pathlib import Path

from rivals.plot import LABELS

MARK = "<!-- figures -->"


def table(result: Path, page: Path) -> None:
    """Write the figures between the marks of the page."""
    found = json.loads(result.read_text())
    parts = page.read_text().split(MARK)
    page.write_text(MARK.join([parts[0], "\n" + _text(found) + "\n", parts[-1]]))


def _text(found: dict[str, object]) -> str:
    measured = found["measured"]
    assert isinstance(measured, dict)
    times = found["times_samspil"]
    assert isinstance(times, dict)
    lines = [
        "| | mails | CPU ms a mail | server + database | times Samspil | wall p50 / p99, ms | threads (truth) | whole | twice in a row | at once |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, one in measured.items():
        cpu, wall, threads = one["cpu_ms"], one["wall_ms"], one["threads"]
        twice = [
            f"{t['doubled']} of {t['mails']}" if (t := one.get(kind)) else "-" for kind in ("twice_in_a_row", "twice_at_once")
        ]
        lines.append(
            f"| {LABELS[name]} | {one['mails']} | {cpu['total']} | {cpu['server']} + {cpu['database']} | {times.get(name, '-')} |"
            f" {wall['p50']} / {wall['p99']} | {threads['threads']} ({threads['threads_in_truth']}) | {threads['whole']} |"
            f" {twice[0]} | {twice[1]} |"
        )
    machine = found["machine"]
    assert isinstance(machine, dict)
    loop = machine["loop_cpu_ms"]
    first = next(iter(measured.values()))
    lines += [
        "",
        (
            f"Samspil {measured['samspil']['version']}, PostgreSQL {first['postgresql']}, {machine['cpu']}, {machine['cores']} cores, load"
            f" {machine['load'][0]} at the end; `loop_cpu_ms` {loop['least']} at least, {loop['p50']} in the middle; {found['when']}."
        ),
        "*Whole*: threads of the truth that are exactly one conversation. The last two columns: mails kept more than once.",
    ]
    return "\n".join(lines) + "\n"
