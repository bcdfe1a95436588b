"""The X channel: mentions and direct messages of an account, within a month's budget."""
