"""HTML from strangers: made safe to show, or read as plain text. Pure functions, shared by the core and by channels.

``sanitise`` is an allow-list (nh3, the Ammonia library): what is not named here does not pass. ``text_of`` reads a
document the way a person would: paragraphs, lists, links and table cells. Both are bounded: MAX_HTML characters are looked at.
"""

import html as _html
import re
from collections.abc import Callable

import lxml.etree
import lxml.html
import nh3

MAX_HTML = 2 * 1024 * 1024
MAX_DEPTH = 400

# fmt: off
_TAGS = frozenset((
    "a", "abbr", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center", "cite",
    "code", "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "footer", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "main", "mark", "ol", "p", "pre", "q",
    "s", "samp", "section", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "time", "tr", "tt", "u", "ul", "var", "wbr",
))
# fmt: on
# fmt: off
_DROPPED_WITH_CONTENT = frozenset((
    "script", "style", "title", "head", "noscript", "template", "iframe", "object", "svg", "math", "select", "textarea",
))
# fmt: on
_ATTRIBUTES = {
    "*": {"dir", "lang", "title", "style"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "table": {"border", "cellpadding", "cellspacing", "width", "align", "bgcolor"},
    "td": {"colspan", "rowspan", "width", "height", "align", "valign", "bgcolor"},
    "th": {"colspan", "rowspan", "width", "height", "align", "valign", "bgcolor", "scope"},
    "tr": {"align", "valign", "bgcolor"},
    "font": {"color", "size", "face"},
    "ol": {"start", "type"},
    "col": {"span", "width"},
}
# No position, z-index, transform, margin or url(): nothing may leave its box, cover the page or load anything.
# fmt: off
_STYLES = frozenset((
    "background-color", "border", "border-bottom", "border-bottom-color", "border-bottom-style", "border-bottom-width",
    "border-collapse", "border-color", "border-left", "border-left-color", "border-left-style", "border-left-width",
    "border-radius", "border-right", "border-style", "border-top", "border-width", "color", "font-family", "font-size",
    "font-style", "font-weight", "line-height", "list-style-type", "padding", "padding-bottom", "padding-left",
    "padding-right", "padding-top", "text-align", "text-decoration", "text-indent", "vertical-align", "white-space",
    "width", "max-width",
))
# fmt: on
_UNSAFE_STYLE = re.compile(r"url\s*\(|expression|@import|\\|/\*|-moz-binding|image-set|var\s*\(", re.IGNORECASE)
_REMOTE = re.compile(r"^\s*(?:https?:)?//", re.IGNORECASE)
_DATA_IMAGE = re.compile(r"^data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]+$", re.IGNORECASE)
# A transparent picture of one pixel, so that the place and the alternative text stay without anything being fetched.
PLACEHOLDER = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def sanitise(html: str, *, images: bool = False, cid: Callable[[str], str | None] | None = None) -> str:
    """Markup that is safe to put into a page of ours: no scripts, forms, ids, classes, frames, escaping styles or remote loading.

    Links open elsewhere and carry ``noopener nofollow``. Remote pictures become a placeholder unless ``images``.
    ``cid`` gives the address of an inline picture for its Content-ID (None or no callback: placeholder). Never raises.
    """

    def source(value: str) -> str:
        if value.lower().startswith("cid:"):
            found = cid(value[4:].strip().strip("<>")) if cid else None
            return found or PLACEHOLDER
        if _REMOTE.match(value):
            return value if images else PLACEHOLDER
        return value if _DATA_IMAGE.match(value) and len(value) < 200_000 else PLACEHOLDER  # noqa: PLR2004 - a logo, not a film

    def attribute(tag: str, name: str, value: str) -> str | None:
        if tag == "img" and name == "src":
            return source(value)
        if name == "style":
            return None if _UNSAFE_STYLE.search(value) else value
        if name in {"width", "height"} and not re.fullmatch(r"\s*\d{1,4}(?:px|%)?\s*", value):
            return None
        return value

    bounded = html[:MAX_HTML]
    if _depth(bounded) > MAX_DEPTH:
        # Nobody writes so: it takes the parser quadratic time (minutes for 2 MB). The words are shown without the markup.
        lines = _html.escape(text_of(bounded)).split("\n")
        return "<p>" + "<br>".join(lines) + "</p>"
    return nh3.clean(
        bounded,
        tags=set(_TAGS),
        clean_content_tags=set(_DROPPED_WITH_CONTENT),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=attribute,
        strip_comments=True,
        link_rel="noopener nofollow noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        filter_style_properties=set(_STYLES),
    )


# fmt: off
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "fieldset", "figcaption", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section",
    "table", "tr", "ul",
))
# fmt: on
# fmt: off
_SPACED = frozenset((
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "blockquote", "pre", "table",
))
# fmt: on
# fmt: off
_SILENT = frozenset((
    "script", "style", "title", "head", "template", "noscript", "object", "iframe", "svg", "math", "select", "textarea",
))
# fmt: on
_SPACE = re.compile(r"[ \t\r\n\f]+")
_MANY_LINES = re.compile(r"\n{3,}")
_TAG_OR_SILENT = re.compile(
    r"<(script|style|title)\b.{0,100000}?</\1\s*>|<!--.{0,2000}?-->|<[^<>]{0,2000}>", re.IGNORECASE | re.DOTALL
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


# Elements that stay open until they are closed; the others end by themselves or cost little.
_NESTS = re.compile(
    r"<(/?)(?:div|blockquote|table|ul|ol|dl|section|article|aside|center|header|footer|main|nav|figure|fieldset|details|address|pre|form)\b",
    re.IGNORECASE,
)


def _depth(html: str) -> int:
    """How deep blocks are nested at most."""
    depth = deepest = 0
    for match in _NESTS.finditer(html):
        if match[1]:
            depth = max(0, depth - 1)
        else:
            depth += 1
            deepest = max(deepest, depth)
    return deepest


def parse(html: str) -> lxml.html.HtmlElement | None:
    """An HTML document as a tree, bounded and without network or entities from outside; None when nothing can be read."""
    text = _CONTROL.sub("", html[:MAX_HTML])
    if not text.strip():
        return None
    # A declaration of another encoding would make lxml refuse text.
    text = re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", text)
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        return lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError, ValueError, RecursionError):
        return None


