"""The Mattermost channel: colleagues are told and answer on their own server, by a bot account."""
