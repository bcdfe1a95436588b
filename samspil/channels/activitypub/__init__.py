"""The organisation as an actor of its own in the fediverse."""
