"""Pages of the reference that are made from the code: the facts, and the channels."""

import re
import sys
from dataclasses import fields

from samspil.base import registry
from samspil.base.facts import Fact
from samspil.flow import LATER, SIGNALS, TOGETHER
from samspil.intake.queries import fields_of
from samspil.kit import Changes, FetchesFiles, HasAttachments, Hears, Notifies, Pulls, ReadsFiles, Sends, Types, Widget, quality

MADE = "<!-- Made from the code by `samspil docs reference`; do not edit. -->\n"


def _all(kind: type[Fact]) -> list[type[Fact]]:
    return [found for child in kind.__subclasses__() for found in (child, *_all(child))]


def facts() -> list[type[Fact]]:
    """Every fact that the packages define, by kind."""
    found = [
        f for f in _all(Fact) if f.__module__.startswith("samspil.") and getattr(sys.modules[f.__module__], f.__name__, None) is f
    ]
    return sorted(found, key=lambda f: f.kind)  # a class with slots is made twice, and only the second is the module's


def facts_page() -> str:
    """``docs/reference/facts.md``."""
    parts = [
        "# Facts\n\nWhat may happen, who reacts in the same transaction, who later, and whether open pages are told.\n\n" + MADE,
    ]
    for fact in facts():
        held = ", ".join(f"`{f.name}`" for f in fields(fact) if not f.metadata.get("transient"))
        lines = [f"\n## `{fact.kind}`\n", f"\n{' '.join((fact.__doc__ or '').split())}\n", f"\n- holds: {held}\n"]
        for words, flow in (("in the same step", TOGETHER), ("later", LATER)):
            names = ", ".join(f"`{r.__module__.removeprefix('samspil.')}.{r.__name__}`" for r in flow.get(fact, ()))
            lines += [f"- {words}: {names}\n"] if names else []
        lines.append(
            f"- kept in the log: {'yes' if fact.kept else 'no'}; open pages hear of it: {'yes' if fact in SIGNALS else 'no'}\n"
        )
        parts.append("".join(lines))
    return "".join(parts)


CAN = {
    Pulls: "fetches",
    Hears: "is called by webhook",
    Sends: "sends",
    Changes: "changes afterwards",
    Types: "shows typing",
    FetchesFiles: "fetches files",
    Notifies: "tells colleagues",
    ReadsFiles: "reads files",
    HasAttachments: "attachments",
    Widget: "widget",
}


def channels_page() -> str:
    """``docs/reference/channels.md``."""
    parts = ["# Channels\n\nWhat each installed channel can do, by its own word.\n\n" + MADE, _levels()]
    for name in registry.names():
        channel, manifest = registry.channel(name), registry.manifest(name)
        can = [words for protocol, words in CAN.items() if isinstance(channel, protocol)]
        capable = [f"{f.name}={_value(getattr(channel.capabilities, f.name))}" for f in fields(channel.capabilities)]
        rows = "".join(
            f"| `{f.name}` | {f.label.get('en', f.name)} | {f.kind} | {'yes' if f.required else 'no'} |\n"
            for f in fields_of(channel)
        )
        table = f"\n| setting | is | kind | required |\n|---|---|---|---|\n{rows}" if rows else ""
        described = manifest.get("description", "")
        words = described.get("en", "") if isinstance(described, dict) else described
        said = registry.fulfils(name)
        exempt = "".join(f"- {rule.replace('_', ' ')}: {word}\n" for rule, word in said.items() if word.startswith("exempt"))
        parts.append(
            f"\n## {manifest.get('title', name)} (`{name}`)\n\n{words}\n\n- {', '.join(can)}\n"
            f"- capabilities: {', '.join(f'`{c}`' for c in capable)}\n{exempt}{table}{_doc(name)}"
        )
    return "".join(parts)


def _value(value: object) -> str:
    """In the same order in every process."""
    if isinstance(value, frozenset):
        return " ".join(sorted(value)) or "none"
    return " ".join(value) if isinstance(value, list | tuple) else str(value)


def _doc(name: str) -> str:
    """The channel's own ``doc.md``, below its heading here."""
    path = registry.FOLDER / name / "doc.md"
    if not path.exists():
        return ""
    _, _, body = path.read_text(encoding="utf-8").partition("\n")
    return "\n" + re.sub(r"^##", "###", body.strip(), flags=re.MULTILINE) + "\n"


def _levels() -> str:
    rows = []
    for name in registry.names():
        said, title = registry.fulfils(name), registry.manifest(name).get("title", name)
        todo = ", ".join(rule.replace("_", " ") for rule in quality.missing(said)) or "nothing"
        rows.append(f"| [{title}](#{_anchor(title, name)}) | {quality.level(said)} | {todo} |\n")
    rules = "".join(f"| {needs} | {rule.replace('_', ' ')} | {words} |\n" for rule, (needs, words) in quality.RULES.items())
    return (
        "\n| channel | level | to do |\n|---|---|---|\n" + "".join(rows)
        + "\nA level needs its rules and those of the levels before it. What the network does not have is exempt and counts as fulfilled;"
        " the highest is only for what was tried against a real server.\n\n| level | rule | says that |\n|---|---|---|\n" + rules
    )  # fmt: skip


def _anchor(title: str, name: str) -> str:
    """As the pages' own headings are linked to."""
    kept = re.sub(r"[^\w\s-]", "", f"{title} ({name})").strip().lower()
    return re.sub(r"[-\s]+", "-", kept)


PAGES = {"facts.md": facts_page, "channels.md": channels_page}
