"""Checklists: what is gone through in a conversation, step by step, and who did each."""
