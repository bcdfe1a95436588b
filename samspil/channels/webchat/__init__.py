"""The web chat: visitors write in our own script on the organisation's web pages."""
