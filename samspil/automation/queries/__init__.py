"""Questions about rules: which are in force, what was seen, what they did and would have done."""
