"""The YouTube channel: comments below the videos of one's own channel."""
