"""The LINE channel: an official account, by the Messaging API."""
