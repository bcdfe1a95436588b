"""The new part of a mail's text: what was quoted, signed by a machine or appended by a list is left out.

Every rule only leaves lines out; nothing is rewritten, and when nothing would be left the whole text is given.
Rules: an attribution ("Den ... skrev ...:", "On ... wrote:"), a block of mail headers (Fra/Sendt/Til/Emne), a divider
("-----Original Message-----"), lines that begin with ">", the signature after "-- ", list footers, and the lines that
telephones add. A text answered point by point keeps the questions between the answers, or it could not be read.
"""

import re
from collections.abc import Sequence

MAX_LINES = 20_000
MAX_LINE = 600
MAX_SIGNATURE = 25
MIN_FIELDS = 3  # From and two more

_VERB = (
    r"wrote|writes|skrev|skreiv|skrifaði|schrieb|schreef|a écrit|ha scritto|escribió|escreveu|napisał(?:\(a\)|a)?"
    r"|kirjoitti|написал(?:\(а\)|а)?|пишет"
)
_DAY = (
    r"(?:man|mand|tir|tirs|ons|tor|tors|fre|lør|lørd|søn|sønd|mån|tis|lör|sön|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|mo|di|mi|do|fr|sa|so)"
    r"(?:ag|dag|sdag|day|sday|nesday|rsday|urday)?\.?,?"
)
_OPENER = rf"(?:on|den|am|på|le|op|el|il|em|dnia|w dniu|at)\b|\d|{_DAY}\s|[^<>:]{{1,80}}<[^<>\s]+@[^<>\s]+>"
_ADDRESS = r"<[^<>\s@]+@[^<>\s]+>|\[mailto:|[\w.+-]+@[\w-]+\.\w"
_CLOCK = r"\b\d{1,2}[.:]\d{2}\b"
ATTRIBUTION = re.compile(
    rf"^(?=(?:{_OPENER}))(?=.{{0,400}}?(?:\b|[>)\]])(?:{_VERB})\b)(?=.*(?:{_ADDRESS}|{_CLOCK}|\b(?:19|20)\d\d\b|\d[./-]\d)).{{6,500}}:$",
    re.IGNORECASE,
)
# Japanese and some phones write no verb: a date, a clock, a name and an address in angle brackets.
BARE = re.compile(rf"^(?:{_DAY}\s|\d).{{0,120}}{_CLOCK}.{{0,200}}<[^<>\s@]+@[^<>\s]+>:$", re.IGNORECASE)
_WROTE = re.compile(rf"^(?:.{{0,200}}[\s>)\]])?(?:{_VERB})\s?:$", re.IGNORECASE)
_STRONG = re.compile(rf"{_ADDRESS}|{_CLOCK}", re.IGNORECASE)
_BEGINS = re.compile(rf"^(?:(?:on|den|am|på|le|op|el|il|em|dnia|w dniu)\b|{_DAY}\s).*\d", re.IGNORECASE)

