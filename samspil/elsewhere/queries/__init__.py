"""Questions about what was told and what came back."""

from samspil.elsewhere.queries.arrivals import arrivals_of, held, said_by
from samspil.elsewhere.queries.letter import letter
from samspil.elsewhere.queries.own import reached

__all__ = ["arrivals_of", "held", "letter", "reached", "said_by"]
