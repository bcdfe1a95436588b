"""Why nobody wrote a mail by hand: an answering machine, a list, a mass mailing, or a loop of our own (RFC 3834, RFC 2919, RFC 2369)."""

import re

from samspil.channels.mail.headers import Headers, plain, raw

_AUTO_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-mail-autoreply", "auto-response")
_SUBJECT = re.compile(
    r"^\s*(?:(?:re|sv|vs|aw)\s*:\s*)?(?:auto(?:matic|matisk|matische|svar|reply|-reply|matiskt)?\s*[-:]?\s*(?:reply|svar|response|antwort|antwoord)\b|autosvar\b|autoreply\b"
    r"|out of (?:the )?office\b|ude af kontoret\b|ikke på kontoret\b|ikke til stede\b|fraværsbesked\b|feriebesked\b|ferieautosvar\b|på ferie\s*[:!.-]|on vacation\s*[:!.-]"
    r"|abwesenheit|frånvaro|fravær\s*[:!-]|tak for din (?:henvendelse|mail|e-mail)\b.{0,40}\bauto)",
    re.IGNORECASE,
)


def automatic(headers: Headers, subject: str) -> tuple[str, str]:
    """("auto-reply" | "list" | "bulk" | "", why). A loop is told by the signature and seen by the caller."""
    submitted = plain(raw(headers, "auto-submitted")).split(";")[0].strip().lower()
    if submitted and submitted != "no":
        return "auto-reply", f"Auto-Submitted: {submitted[:60]}"
    for name in _AUTO_HEADERS:
        value = plain(raw(headers, name)).strip().lower()
        if name in headers and value not in {"no", "false"}:
            return "auto-reply", f"{name}: {value[:60]}"
    precedence = plain(raw(headers, "precedence")).strip().lower()
    if precedence in {"auto_reply", "auto-reply"}:
        return "auto-reply", f"Precedence: {precedence}"
    if _SUBJECT.match(subject):
        return "auto-reply", "the subject is an answering machine's"
    for name in ("list-id", "list-post"):
        if name in headers:
            return "list", f"{name}: {plain(raw(headers, name))[:100]}"
    if precedence == "list":
        return "list", "Precedence: list"
    for name in ("list-unsubscribe", "feedback-id", "x-campaign", "x-campaignid", "x-mailgun-tag", "x-mc-user"):
        if name in headers:
            return "bulk", f"{name} is set"
    if precedence in {"bulk", "junk"}:
        return "bulk", f"Precedence: {precedence}"
    suppress = plain(raw(headers, "x-auto-response-suppress")).strip().lower()
    if suppress and suppress != "none":
        # Exchange sets it on notifications and absence messages that carry nothing else.
        return "auto-reply", f"X-Auto-Response-Suppress: {suppress[:60]}"
    return "", ""
