"""Questions about what was told and what came back."""

from samspil.elsewhere.queries.arrivals import arrivals_of, said_by
from samspil.elsewhere.queries.letter import letter
from samspil.elsewhere.queries.own import can_tell, reached, reached_elsewhere, tellers

__all__ = ["arrivals_of", "can_tell", "letter", "reached", "reached_elsewhere", "said_by", "tellers"]
