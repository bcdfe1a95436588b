"""Questions about what was taken in, about one message's way, and about the demo."""

from samspil.exchange.queries.demo import demo_sign_in
from samspil.exchange.queries.explain import Explanation, Met, explain
from samspil.exchange.queries.report import Report, report

__all__ = ["Explanation", "Met", "Report", "demo_sign_in", "explain", "report"]
