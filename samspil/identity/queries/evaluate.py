"""How well people would be recognised in a labelled file. Reads no table."""

from samspil.identity.rules.evaluate import BadFile, Say, evaluate_file

__all__ = ["BadFile", "Say", "evaluate_file"]
