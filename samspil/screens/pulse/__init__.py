"""The page on which a consumer tells how the relation feels."""
