"""``docs/reference/settings.md``, made from the settings themselves."""

from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from samspil.project.settings import Settings

SHOWN = {
    "data_dir": "`.samspil` in the folder of the call",
    "live_port": "port + 1",
    "public_url": "`http://localhost:port`",
    "secret_key": "made once",
}
HEAD = """# Settings

Every setting is an environment variable. All have a default: none needs to be set to start.

<!-- Made from samspil/project/settings.py by `samspil docs settings`; do not edit. -->

| Variable | Meaning | Default | Kind |
|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(
        f"| `SAMSPIL_{name.upper()}` | {field.description} | {_default(name, field)} | {_kind(field.annotation)} |\n"
        for name, field in Settings.model_fields.items()
    )


def _default(name: str, field: FieldInfo) -> str:
    if name in SHOWN:
        return SHOWN[name]
    value = field.get_default(call_default_factory=True, validated_data={})
    return "none" if value in (None, [], "") else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _kind(annotation: Any) -> str:
    words = {bool: "true or false", int: "whole number", float: "number", str: "text", Path: "folder"}
    if annotation in words:
        return words[annotation]
    if get_origin(annotation) is list:
        return "list"
    choices = [choice for choice in get_args(annotation) if choice is not type(None)]
    return " or ".join(words.get(choice, str(choice)) for choice in choices)
