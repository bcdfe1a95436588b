"""What a rule can be made of: a small register of its whens, tests and deeds, which a later package adds its own to.

A kind says what shape its value has and where its choices come from; the editor, the check of what is saved, the export and the
sentences read the same register.
"""

from dataclasses import dataclass

OPS = {
    "choice": ("in", "not_in"),
    "many": ("in", "not_in"),
    "words": ("any", "all", "none"),
    "number": ("at_least", "at_most"),
    "yes": ("yes", "no"),
    "hours": ("within", "outside"),
    "filter": ("fits", "fits_not"),
}
"""The operators of each shape of test. ``choice`` has one value at a time, ``many`` several."""
NOBODY = "none"
"""The choice that means: nobody, or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One when, test or deed. ``shape`` is that of its value, ``source`` names where choices come from, ``of`` the value it asks."""

    name: str
    shape: str = "none"
    source: str = ""
    of: str = ""


def _named(*kinds: Kind) -> dict[str, Kind]:
    return {kind.name: kind for kind in kinds}


WHENS = _named(
    Kind(name="message"),
    Kind(name="opened"),
    Kind(name="waited", shape="minutes"),
    Kind(name="done"),
    Kind(name="reopened"),
    Kind(name="woke"),
    Kind(name="assigned"),
    Kind(name="labelled"),
    Kind(name="failed"),
    Kind(name="marked"),
)
TESTS = _named(
    Kind(name="said", shape="words", of="said"),
    Kind(name="subject", shape="words", of="subject"),
    Kind(name="text", shape="words", of="text"),
    Kind(name="channel", shape="choice", source="channels", of="channel"),
    Kind(name="account", shape="choice", source="accounts", of="account"),
    Kind(name="public", shape="yes", of="public"),
    Kind(name="automatic", shape="yes", of="is_automatic"),
    Kind(name="language", shape="choice", source="languages", of="language"),
    Kind(name="competence", shape="choice", source="competences", of="competence"),
    Kind(name="certainty", shape="number", of="certainty"),
    Kind(name="unit", shape="choice", source="units", of="unit"),
    Kind(name="assignee", shape="choice", source="colleagues", of="assignee"),
    Kind(name="status", shape="choice", source="statuses", of="status"),
    Kind(name="label", shape="many", source="labels", of="labels"),
    Kind(name="segment", shape="filter", source="segments", of="fits"),
    Kind(name="consumer", shape="filter", of="fits"),
    Kind(name="order", shape="number", of="order"),
    Kind(name="messages", shape="number", of="messages"),
    Kind(name="first", shape="yes", of="first"),
    Kind(name="hours", shape="hours", of="at"),
)
DEEDS = _named(
    Kind(name="colleague", shape="one", source="colleagues"),
    Kind(name="unit", shape="one", source="units"),
    Kind(name="competence", shape="one", source="competences"),
    Kind(name="label", shape="one", source="labels"),
    Kind(name="unlabel", shape="one", source="labels"),
    Kind(name="snooze", shape="minutes"),
    Kind(name="done"),
    Kind(name="reopen"),
    Kind(name="note", shape="text"),
    Kind(name="tell", shape="one", source="colleagues"),
    Kind(name="draft", shape="one", source="canned"),
    Kind(name="send", shape="one", source="canned"),
)


def add(*, whens: tuple[Kind, ...] = (), tests: tuple[Kind, ...] = (), deeds: tuple[Kind, ...] = ()) -> None:
    """Take in the kinds of a later package; the same name again replaces."""
    WHENS.update(_named(*whens))
    TESTS.update(_named(*tests))
    DEEDS.update(_named(*deeds))
