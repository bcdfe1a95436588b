"""Which handles are one consumer: links with their evidence, merge and undo."""
