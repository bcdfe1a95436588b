"""The channel for reviews on Google: of one place that is ours."""
