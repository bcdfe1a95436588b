"""Questions about what was taken in, about one message's way, and about the demo."""

from samspil.exchange.queries.demo import demo_sign_in
from samspil.exchange.queries.report import Report, report

__all__ = ["Report", "demo_sign_in", "report"]
