"""Plot the results of `bench/results/` as SVG into `docs/bench/`.

python -m bench.plot
"""

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

RESULTS = Path(__file__).parent / "results"
DOCS = Path(__file__).parents[1] / "docs" / "bench"
FJORD, KORAL, BLOMME, GREY = "#0f6e7c", "#e8694a", "#7a2f5c", "#6d656c"


def _load(name: str) -> Any:
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else None


def _save(figure: Any, name: str) -> None:
    DOCS.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    figure.savefig(DOCS / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)


def intake() -> None:
    """Throughput beside COPY, and CPU of one mail, by the size of the log."""
    found = _load("intake")
    if not found:
        return
    rows = found["results"]
    names = [f"{r['size'] / 1e6:g} M" for r in rows]
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2))
    left.plot(names, [r["copy_per_second"] for r in rows], color=GREY, marker="o", label="plain COPY of the rows")
    left.plot(names, [r["chat_per_second"] for r in rows], color=BLOMME, marker="o", label="chat messages")
    left.plot(names, [r["spine_per_second"] for r in rows], color=FJORD, marker="o", label="mails")
    left.set(title="a second, durable", xlabel="interactions in the log", yscale="log")
    left.legend(frameon=False, fontsize=8)
    right.bar(names, [r["one_cpu_ms_python"] for r in rows], color=FJORD, label="Python")
    right.bar(
        names,
        [r["one_cpu_ms_postgres"] for r in rows],
        bottom=[r["one_cpu_ms_python"] for r in rows],
        color=KORAL,
        label="PostgreSQL",
    )
    right.set(title="CPU ms of one mail alone", xlabel="interactions in the log")
    right.legend(frameon=False, fontsize=8)
    _save(figure, "intake")


PAGES = ("timeline", "inbox_open", "find_person", "page_desk", "page_conversation", "page_consumer")


def pages() -> None:
    """Time in the server of pages and their main questions, by the size of the log."""
    found = _load("intake")
    if not found or "pages" not in found["results"][0]:
        return
    rows = found["results"]
    figure, axis = plt.subplots(figsize=(9, 3.2))
    for number, row in enumerate(rows):
        places = [n + number * 0.26 for n in range(len(PAGES))]
        axis.bar(
            places,
            [row["pages"][p]["p50_ms"] for p in PAGES],
            0.24,
            color=(GREY, BLOMME, FJORD)[number % 3],
            label=f"{row['size'] / 1e6:g} M",
        )
        axis.scatter(places, [row["pages"][p]["p99_ms"] for p in PAGES], marker="_", color="black", s=60)
    axis.set_xticks([n + 0.26 for n in range(len(PAGES))], [p.replace("_", " ") for p in PAGES], fontsize=8)
    axis.set(title="ms in the server: bars p50, marks p99")
    axis.legend(frameon=False, fontsize=8, title="interactions")
    _save(figure, "pages")


if __name__ == "__main__":
    intake()
    pages()
