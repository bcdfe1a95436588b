"""Hand-over: what who takes over a conversation should know, and giving many of one's own away at once."""
