"""Colleagues are told, and answer, where they are."""
