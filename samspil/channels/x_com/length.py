"""How long a post is, as X counts: most letters one, others two, a link always the same. Pure."""

import re
import unicodedata

LONGEST, DIRECT, LINK = 280, 10_000, 23
_SINGLE = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
"""The letters that count for one; every other counts for two."""
_TOP = "com|org|net|dk|eu|io|se|no|de|uk|info|biz|app|dev|shop|example"
URL = re.compile(rf"https?://[^\s<>\"]+|(?<![@\w./-])(?:[\w-]+\.)+(?:{_TOP})(?![\w-])(?:/[^\s<>\"]*)?", re.IGNORECASE)
_BASE = r"[\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
_EMOJI = re.compile(
    rf"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_BASE}[\ufe0f\U0001f3fb-\U0001f3ff]*(?:\u200d{_BASE}[\ufe0f\U0001f3fb-\U0001f3ff]*)*"
)


def weighted(text: str) -> int:
    """The characters that X counts: a link 23, an emoji 2 however it is put together, Chinese, Japanese and Korean letters 2."""
    plain = unicodedata.normalize("NFC", text)
    links = len(URL.findall(plain))
    rest = URL.sub("", plain)
    signs = len(_EMOJI.findall(rest))
    return LINK * links + 2 * signs + sum(_weight(ord(letter)) for letter in _EMOJI.sub("", rest))


def has_link(text: str) -> bool:
    """Whether X would see a link in it, which makes it dearer."""
    return bool(URL.search(text))


def _weight(code: int) -> int:
    return 1 if any(low <= code <= high for low, high in _SINGLE) else 2
