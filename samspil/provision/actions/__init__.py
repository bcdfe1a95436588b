"""What provision does: looks a source through, brings its people in, takes a run back; opens and closes the door for directories."""
