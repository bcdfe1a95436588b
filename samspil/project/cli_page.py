"""The reference page of the command line, made from the commands themselves."""

from collections.abc import Iterator
from typing import Any

HEAD = """# Command line

Made from the code by `samspil docs cli`: change the commands, not this page.
In a checkout, `uv run samspil` stands for `samspil`.
"""


def page(root: Any) -> str:
    """The whole page of a root command: every command with its arguments and options, in the order of ``samspil --help``."""
    return "\n".join([HEAD, *_commands(root, "samspil")]).rstrip() + "\n"


def _commands(command: Any, name: str) -> Iterator[str]:
    inner = getattr(command, "commands", None)
    if inner:
        for word, one in inner.items():
            yield from _commands(one, f"{name} {word}")
        return
    shown = [p for p in command.params if p.name != "help" and not getattr(p, "hidden", False)]
    arguments = [p for p in shown if p.param_type_name == "argument"]
    options = [p for p in shown if p.param_type_name == "option"]
    usage = [name, *(_metavar(p) for p in arguments), *(["[OPTIONS]"] if options else [])]
    yield f"## {name}\n"
    yield f"    {' '.join(usage)}\n"
    yield _paragraphs(command.help or "") + "\n"
    if shown:
        yield "| | |\n|---|---|"
        yield from (f"| `{_metavar(p)}` | {_cell(p.help)} |" for p in arguments)
        yield from (f"| `{_names(p)}` | {_cell(p.help)} |" for p in options)
        yield ""


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.strip().split("\n\n"))


def _cell(text: str | None) -> str:
    return " ".join((text or "").replace("|", "\\|").split())


def _metavar(parameter: Any) -> str:
    name = parameter.metavar or (parameter.name or "").upper()
    return name if parameter.required else f"[{name}]"


def _names(parameter: Any) -> str:
    names = ", ".join([*parameter.opts, *parameter.secondary_opts])
    if parameter.is_flag:
        return names
    return f"{names} {parameter.metavar or (parameter.name or '').upper()}"
