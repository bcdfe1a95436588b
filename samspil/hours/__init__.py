"""When people are at work: weekly hours, holidays, absence."""
