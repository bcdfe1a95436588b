"""Reading a filter. An error says at which column, what was expected and what was probably meant."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken
from rapidfuzz.distance import OSA

from samspil.identity.rules.segment.fields import OPS, Own, Word, lookup, tidied
from samspil.identity.rules.segment.tree import DEEPEST, LONGEST, MOST, All, Ask, Either, Node, Not, WrongFilter, joined

GRAMMAR = r"""
start: either?
either: every (OR every)*
every: unit (AND? unit)*
?unit: NOT unit -> opposite
     | "(" either ")"
     | WORD OP value -> compared
     | WORD NOT? IN "(" value ("," value)* ")" -> among
     | WORD EXISTS -> known
     | WORD MISSING -> unknown
     | WORD -> alone
value: WORD | STRING
OP: ":" | "!=" | "<=" | ">=" | "=" | "<" | ">"
AND.2: /(and|og)(?![^\s()"',:<>=!])/i
OR.2: /(or|eller)(?![^\s()"',:<>=!])/i
NOT.2: /(not|ikke)(?![^\s()"',:<>=!])/i
IN.2: /(in|i|blandt)(?![^\s()"',:<>=!])/i
EXISTS.2: /(exists|findes)(?![^\s()"',:<>=!])/i
MISSING.2: /(missing|mangler)(?![^\s()"',:<>=!])/i
WORD: /[^\s()"',:<>=!]+/
STRING: /"(\\.|[^"\\])*"/s
%ignore /\s+/
"""
PLAIN = re.compile(r"""[^\s()"',:<>=!\\]+""")
"""A value that needs no quotation marks."""
NEAR = 0.34
_EXPECTED = {
    "WORD": "field", "STRING": "value", "OP": "operator", "AND": "and", "OR": "or", "NOT": "not", "IN": "in", "EXISTS": "exists",
    "MISSING": "missing", "LPAR": "(", "RPAR": ")", "COMMA": ",", "$END": "end",
}  # fmt: skip


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="contextual", propagate_positions=True, maybe_placeholders=False)


def read(text: str, own: Sequence[Own] = ()) -> Node:
    """The meaning of a line; an empty one is everybody. Raises WrongFilter."""
    if len(text) > LONGEST:
        raise WrongFilter(LONGEST + 1, "long", expected=(str(LONGEST),))
    _not_too_deep(text)
    names = lookup(own)
    try:
        tree = _parser().parse(text.replace("\x00", " "))
    except UnexpectedInput as error:
        raise _told(error, text) from None
    return _Reader(names).start(tree)


def _not_too_deep(text: str) -> None:
    """Counted before it is read, so that no bracket of a stranger takes our stack."""
    depth = 0
    for part in re.finditer(r'"(?:\\.|[^"\\])*"|[()]', text, re.DOTALL):
        depth += {"(": 1, ")": -1}.get(part[0], 0)
        if depth > DEEPEST:
            raise WrongFilter(part.start() + 1, "deep", expected=(str(DEEPEST),))


class _Reader:
    """The tree of the grammar as nodes."""

    def __init__(self, names: dict[str, Word]) -> None:
        self.names, self.tests = names, 0

    def start(self, tree: "Tree[Token]") -> Node:
        return self.node(tree.children[0], 0) if tree.children else All()

    def node(self, tree: Any, depth: int) -> Node:
        if depth > 4 * DEEPEST:
            raise WrongFilter(_column(tree), "deep", expected=(str(DEEPEST),))
        parts = tree.children
        if tree.data in ("either", "every"):
            items = [self.node(p, depth + 1) for p in parts if isinstance(p, Tree)]
            return joined(items, Either if tree.data == "either" else All)
        if tree.data == "opposite":
            return Not(self.node(parts[1], depth + 1))
        self.tests += 1
        if self.tests > MOST:
            raise WrongFilter(_column(tree), "many", expected=(str(MOST),))
        return self.test(tree.data, parts)

    def test(self, rule: str, parts: Sequence[Any]) -> Node:
        at = parts[0]
        word = self.names.get(str(at).lower())
        if word is None:
            raise _no_field(at, self.names)
        if rule == "alone":
            if word.kind not in ("yes", "own_yes"):
                raise WrongFilter(_column(at) + len(at), "end", str(at), OPS[word.kind], f"{at}{OPS[word.kind][0]}…")
            return Ask(word.name, "=", ("1",))
        if rule in ("known", "unknown"):
            return self.checked(word, "exists" if rule == "known" else "missing", parts[1], ())
        if rule == "among":
            test = self.checked(word, "in", parts[1], [p for p in parts if isinstance(p, Tree)])
            return Not(test) if parts[1].type == "NOT" else test
        return self.checked(word, str(parts[1]), parts[1], [parts[2]])

    def checked(self, word: Word, op: str, at: Token, values: Sequence["Tree[Token]"]) -> Ask:
        if op == ":" and op not in OPS[word.kind]:
            op = "="
        if op not in OPS[word.kind]:
            raise WrongFilter(_column(at), "operator", op, OPS[word.kind])
        tokens = [v.children[0] for v in values]
        return Ask(word.name, op, tuple(tidied(word, op, _text(t), _column(t)) for t in tokens if isinstance(t, Token)))


def _text(token: Token) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1], flags=re.DOTALL) if token.type == "STRING" else str(token)


def _column(at: Any) -> int:
    """Counted over the whole text: a filter is one line, however it was pasted."""
    place = at.start_pos if isinstance(at, Token) else getattr(at.meta, "start_pos", 0)
    return (place or 0) + 1


def _no_field(at: Token, names: dict[str, Word]) -> WrongFilter:
    return WrongFilter(_column(at), "field", str(at), ("field",), meant(str(at), names))


def meant(text: str, names: dict[str, Word]) -> str:
    """The field that was probably meant, "" when none is near."""
    typed = text.lower()
    ranked = sorted((OSA.normalized_distance(typed, name), name) for name in names)
    if ranked and ranked[0][0] <= NEAR:
        return ranked[0][1]
    return next((name for name in sorted(names) if len(typed) > 2 and name.startswith(typed)), "")  # noqa: PLR2004


def _told(error: UnexpectedInput, text: str) -> WrongFilter:
    if isinstance(error, UnexpectedCharacters):
        column, got = (error.pos_in_stream or 0) + 1, text[error.pos_in_stream or 0 :][:1]
        return WrongFilter(column, "character", got, _wanted(error.allowed or ()))
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        return WrongFilter(_column(error.token), "word", str(error.token), _wanted(error.accepts or error.expected))
    expected = error.expected if isinstance(error, UnexpectedToken | UnexpectedEOF) else ()
    return WrongFilter(len(text) + 1, "end", "", _wanted(getattr(error, "accepts", None) or expected))


def _wanted(terminals: Any) -> list[str]:
    named = {_EXPECTED[t] for t in terminals if t in _EXPECTED}
    if "value" in named:
        named.discard("field")
    order = list(dict.fromkeys(_EXPECTED.values()))
    return sorted(named, key=order.index)
