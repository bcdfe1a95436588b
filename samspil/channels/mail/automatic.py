"""Why nobody wrote a mail by hand: an answering machine, a list or a mass mailing (RFC 3834, RFC 2919, RFC 2369)."""

import re

from samspil.channels.mail.headers import Headers, plain, raw

_AUTO_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-mail-autoreply", "auto-response")
_SUBJECT = re.compile(
    r"^\s*(?:(?:re|sv|vs|aw)\s*:\s*)?(?:auto(?:matic|matisk|matische|svar|reply|-reply|matiskt)?\s*[-:]?\s*(?:reply|svar|response|antwort|antwoord)\b|autosvar\b|autoreply\b"
    r"|out of (?:the )?office\b|ude af kontoret\b|ikke på kontoret\b|ikke til stede\b"
    r"|fraværsbesked\b|feriebesked\b|ferieautosvar\b|på ferie\s*[:!.-]|on vacation\s*[:!.-]"
    r"|abwesenheit|frånvaro|fravær\s*[:!-]|tak for din (?:henvendelse|mail|e-mail)\b.{0,40}\bauto)",
    re.IGNORECASE,
)


_LIST_HEADERS = ("list-id", "list-post")
_BULK_HEADERS = ("list-unsubscribe", "feedback-id", "x-campaign", "x-campaignid", "x-mailgun-tag", "x-mc-user")
_PRECEDENCE = {"auto_reply": "auto-reply", "auto-reply": "auto-reply", "list": "list", "bulk": "bulk", "junk": "bulk"}


def _value(headers: Headers, name: str) -> str:
    return plain(raw(headers, name)).split(";")[0].strip().lower()[:100]


def _auto_reply(headers: Headers, subject: str) -> str:
    submitted = _value(headers, "auto-submitted")
    if submitted and submitted != "no":
        return f"Auto-Submitted: {submitted}"
    for name in _AUTO_HEADERS:
        if name in headers and _value(headers, name) not in {"no", "false"}:
            return f"{name}: {_value(headers, name)}"
    return "the subject is an answering machine's" if _SUBJECT.match(subject) else ""


def automatic(headers: Headers, subject: str) -> tuple[str, str]:
    """("auto-reply" | "list" | "bulk" | "", why); the surest sign counts. Loops are seen by the caller."""
    if why := _auto_reply(headers, subject):
        return "auto-reply", why
    for kind, names in (("list", _LIST_HEADERS), ("bulk", _BULK_HEADERS)):
        for name in names:
            if name in headers:
                return kind, f"{name}: {_value(headers, name)}"
    precedence = _value(headers, "precedence")
    if precedence in _PRECEDENCE:
        return _PRECEDENCE[precedence], f"Precedence: {precedence}"
    suppress = _value(headers, "x-auto-response-suppress")
    if suppress and suppress != "none":
        # Exchange sets it on notifications and absence messages that carry nothing else.
        return "auto-reply", f"X-Auto-Response-Suppress: {suppress}"
    return "", ""
