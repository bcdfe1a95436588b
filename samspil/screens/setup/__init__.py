"""First run, settings, channels, colleagues."""
