"""The Slack channel: colleagues are told and answer in their workspace, by an app of their own."""
