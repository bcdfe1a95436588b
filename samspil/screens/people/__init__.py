"""Screen: consumers, who they are and what was between us."""
