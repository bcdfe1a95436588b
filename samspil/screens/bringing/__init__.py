"""Screen: people brought in from files, and people forgotten."""
