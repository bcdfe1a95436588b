"""Pure decisions of routing: what a text asks for, and who answers it."""
