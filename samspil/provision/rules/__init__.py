"""Pure decisions: who is who, what would change, what a column or an attribute means."""
