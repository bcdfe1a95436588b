"""``samspil up``: every process of one installation, started together, started again when one dies, stopped together."""
