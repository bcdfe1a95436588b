"""What these screens answer."""
