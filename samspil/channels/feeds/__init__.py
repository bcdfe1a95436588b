"""Feeds: RSS, Atom and JSON Feed, polled politely or pushed by a hub."""
