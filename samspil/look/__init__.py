"""Look: the design system and the shell of every page. It knows no word of the domain."""
