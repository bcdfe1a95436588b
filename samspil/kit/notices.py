"""Words of a notice that are the same on every network where colleagues talk. Pure."""

from collections.abc import Mapping

SAYS: Mapping[str, str] = {"done": "done", "not_me": "not me"}
"""The buttons of a notice, each with what a colleague would have written in its place."""
BUTTONS: Mapping[str, Mapping[str, str]] = {
    "done": {"da": "Færdig", "en": "Done"},
    "not_me": {"da": "Ikke mig", "en": "Not me"},
}
"""What stands on them."""
LINK: Mapping[str, str] = {"da": "Åbn i Samspil", "en": "Open in Samspil"}
ASTRAY: Mapping[str, str] = {
    "da": "Det her er ikke sendt til nogen. Svar i tråden under den besked, du svarer på.",
    "en": "This was sent to nobody. Answer in the thread under the message that you answer.",
}
"""For what is written in no thread of ours: it answers nothing."""


def worded(words: Mapping[str, str], language: str) -> str:
    """The words in a language, else in English."""
    return words.get(language, words["en"])