def text_of(html: str) -> str:
    """The text a person reads: paragraphs, "- " before list items, cells parted by a tab, a link's address after its words.

    Never raises.
    """
    root = parse(html)
    found = text_of_tree(root) if root is not None else ""
    # The parser gives up on nesting beyond its own limit; the words are still there.
    return found or _html.unescape(_TAG_OR_SILENT.sub(" ", _CONTROL.sub("", html[:MAX_HTML]))).strip()


def text_of_post(html: str) -> str:
    """As :func:`text_of`, of a post of the fediverse: a name or tag that is a link stands without its address; "" for what cannot be read."""
    root = parse(html)
    if root is None:
        return ""
    for link in root.iter("a"):
        if {"mention", "hashtag"} & set(str(link.get("class", "")).split()):
            link.attrib.pop("href", None)
    return text_of_tree(root)


def text_of_tree(root: lxml.html.HtmlElement) -> str:
    """As :func:`text_of`, of a tree that was parsed already."""
    writer = _Writer()
    # Our own stack instead of recursion: nesting is the sender's choice.
    events = lxml.etree.iterwalk(root, events=("start", "end"))
    for event, node in events:
        if not isinstance(node.tag, str):
            if event == "end":
                writer.words(node.tail or "")
            continue
        if event == "start":
            if node.tag in _SILENT:
                events.skip_subtree()
                continue
            writer.start(node)
        else:
            if node.tag not in _SILENT:
                writer.end(node)
            writer.words(node.tail or "")
    return writer.result()


class _Writer:
    def __init__(self) -> None:
        self.out: list[str] = []
        self.fresh = True  # at the beginning of a line
        self.gap = False  # a space is owed
        self.breaks = 0  # line ends owed
        self.pre = 0
        self.lists: list[int] = []
        self.links: list[int] = []

    def words(self, text: str) -> None:
        if not text:
            return
        if self.pre:
            for number, line in enumerate(text.split("\n")):
                if number:
                    self.newline()
                self.put(line)
            return
        collapsed = _SPACE.sub(" ", text)
        if collapsed == " ":
            self.gap = not self.fresh
            return
        if collapsed.startswith(" "):
            self.gap = True
        self.put(collapsed.strip(" "))
        self.gap = collapsed.endswith(" ")

    def put(self, text: str) -> None:
        if not text:
            return
        if self.breaks:
            if self.out:
                self.out.append("\n" * self.breaks)
            self.breaks, self.fresh, self.gap = 0, True, False
        if self.gap and not self.fresh:
            self.out.append(" ")
        self.out.append(text)
        self.fresh, self.gap = False, False

    def newline(self) -> None:
        self.breaks = min(self.breaks + 1, 3)

    def block(self, lines: int) -> None:
        if self.out and (self.breaks or not self.fresh):
            self.breaks = max(self.breaks, lines)

    def start(self, node: lxml.html.HtmlElement) -> None:
        tag = node.tag
        if tag in _BLOCKS:
            self.block(2 if tag in _SPACED and not self.lists else 1)
        if tag == "br":
            self.newline()
        elif tag in {"ul", "ol"}:
            self.lists.append(0 if tag == "ol" else -1)
        elif tag == "li":
            self._item()
        elif tag in {"td", "th"} and not self.fresh and not self.breaks:
            self.put("\t")
            self.fresh = True
        elif tag == "hr":
            self.put("-----")
            self.block(1)
        elif tag == "img" and node.get("alt"):
            self.put(f"[{_SPACE.sub(' ', node.get('alt')).strip()[:200]}]")
        elif tag == "pre":
            self.pre += 1
        elif tag == "a":
            self.links.append(len(self.out))
        self.words(node.text or "")

    def _item(self) -> None:
        if self.lists and self.lists[-1] >= 0:
            self.lists[-1] += 1
            self.put(f"{'  ' * (len(self.lists[:9]) - 1)}{self.lists[-1]}. ")
        else:
            self.put(f"{'  ' * max(0, len(self.lists[:9]) - 1)}- ")
        self.fresh = True

    def end(self, node: lxml.html.HtmlElement) -> None:
        tag = node.tag
        if tag == "a" and self.links:
            said = "".join(self.out[self.links.pop() :]).strip()
            target = (node.get("href") or "").strip()
            if (
                target.lower().startswith(("http://", "https://"))
                and said
                and target.rstrip("/") not in {said, f"http://{said}", f"https://{said}"}
            ):
                self.gap = True
                self.put(f"<{target[:500]}>")
        elif tag in {"ul", "ol"} and self.lists:
            self.lists.pop()
        elif tag == "pre":
            self.pre -= 1
        if tag in _BLOCKS:
            self.block(2 if tag in _SPACED and not self.lists else 1)

    def result(self) -> str:
        text = "".join(self.out).replace("\xa0", " ")
        return _MANY_LINES.sub("\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip("\n").strip()
