"""Writing a filter out, in English as it is kept or in Danish as it is shown. Reading it again gives the same."""

from collections.abc import Sequence

from samspil.identity.rules.segment.fields import KEYWORDS, Own, Word, lookup, words_of
from samspil.identity.rules.segment.grammar import PLAIN
from samspil.identity.rules.segment.tree import All, Ask, Either, Node, Not

_WORDS = {
    "en": {"and": "and", "or": "or", "not": "not", "in": "in", "exists": "exists", "missing": "missing", "1": "yes", "0": "no"},
    "da": {"and": "og", "or": "eller", "not": "ikke", "in": "i", "exists": "findes", "missing": "mangler", "1": "ja", "0": "nej"},
}
_UNITS = {"w": "u", "y": "å"}


def write(node: Node, own: Sequence[Own] = (), language: str = "en") -> str:
    """The line, with as few brackets and quotation marks as it needs. Raises KeyError for a field that is none."""
    return _Writer(words_of(own), lookup(own), "da" if language == "da" else "en").node(node, 0)


class _Writer:
    def __init__(self, fields: dict[str, Word], names: dict[str, Word], language: str) -> None:
        self.fields, self.names, self.language, self.words = fields, names, language, _WORDS[language]

    def node(self, node: Node, within: int) -> str:
        """``within``: 0 stands alone, 1 in an or, 2 in an and, 3 after a not."""
        match node:
            case Ask():
                return self.test(node)
            case Not(item):
                return f"{self.words['not']} {self.node(item, 3)}"
            case Either(items):
                text = f" {self.words['or']} ".join(self.node(i, 1) for i in items)
                return f"({text})" if within > 1 else text
            case All(items):
                text = f" {self.words['and']} ".join(self.node(i, 2) for i in items)
                return f"({text})" if within > 2 else text  # noqa: PLR2004

    def test(self, test: Ask) -> str:
        word = self.fields[test.field]
        # An own attribute may be called what a field of ours is in Danish; then that one keeps its English name.
        name = word.danish if self.language == "da" and self.names.get(word.danish) == word else word.name
        if test.op in ("exists", "missing"):
            return f"{name} {self.words[test.op]}"
        values = [self.value(word, v) for v in test.values]
        if test.op == "in":
            return f"{name} {self.words['in']} ({', '.join(values)})"
        if word.kind in ("yes", "own_yes") and test.op == "=" and test.values == ("1",):
            return name
        return f"{name}{test.op}{values[0]}"

    def value(self, word: Word, value: str) -> str:
        text = shown(word, value, self.language)
        if PLAIN.fullmatch(text) and text.lower() not in KEYWORDS:
            return text
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'


def shown(word: Word, value: str, language: str) -> str:
    """A value as a person of this language writes it; reading it again gives the same."""
    words = _WORDS["da" if language == "da" else "en"]
    if word.kind in ("yes", "own_yes"):
        return words[value]
    if word.kind in ("date", "time") and language == "da" and value[-1] in _UNITS:
        return value[:-1] + _UNITS[value[-1]]
    if word.kind == "amount":
        return value.replace(" ", "")
    return value
