"""Bring in a colleague: a question beside a conversation, and what those say who know."""
