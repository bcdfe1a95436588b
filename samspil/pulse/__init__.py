"""How a relation feels now, in one tap, on the channel used."""
