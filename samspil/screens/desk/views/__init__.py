"""What the desk answers with; one file a part of the page."""
