"""The new part of a mail's HTML: what mail programs mark as quoted is taken out of the tree."""

import lxml.etree
import lxml.html

from samspil.channels.mail.quotes import ATTRIBUTION, BARE, DIVIDER, FORWARD
from samspil.kit.html import parse, text_of, text_of_tree


def _any_of(test: str, names: str) -> str:
    return "//*[" + " or ".join(test.format(name) for name in names.split()) + "]"


# These begin the old mail: they go, and everything after them in the document.
_BEGIN = "|".join(
    (
        _any_of(
            "@id='{}'",
            "divRplyFwdMsg appendonsend OLK_SRC_BODY_SECTION zwchr mail-editor-reference-message-container stopSpelling",
        ),
        "//*[@data-marker='__DIVIDER__']",
        # Outlook's line above the old headers, by its colours and by its style.
        _any_of("self::div and contains(@style,'border-top') and contains(@style,'#{}')", "B5C4DF b5c4df E1E1E1 e1e1e1"),
        "//div[contains(@style,'border:none') and contains(@style,'border-top:solid')]",
    )
)
# These are the old mail or a signature: they go alone, since an answer may stand below them.
_QUOTE = "|".join(
    (
        _any_of(
            "contains(concat(' ',@class,' '),' {} ')",
            "gmail_quote gmail_quote_container gmail_attr yahoo_quoted protonmail_quote moz-cite-prefix tutanota_quote"
            " zmail_extra moz-signature gmail_signature",
        ),
        "//blockquote[@type='cite' or @cite]",
    )
)
_ANSWERED = 3


def visible_html(html: str, *, forwarded: bool = False) -> tuple[str, str]:
    """The new part of the markup (unsafe as it came) and its text; the whole when nothing is marked, or nothing else is there."""
    root = parse(html)
    if root is None:
        return html, ""
    whole = text_of(html)
    if forwarded or _is_forward(whole):
        return html, whole
    if not _cut(root):
        return html, whole
    text = text_of_tree(root)
    if not text.strip():
        return html, whole
    body = root.find("body")
    return lxml.html.tostring(root if body is None else body, encoding="unicode"), text


def _is_forward(text: str) -> bool:
    return any(FORWARD.match(line[:300]) for line in text.split("\n")[:400])


def _cut(root: lxml.html.HtmlElement) -> bool:
    changed = False
    begins = root.xpath(_BEGIN)
    for node in begins[:1]:
        above = node.getprevious()
        if above is not None and above.tag == "hr":
            above.drop_tree()
        _drop_from(node)
        changed = True
    quotes = [node for node in root.xpath(_QUOTE) if not _inside_quote(node)]
    cites = [node for node in quotes if node.tag == "blockquote"]
    if len(cites) >= _ANSWERED:
        return changed  # answered point by point: the questions are needed
    for node in quotes:
        if node.getparent() is not None:
            _drop_attribution(node)
            node.drop_tree()
            changed = True
    return changed


def _inside_quote(node: lxml.html.HtmlElement) -> bool:
    return any(above.tag == "blockquote" for above in node.iterancestors())


def _drop_from(node: lxml.html.HtmlElement) -> None:
    """Take out a node and everything that follows it in the document."""
    at: lxml.html.HtmlElement | None = node
    while at is not None and at.getparent() is not None and at.tag != "body":
        for after in list(at.itersiblings()):
            after.getparent().remove(after)
        parent = at.getparent()
        if at is node:
            at.tail = None
            at.drop_tree()
        else:
            at.tail = None
        at = parent


def _drop_attribution(quote: lxml.html.HtmlElement) -> None:
    """Take out "Den ... skrev ...:" where it stands right above a quote, as an element or as loose text."""
    above = quote.getprevious()
    for _ in range(3):
        if above is None:
            break
        if above.tail and above.tail.strip():
            if _says_who(above.tail):
                above.tail = None
            return
        words = above.text_content()
        if words.strip():
            if _says_who(words):
                above.drop_tree()
            return
        above = above.getprevious()
    parent = quote.getparent()
    if above is None and parent is not None and parent.text and _says_who(parent.text):
        parent.text = None


def _says_who(words: str) -> bool:
    line = " ".join(words.replace("\u202f", " ").split())[:600]
    return bool(ATTRIBUTION.match(line) or BARE.match(line) or DIVIDER.match(line))
