"""Conversations kept as rows of a table: a CSV file that another system has written."""
