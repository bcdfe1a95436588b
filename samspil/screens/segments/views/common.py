"""What the pages of segments share."""

from django.utils.translation import get_language


def language() -> str:
    """The reader's: da or en."""
    return "da" if (get_language() or "da").startswith("da") else "en"


def typed(text: str, longest: int = 2100) -> str:
    """What was typed, without what no database takes. A little longer than a filter may be, so that one hears it."""
    return text.replace("\x00", "").strip()[:longest]
