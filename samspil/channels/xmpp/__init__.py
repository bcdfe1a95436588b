"""The XMPP channel: an account on any server, signed in as a client."""
