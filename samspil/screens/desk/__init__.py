"""The desk: lists, thread, composer, consumer; panels side by side and no business of its own."""
