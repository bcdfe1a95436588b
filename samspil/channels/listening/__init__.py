"""Keyword listening on open networks, without an account: public posts that name us, as offers to read."""
