"""Keeps every inbound payload once and understands it into interactions at handles."""
