"""Words of the history for answers that needed a yes."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_STEPS = {
    "asked": ("shield", gettext_lazy("%(by)s's answer waits for a yes from %(names)s")),
    "approved": ("shield-check", gettext_lazy("%(by)s said yes to the answer")),
    "changed": ("shield-check", gettext_lazy("%(by)s changed the answer and said yes to it")),
    "returned": ("undo-2", gettext_lazy("%(by)s sent the answer back: %(word)s")),
    "undone": ("undo-2", gettext_lazy("%(by)s took the yes back")),
    "withdrawn": ("undo-2", gettext_lazy("%(by)s took the answer back before it was sent")),
    "raised": ("shield", gettext_lazy("Nobody said yes in time: %(names)s are asked too")),
    "failed": ("circle-alert", gettext_lazy("An answer that waited for a yes cannot be sent any more")),
}


def approval_line(data: Mapping[str, Any]) -> tuple[str, str]:
    """A line of the journal about a yes, as (icon, words)."""
    icon, words = _STEPS.get(str(data.get("step")), ("shield", ""))
    names = ", ".join(str(n) for n in data.get("names", ())) or _("somebody else")
    return icon, str(words) % {"by": data.get("by_name") or "Samspil", "names": names, "word": data.get("word", "")}
