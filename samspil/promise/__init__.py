"""What we promised: how soon one answers, and what happens when it does not go that way."""
