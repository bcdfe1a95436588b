"""The Mastodon channel: an account on any server with Mastodon's client API."""
