"""The Matrix channel: an account on any homeserver, or an application service of one."""
