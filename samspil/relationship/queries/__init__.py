"""Questions about relationships."""
