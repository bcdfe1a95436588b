"""Bluesky: posts and direct messages over the AT Protocol."""
