"""Taking out of an old answer what belongs to another person: names, addresses, numbers, links. Pure.

A past answer is somebody's conversation. What is found is veiled; where the answer greets the one or is signed by the other, a place is
left that is filled in for who is answered now. What nobody knows to be a name stays: a third person who is only spoken of.
"""

import re
from collections.abc import Iterable

VEIL = "•••"
SHORTEST = 2
LETTERS_ALONE = 3
"""A name of so few letters is only veiled with a capital letter: «bo» is a verb, «Bo» a person."""
LONGEST = 6_000
"""Characters of a text that are looked at; what is longer is cut."""

_MAIL = re.compile(r"[^\s<>()\[\],;:\"]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}")
_LINK = re.compile(r"(?:[a-z][a-z0-9+.\-]{1,15}://|www\.)[^\s<>\"']+", re.IGNORECASE)
_BARE_LINK = re.compile(r"(?<![\w.@])(?:[\w-]{1,63}\.){1,5}[a-z]{2,12}/[^\s<>\"']+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w@])@[\w][\w.\-]*(?:@[\w.\-]+)?")
_MIXED = re.compile(r"(?<!\w)#?(?=[\w\-/.]*\d)[^\W_][\w]*(?:[\-/.][\w]+)*(?!\w)")
"""A word with a digit in it, such as an order number: «AB-2291/7», and also «16», which is looked at again."""
_NUMBER = re.compile(r"(?<![\w+])(?<!\w[\-/.])#?\+?\(?\d(?:[ \-./()]{0,2}\d){3,24}(?!\w)")
"""Four digits or more, however they are parted: telephone, card, account, civil registration number."""
_STREET = re.compile(
    r"(?<!\w)(?:[A-ZÆØÅÄÖÜÉ][\w.'’\-]* ){0,3}[^\W\d_][\w.'’\-]*?"
    r"(?i:vej|gade|allé|alle|vænget|stræde|torv|plads|boulevard|street|road|avenue|lane|straße|strasse)\.?,? \d{1,4} ?[a-zA-Z]?(?!\w)"
    r"|(?<!\w)\d{1,4}[a-z]? (?:[A-Z][\w.'’\-]* ){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Way)\b\.?"
)
_HOURS = re.compile(r"(?<![\w\-])(?:0?\d|1\d|2[0-4])-(?:0?\d|1\d|2[0-4])(?![\w\-])")
"""«10-16» is when one is open, and nobody's number."""
_TOWN = re.compile(r"(?<!\d)(?<!\d[ \-.])(?:DK-?)?\d{4,5} [A-ZÆØÅÄÖÜ][\w\-]+(?: [A-ZÆØÅ][\w\-]*)?")
_GREETING = re.compile(
    r"^(?P<hello>[ \t]*(?:kære|hej|hejsa|goddag|dear|hi|hello|hey|good (?:morning|afternoon|evening)|liebe[rs]?|hallo)"
    r"(?: (?:hr|fru|frk|mr|mrs|ms|miss|dr|sir|madam|herr|frau)\b\.?)?)"
    r"(?P<name>(?:[ \t]+(?!igen\b|there\b|again\b|og\b|and\b|all\b|alle\b)[A-ZÆØÅÄÖÜÉ][^\s,.!?:;]*){1,4})(?=[\s,.!?:;]|$)",
    re.IGNORECASE | re.MULTILINE,
)
_PLACE_FOR_NAME = "{fornavn}"
_VEILED_NAME = re.compile(rf"^([ \t]*(?:kære|hej|hejsa|goddag|dear|hi|hello|hallo)) {VEIL}", re.IGNORECASE | re.MULTILINE)
_SIGNED = re.compile(
    r"^(?P<bye>[ \t]*(?:(?:med )?(?:venlig|bedste|mange|kærlig)e? hilsen(?:er)?|(?:de )?bedste hilsner|mange hilsner|mvh|vh|hilsen|"
    r"(?:kind |best |warm )?regards|sincerely|best|cheers|thanks|tak)[ \t]*[,.!]?)[ \t]*(?:\n\s*|[ \t]+)(?P<who>\S[^\n]{0,60})(?P<rest>[\s\S]*)\Z",
    re.IGNORECASE | re.MULTILINE,
)
SIGNATURE = "{mit fornavn}"


