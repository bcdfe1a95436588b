"""Screen: segments, who fits a description now; built by rows or by one line."""
