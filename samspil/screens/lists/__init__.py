"""Screens of checklists and of handing over."""
