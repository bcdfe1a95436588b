"""A notice to a colleague as a mail."""

import html
from datetime import UTC, datetime
from email.utils import format_datetime

from samspil.channels.mail import tokens
from samspil.channels.mail.compose import Composed, mailbox, one_line, unstructured
from samspil.channels.mail.headers import normal_address
from samspil.channels.mail.notices import CUT
from samspil.channels.mail.settings import Settings
from samspil.channels.mail.understand import LOOP_HEADER
from samspil.kit import Notice

MAX_SUBJECT = 200


def compose_notice(notice: Notice, settings: Settings, key: bytes, *, now: datetime) -> Composed:
    """The mail of one notice; the same notice has the same id at every try. Raises ValueError for a bad address."""
    receiver, sender = normal_address(notice.to.address), normal_address(settings.address)
    if not receiver or not sender:
        raise ValueError("the colleague or the account has no mail address")
    identifier = tokens.notice_id(key, settings.domain, notice.id)
    answered = tokens.notice_address(key, sender, notice.id) if settings.plus_addressing else ""
    root = f"samspil-{notice.thread}@{settings.domain}" if notice.thread else ""
    fields = [
        ("From", mailbox(settings.name or "Samspil", sender)),
        ("To", mailbox(notice.to.display, receiver)),
        ("Subject", unstructured("Subject", one_line(notice.subject)[:MAX_SUBJECT])),
        ("Date", format_datetime(now.astimezone(UTC))),
        ("Message-ID", f"<{identifier}>"),
        (LOOP_HEADER, tokens.loop_mark(key, identifier)),
        # Answering machines leave alone what says of itself that it was made by one (RFC 3834, 5).
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
    ]
    if answered:
        fields.append(("Reply-To", mailbox(settings.name, answered)))
    if root and one_line(root) == root and " " not in root:
        fields.append(("References", f"<{root}>"))
    return Composed(
        message_id=identifier,
        sender=answered if settings.verp and answered else sender,
        receiver=receiver,
        fields=fields,
        text=_plain(notice),
        files=(),
        boundary="samspil-" + tokens.loop_mark(key, "boundary:" + identifier),
        html=_html(notice),
    )


def _cut(notice: Notice) -> str:
    return CUT.get(notice.language, CUT["en"])


def _plain(notice: Notice) -> str:
    parts = [f"--- {_cut(notice)} ---", notice.text.strip()]
    parts += [f"{one_line(name)}:\n{_indented(text)}" for name, text in notice.quoted]
    parts += [part for part in (notice.foot.strip(), notice.link) if part]
    return "\n\n".join(parts).replace("\r", "").replace("\x00", "") + "\n"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.strip().split("\n"))


def _html(notice: Notice) -> str:
    """Without tables, pictures or colours of its own ground: a mail program's dark mode then does right by it."""

    def lines(text: str) -> str:
        return html.escape(text.strip()).replace("\n", "<br>\n")

    quoted = "".join(
        f'<p style="margin:16px 0 4px"><b>{html.escape(one_line(name))}</b></p>'
        f'<div style="margin:0;padding:8px 14px;border-left:3px solid #e8694a">{lines(text)}</div>'
        for name, text in notice.quoted
    )
    link = f'<p><a href="{html.escape(notice.link)}">{html.escape(notice.link)}</a></p>' if notice.link else ""
    return (
        f'<!doctype html><html lang="{html.escape(notice.language)}"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        '</head><body style="font:15px/1.55 system-ui,sans-serif;max-width:40em">'
        f'<p style="color:#777;font-size:12px">--- {html.escape(_cut(notice))} ---</p><p>{lines(notice.text)}</p>{quoted}'
        f'<p style="color:#777;font-size:13px;margin-top:20px">{lines(notice.foot)}</p>{link}</body></html>\n'
    )
