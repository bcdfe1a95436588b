"""How well people would be recognised in a labelled file. Reads no table."""

from samspil.identity.rules.evaluate import BadFile, Say, evaluate_file
from samspil.identity.rules.spark import NoSpark

__all__ = ["BadFile", "NoSpark", "Say", "evaluate_file"]
