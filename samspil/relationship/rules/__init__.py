"""How strong a relationship is, which stage it is in, and what is wrong with it. Pure."""
