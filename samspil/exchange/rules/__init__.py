"""Pure decisions of exchange: what is made for the demo, and how people are read from files."""

from samspil.exchange.rules.demo import ago, document, mentions, picture

__all__ = ["ago", "document", "mentions", "picture"]