_FROM = r"from|fra|von|från|van|de|od|lähettäjä|от|差出人"
_SUBJECT = r"subject|emne|betreff|ämne|onderwerp|objet|temat|aihe|asunto|тема|件名"
_SENT = r"sent|sendt|gesendet|skickat|verzonden|envoyé|wysłano|lähetetty|отправлено"
_OTHER = r"date|dato|datum|to|til|an|till|aan|à|do|кому|дата|cc|kopi|kopia|bcc|reply-to"
_FIELD = re.compile(
    rf"^[\s>*_]{{0,12}}(?:(?P<from>{_FROM})|(?P<subject>{_SUBJECT})|(?P<sent>{_SENT})|(?P<other>{_OTHER}))\s?[*_]*\s?:[*_]*(?:\s|$)",
    re.IGNORECASE,
)
DIVIDER = re.compile(
    r"^[\s>*]*[-_]{2,}\s*(?:original|oprindelig|opprinnelig|ursprungli|ursprünglich"
    r"|message d.origine|oorspronkelijk|alkuperäinen)[^\n_-]{0,40}[-_]{2,}\s*$"
    r"|^[\s*]*original message processed by ",
    re.IGNORECASE,
)
FORWARD = re.compile(
    r"^[\s*]*(?:-{3,}\s*(?:forwarded|videresendt|videresend|vidarebefordra|weitergeleitet)[^\n]{0,60}-{3,}"
    r"|begin forwarded message:|start på videresendt besked:|anfang der weitergeleiteten nachricht:|vidarebefordrat brev:)\s*$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"^\s{0,3}>")
_RULER = re.compile(r"^[\s>*]*(?:_{5,}|-{5,}|={5,}|\*{5,}|—{3,})[\s*]*$")
_SIGNATURE = re.compile(r"^--\s?$|^-- ?\xa0?$")
_DEVICE = re.compile(
    r"^[\s*_]*(?:sent (?:from|via|with|using) (?:(?:my|a|an|the)\b )?[\w .®™+/&<>:()?-]{1,80}"
    r"|(?:get|download) outlook for [\w ]{2,20}.{0,80}"
    r"|sendt (?:fra|via|med) [\w .®™+/&<>:()?-]{2,80}|(?:hent|få|download) outlook (?:til|for) [\w ]{2,20}.{0,80}"
    r"|(?:von|gesendet (?:von|mit)) (?:meinem?|meiner) [\w .®-]{2,60}?(?: gesendet)?"
    r"|skickat från [\w .®<>:/-]{2,60}|hämta outlook för .{2,80}"
    r"|envoyé (?:de|depuis) mon [\w .-]{2,40}|verstuurd vanaf mijn [\w .-]{2,40})\s*$",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"^[\s*_]*(?:disclaimer|confidentiality notice|fortrolighed(?:serklæring)?)[\s*_:.]*$"
    r"|^[\s*_]*(?:the information (?:contained )?in this (?:communication|e-?mail|message)"
    r"|this (?:e-?mail|message|communication)\b.{0,60}\b(?:is|are|may)\b.{0,60}\b(?:intended|confidential|privileged)"
    r"|denne (?:e-?mail|mail|meddelelse|besked)\b.{0,80}\b(?:fortrolig|kun (?:beregnet|til))"
    r"|diese e-?mail\b.{0,60}\b(?:vertraulich))",
    re.IGNORECASE,
)
_BANNER = re.compile(
    r"^[\s*\[(]*(?:caution|warning|external|advarsel|ekstern|obs)\b.{0,20}\b(?:e-?mail|message|mail|denne)\b.{0,80}"
    r"\b(?:outside|external|ekstern|uden for)",
    re.IGNORECASE,
)
_FOOTER = re.compile(r"https?://|mailing list|mailinglist|listinfo|unsubscribe|afmeld", re.IGNORECASE)
# A text without any of these is new as a whole. Plain searches: one pattern of all of them took milliseconds a mail.
_HINTS = (
    *(
        "\n>",
        "\n >",
        "\n  >",
        ">:",
        "--",
        "__",
        "==",
        "**",
        "—",
        "wrote",
        "writes",
        "skrev",
        "skreiv",
        "skrif",
        "schrieb",
        "schreef",
    ),
    *(
        "écrit",
        "scritto",
        "escribi",
        "escreveu",
        "napisał",
        "kirjoitti",
        "написал",
        "пишет",
        "forward",
        "videresend",
        "vidarebefordra",
    ),
    *(
        "weitergeleite",
        "original message",
        "sent ",
        "sendt ",
        "outlook",
        "gesendet",
        "skickat",
        "envoyé",
        "verstuurd",
        "disclaimer",
    ),
    *("confiden", "information", "fortrolig", "vertraulich", "caution", "warning", "external", "advarsel", "ekstern"),
    *(f"{name}{end}" for name in _FROM.split("|") for end in (":", " :", "*:", "_:")),
)


def visible(text: str, *, forwarded: bool = False) -> str:
    """The lines of ``text`` that its writer wrote this time; the whole text when none would be left.

    ``forwarded`` says that the mail passes another one on (its subject begins with "Fwd:"): the headers of that one end nothing.
    """
    whole = text.strip()
    lower = whole.lower()
    if not lower.startswith(">") and not any(hint in lower for hint in _HINTS):
        return whole
    lines = text.split("\n")
    rest: list[str] = []
    if len(lines) > MAX_LINES:
        lines, rest = lines[:MAX_LINES], lines[MAX_LINES:]
    end, attributions, is_forward = _old_begins(lines, forwarded=forwarded)
    if is_forward or (rest and end == len(lines)):
        return whole
    kept = _without_quotes(lines[:end], {at: until for at, until in attributions.items() if until <= end}, cut=end < len(lines))
    return "\n".join(kept).strip() or whole


def _is_quoted(lines: Sequence[str], at: int) -> bool:
    """Whether a line begins with ">", and not because Gmail has broken "<karla@example.com" / "> wrote:" before it."""
    line = lines[at]
    if not _QUOTED.match(line):
        return False
    above = lines[at - 1][-MAX_LINE:] if at else ""
    return not (above.rfind("<") > above.rfind(">") and not _QUOTED.match(above) and line.rstrip().endswith(":"))


def _shape(line: str) -> str:
    return line[:MAX_LINE].replace("\u202f", " ").replace("\xa0", " ").strip().strip("*-").strip()


def _old_begins(lines: Sequence[str], *, forwarded: bool) -> tuple[int, dict[int, int], bool]:
    """Where the old mail begins (len(lines): nowhere), the attributions above quoted lines, and whether it was passed on."""
    attributions: dict[int, int] = {}
    written = False
    for at, line in enumerate(lines):
        if not line.strip() or _is_quoted(lines, at):
            continue
        short = line[:MAX_LINE]
        if FORWARD.match(short):
            return len(lines), attributions, True
        if DIVIDER.match(short):
            return at, attributions, False
        # A block with nothing above it is a form or a mail passed on: it is what there is to read.
        if _FIELD.match(short) and written and _is_header_block(lines, at):
            # Told by its subject to be a forward: the block is what the sender wants to be read.
            return (len(lines), attributions, True) if forwarded else (at, attributions, False)
        if line.rstrip().endswith(":"):
            start = _attribution(lines, at)
            following = next((one for one in lines[at + 1 : at + 12] if one.strip()), "")
            if _QUOTED.match(following):
                start = _plain_attribution(lines, at) if start is None else start
                if start is not None:
                    attributions[start] = at + 1
            elif start is not None and _STRONG.search(_joined(lines, start, at)):
                return start, attributions, False
        written = True
    return len(lines), attributions, False


def _joined(lines: Sequence[str], start: int, end: int) -> str:
    """Lines as one, for an attribution that a mailer has wrapped (or left in quoted-printable)."""
    text = ""
    for line in lines[start : end + 1]:
        piece = _shape(line)
        text = text[:-1] + piece if text.endswith("=") else f"{text} {piece}".strip()
    return text


def _attribution(lines: Sequence[str], end: int) -> int | None:
    """The first line of the attribution that ends at ``end``; None when there is none."""
    for start in range(end, max(-1, end - 4), -1):
        if not lines[start].strip():
            return None
        text = _joined(lines, start, end)
        if not (ATTRIBUTION.match(text) or BARE.match(text)):
            continue
        # "Den 24. nov. 2025 kl." / "10.00 skrev ...": the line above may be its true beginning.
        above = start - 1
        if above >= 0 and _BEGINS.match(_shape(lines[above])) and not lines[above].rstrip().endswith((".", ":", "!", "?")):
            longer = _joined(lines, above, end)
            if not _BEGINS.match(_shape(lines[start])) and ATTRIBUTION.match(longer):
                return above
        return start
    return None


def _plain_attribution(lines: Sequence[str], end: int) -> int | None:
    """Where quoted lines follow, "Karla Bjerre wrote:" is enough, on one line or broken before the verb."""
    line = _shape(lines[end])
    if not _WROTE.match(line):
        return None
    broken = end > 0 and len(line.split()) == 1 and lines[end - 1].strip() and not _QUOTED.match(lines[end - 1])
    return end - 1 if broken else end


def _is_header_block(lines: Sequence[str], start: int) -> bool:
    """Whether mail headers as a mailer copies them begin here: From, and two more, that no journey or form would have."""
    kinds: list[str] = []
    from_line = ""
    blanks = 0
    for line in lines[start : start + 14]:
        if not line.strip():
            blanks += 1
            if blanks > 1 or len(kinds) > 1:
                break
            continue
        match = _FIELD.match(line[:MAX_LINE])
        if match is None:
            if len(kinds) > MIN_FIELDS:
                break
            continue  # a wrapped list of receivers
        kinds.append(match.lastgroup or "")
        if match["from"]:
            from_line = line
    # "Fra: København / Til: Aarhus / Dato: 3. maj" is somebody's journey, not a mail.
    return "from" in kinds and len(kinds) >= MIN_FIELDS and ("subject" in kinds or "sent" in kinds or "@" in from_line)


def _without_quotes(lines: Sequence[str], attributions: dict[int, int], *, cut: bool) -> list[str]:
    """Lines without trailing quotes, signature and footers, and without a single quoted block."""
    quoted: list[bool] = []
    for at in range(len(lines)):
        # A line that quoted-printable has broken, and nobody has mended, goes on.
        quoted.append(_is_quoted(lines, at) or (at > 0 and quoted[-1] and lines[at - 1].endswith("=")))
    for start, end in attributions.items():
        for at in range(start, end):
            quoted[at] = True
    end = _trimmed(lines, quoted, len(lines), after_cut=cut)
    kept, flags = list(lines[:end]), quoted[:end]
    first = next((at for at, line in enumerate(kept) if line.strip()), 0)
    if kept and _BANNER.match(kept[first][:MAX_LINE]):
        kept, flags = kept[first + 1 :], flags[first + 1 :]
    if _blocks(kept, flags) <= 1:
        kept = [line for line, old in zip(kept, flags, strict=True) if not old]
    return kept


def _blocks(lines: Sequence[str], quoted: Sequence[bool]) -> int:
    """How many quoted blocks there are; blank lines do not part them."""
    count, before = 0, False
    for line, old in zip(lines, quoted, strict=True):
        if old and not before:
            count += 1
        if old or line.strip():
            before = old
    return count


def _trimmed(lines: Sequence[str], quoted: Sequence[bool], end: int, *, after_cut: bool) -> int:
    """Where the text ends once quotes, signatures, rulers and footers at its end are left out, again and again."""
    while True:
        before = end
        while end and (not lines[end - 1].strip() or quoted[end - 1] or (after_cut and _RULER.match(lines[end - 1][:MAX_LINE]))):
            end -= 1
        if not any(line.strip() for line in lines[:end]):
            return end
        for rule in (_signature_at, _footer_at, _device_at, _disclaimer_at):
            at = rule(lines, quoted, end)
            if at is not None and any(line.strip() and not old for line, old in zip(lines[:at], quoted[:at], strict=True)):
                end = at
        if end == before:
            return end


def _signature_at(lines: Sequence[str], quoted: Sequence[bool], end: int) -> int | None:
    for at in range(end - 1, max(-1, end - MAX_SIGNATURE), -1):
        if quoted[at]:
            return None
        if _SIGNATURE.match(lines[at][:MAX_LINE]):
            return at
    return None


def _footer_at(lines: Sequence[str], quoted: Sequence[bool], end: int) -> int | None:
    """A mailing list's footer: a ruler, then a few lines with an address of the list."""
    for at in range(end - 1, max(-1, end - 12), -1):
        if quoted[at]:
            return None
        if _RULER.match(lines[at][:MAX_LINE]):
            below = [line[:MAX_LINE] for line in lines[at + 1 : end]]
            return at if not below or any(_FOOTER.search(line) for line in below) else None
    return None


def _device_at(lines: Sequence[str], quoted: Sequence[bool], end: int) -> int | None:
    return end - 1 if end and not quoted[end - 1] and _DEVICE.match(lines[end - 1][:MAX_LINE]) else None


def _disclaimer_at(lines: Sequence[str], quoted: Sequence[bool], end: int) -> int | None:
    """A legal notice: a paragraph of its own near the end that begins as such notices do."""
    for at in range(end - 1, max(0, end - 30), -1):
        if quoted[at]:
            return None
        if _DISCLAIMER.match(lines[at][:MAX_LINE]) and (not lines[at - 1].strip() or _RULER.match(lines[at - 1][:MAX_LINE])):
            return at
    return None
