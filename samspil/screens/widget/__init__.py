"""The web chat on other people's pages."""
