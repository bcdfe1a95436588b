"""Which colleague, and because of what."""
