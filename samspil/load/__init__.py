"""How long people wait for us, what will come, and how many of us it takes."""
