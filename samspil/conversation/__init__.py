"""Joins interactions into conversations; the timeline and the inbox."""
