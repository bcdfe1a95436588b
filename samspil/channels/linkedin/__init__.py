"""The LinkedIn channel: comments on the posts of an organisation that is ours."""
