"""Draft, outbox and the ledger of what became of each reply."""
