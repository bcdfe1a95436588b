"""Questions about what was told and what came back."""

from samspil.elsewhere.queries.arrivals import arrivals_of, said_by, turned_away, turned_away_counts
from samspil.elsewhere.queries.letter import letter
from samspil.elsewhere.queries.own import colleagues_by_seat, linking, reached, reached_elsewhere, seats_of, tellers
from samspil.elsewhere.queries.rooms import may_set, room_of, tellers_of_rooms

__all__ = [
    "arrivals_of",
    "colleagues_by_seat",
    "letter",
    "linking",
    "may_set",
    "reached",
    "reached_elsewhere",
    "room_of",
    "said_by",
    "seats_of",
    "tellers",
    "tellers_of_rooms",
    "turned_away",
    "turned_away_counts",
]
