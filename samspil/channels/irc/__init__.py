"""The IRC channel: a name on any network, in channels and in private."""
