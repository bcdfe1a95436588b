"""Segments: a line such as ``network:mail and last_seen<30d`` read, checked, written and, in plain Python, answered."""

from samspil.identity.rules.segment.fields import FIELDS, Own, Word, lookup, words_of
from samspil.identity.rules.segment.grammar import read
from samspil.identity.rules.segment.holds import Person, Reach, holds
from samspil.identity.rules.segment.tree import All, Ask, Either, Node, Not, WrongFilter
from samspil.identity.rules.segment.write import write

__all__ = [
    "FIELDS",
    "All",
    "Ask",
    "Either",
    "Node",
    "Not",
    "Own",
    "Person",
    "Reach",
    "Word",
    "WrongFilter",
    "holds",
    "lookup",
    "read",
    "words_of",
    "write",
]
