"""How well routing would do on labelled files. Reads no table."""

from samspil.routing.rules.evaluate import BadFile, evaluate, read_file

__all__ = ["BadFile", "evaluate", "read_file"]
