"""The plot of docs/bench/rivals.md."""

import json
from pathlib import Path

LABELS = {
    "samspil": "Samspil",
    "samspil_later": "Samspil, later reactions too",
    "django_helpdesk": "django-helpdesk",
    "request_tracker": "Request Tracker",
    "request_tracker_untagged": "Request Tracker, untagged",
}


def plot(result: Path, picture: Path) -> None:
    """Bars of CPU ms a mail, server and database, on a scale that shows both ends."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    plt.rcParams["svg.hashsalt"] = "samspil"
    plt.rcParams["svg.fonttype"] = "none"
    measured = json.loads(result.read_text())["measured"]
    names = [name for name in LABELS if name in measured][::-1]
    figure, axes = plt.subplots(figsize=(7, 0.5 + 0.55 * len(names)))
    server = [measured[name]["cpu_ms"]["server"] for name in names]
    database = [measured[name]["cpu_ms"]["database"] for name in names]
    places = range(len(names))
    axes.barh(places, server, color="#1f6f6b", label="server")
    axes.barh(places, database, left=server, color="#9cc9c4", label="database")
    for place, total in zip(places, (s + d for s, d in zip(server, database, strict=True)), strict=True):
        axes.text(total * 1.05, place, f"{total:.1f}" if total < 100 else f"{total:.0f}", va="center")
    axes.set_yticks(list(places), [LABELS[name] for name in names])
    axes.set_xscale("symlog", linthresh=10)
    axes.set_xlim(0, max(s + d for s, d in zip(server, database, strict=True)) * 2)
    axes.set_xlabel("CPU ms a mail, one at a time (logarithmic from 10)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right")
    figure.tight_layout()
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture, metadata={"Date": None})