def masked(text: str, names: Iterable[str] = (), signed_by: str = "") -> str:
    """The text without what belongs to who it was written to or by.

    ``names`` are all names, displays and addresses of the people of that conversation; ``signed_by`` is the colleague, whose name becomes
    a place for the name of who answers now. Braces of the text itself become parentheses: only ours are filled in.
    """
    text = text[:LONGEST].replace("\r\n", "\n").replace("{", "(").replace("}", ")")
    text = _LINK.sub(VEIL, text)
    text = _BARE_LINK.sub(VEIL, text)
    text = _MAIL.sub(VEIL, text)
    text = _HANDLE.sub(VEIL, text)
    text = _without_names(text, names)
    text = _TOWN.sub(VEIL, _STREET.sub(VEIL, text))
    text = _NUMBER.sub(lambda found: found[0] if _HOURS.fullmatch(found[0]) else VEIL, text)
    text = _MIXED.sub(_told_number, text)
    text = _signed(text, signed_by)
    text = _GREETING.sub(lambda found: f"{found['hello']} {_PLACE_FOR_NAME}", text)
    text = _VEILED_NAME.sub(rf"\1 {_PLACE_FOR_NAME}", text)
    text = text.replace(f"{_PLACE_FOR_NAME}-{VEIL}", _PLACE_FOR_NAME).replace(f"{_PLACE_FOR_NAME} {VEIL}", _PLACE_FOR_NAME)
    return re.sub(rf"{VEIL}(?:[ \t,.\-/]{{0,2}}{VEIL})+", VEIL, text).strip()


def _told_number(found: re.Match[str]) -> str:
    """Short numbers stay: «16», «2 år», «kl. 8.30», «14-16»; what could name an order does not."""
    word = found[0]
    digits = sum(c.isdigit() for c in word)
    letters = sum(c.isalpha() for c in word)
    is_plain = digits <= 3 and letters <= 2 and not word.startswith("#")  # noqa: PLR2004 - shorter than any order number
    return word if is_plain or _HOURS.fullmatch(word) else VEIL


def _without_names(text: str, names: Iterable[str]) -> str:
    parts = {part.strip(" .,;:()<>\"'") for name in names for part in (name, *re.split(r"[\s@.,_\-+/]+", name))}
    for part in sorted((p for p in parts if len(p) >= SHORTEST), key=len, reverse=True):
        flags = re.IGNORECASE if len(part) > LETTERS_ALONE else re.NOFLAG
        shapes = {part} if flags else {part.capitalize(), part.title(), part.upper()}
        for shape in shapes:
            text = re.sub(rf"(?<!\w){re.escape(shape)}(?:['’]?[sS])?(?!\w)", VEIL, text, flags=flags)
    return text


def _signed(text: str, signed_by: str) -> str:
    """What stands after the last goodbye is who signed and the house's own lines: one place is left for it."""
    found = max(_SIGNED.finditer(text), key=lambda one: one.start(), default=None)
    if found is not None and found.start() >= len(text) // 3:
        return f"{text[: found.start()]}{found['bye'].rstrip()}\n{SIGNATURE}"
    first = signed_by.split(" ", maxsplit=1)[0] if signed_by else ""
    lines = text.rstrip().split("\n")
    last = lines[-1].strip(" .,!–-")
    if len(lines) > 1 and first and last.lower() in {first.lower(), signed_by.lower()}:
        return "\n".join([*lines[:-1], SIGNATURE])
    for part in dict.fromkeys(one for one in (signed_by, first) if one):
        text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", SIGNATURE, text)
    return text


def is_worth_keeping(question: str, answer: str) -> bool:
    """Whether a masked pair can help anybody: something was asked, and something of its own was answered."""
    asked, said = (re.sub(rf"{VEIL}|\{{[^}}]*\}}", " ", text) for text in (question, answer))
    return len(re.findall(r"\w{2,}", asked)) >= 3 and len(re.findall(r"\w{2,}", said)) >= 4  # noqa: PLR2004 - «tak for det» is no answer
