"""Questions about handing over: what who takes over should know, and where conversations would go."""

from samspil.handover.queries.known import Card, card_of, known, unread
from samspil.handover.queries.target import Found, NowhereNamed, Target, places_for

__all__ = ["Card", "Found", "NowhereNamed", "Target", "card_of", "known", "places_for", "unread"]
