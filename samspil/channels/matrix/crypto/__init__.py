"""End-to-end encryption of an account that fetches: docs/decisions/matrix-encryption.md. Source: spec.matrix.org, end-to-end encryption."""
