"""Five rules to begin with, in the reader's language; taken over they are switched off, for somebody to look at first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from samspil.conversation.actions import make_label


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A rule without ids: ``label`` is made when it is taken over."""

    slug: str
    name: str
    text: str
    icon: str
    when: Mapping[str, Any]
    tests: tuple[Mapping[str, Any], ...] = ()
    label: str = ""
    colour: str = "fjord"
    deeds: tuple[Mapping[str, Any], ...] = ()

    def document(self) -> dict[str, Any]:
        """The document; its label is there afterwards."""
        deeds = list(self.deeds)
        if self.label:
            deeds.insert(0, {"kind": "label", "value": str(make_label(name=self.label, colour=self.colour).pk)})
        return {"schema": 1, "when": [self.when], "if": {"mode": "all", "items": list(self.tests)}, "then": deeds, "stop": False}


def examples() -> list[Example]:
    """All of them."""
    message = {"kind": "message"}
    return [
        Example(
            slug="machines", icon="check", when=message, deeds=({"kind": "done"},),
            name=_("Automatic answers are done"),
            text=_("Holiday answers and other mail sent by machines take nobody’s time."),
            tests=({"test": "automatic", "op": "yes", "values": []},),
        ),
        Example(
            slug="urgent", icon="flag", when=message, label=_("Urgent"), colour="koral",
            name=_("What is urgent is marked"),
            text=_("Words such as urgent and at once put a label on."),
            tests=({"test": "said", "op": "any", "values": [w.strip() for w in _("urgent*, at once, immediately, danger*").split(",")]},),
        ),
        Example(
            slug="waiting", icon="hourglass", when={"kind": "waited", "value": "240"}, label=_("Has waited"), colour="rav",
            name=_("Nobody waits unseen"),
            text=_("After four hours without an answer a label is put on, so that a list can show them."),
            tests=({"test": "automatic", "op": "no", "values": []},),
        ),
        Example(
            slug="money", icon="file-text", when=message, label=_("Invoice"),
            name=_("Questions about money are marked"),
            text=_("Invoices, refunds and payments get a label."),
            tests=({"test": "said", "op": "any", "values": [w.strip() for w in _("invoice*, refund*, payment*, paid twice").split(",")]},),
        ),
        Example(
            slug="new-in-public", icon="megaphone", when={"kind": "opened"}, label=_("New in public"), colour="blomme",
            name=_("New voices in public are seen"),
            text=_("Who writes to us for the first time, where all can read it, gets a label."),
            tests=({"test": "public", "op": "yes", "values": []}, {"test": "first", "op": "yes", "values": []}),
        ),
    ]  # fmt: skip
