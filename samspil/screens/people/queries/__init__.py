"""What the pages of consumers show side by side."""
