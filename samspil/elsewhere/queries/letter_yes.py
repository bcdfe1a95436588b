"""What notices say of answers that need somebody else's yes."""

from django.utils.translation import gettext as _

from samspil.elsewhere.models import Notice
from samspil.reply.queries.approval import waiting_in, word_back

YES = frozenset({"yes_asked", "yes_waits", "yes_back"})
LONGEST = 4000


def is_yes_asked(notice: Notice) -> bool:
    """Whether something still waits for this colleague's yes."""
    return bool(waiting_in(conversation=notice.conversation_id, colleague=notice.colleague_id))


def yes_opening(notice: Notice, name: str) -> str:
    """The first lines of a notice about a yes; "" for every other kind."""
    by = notice.by.name if notice.by else ""
    if notice.kind == "yes_asked":
        said = []
        for row in waiting_in(conversation=notice.conversation_id, colleague=notice.colleague_id):
            subject = row.reply or row.change
            first = _("%(by)s asks for your yes to this answer to %(name)s:") % {"by": row.author.name, "name": name}
            said.append(f"{first}\n\n{subject.text.strip()[:LONGEST] if subject else ''}".strip())
        return "\n\n".join(said) or _("%(by)s asks for your yes.") % {"by": by}
    if notice.kind == "yes_waits":
        if not notice.detail:
            return _("Your answer to %(name)s waits for a colleague's yes. It is not sent before.") % {"name": name}
        return _("Your answer to %(name)s waits for a yes from %(who)s. It is not sent before.") % {
            "name": name, "who": notice.detail,
        }  # fmt: skip
    if notice.kind == "yes_back":
        first = _("%(by)s sent your answer to %(name)s back. It is a draft again.") % {"by": by, "name": name}
        word = word_back(conversation=notice.conversation_id, author=notice.colleague_id)
        return f"{first}\n\n{word}".strip()
    return ""


def yes_foot(notice: Notice, *, by_mail: bool) -> str:
    """What happens when such a notice is answered; "" where that is what always happens."""
    if notice.kind == "yes_asked":
        return _("Say yes, change it or send it back in the conversation. What you answer here is a note for your colleagues.")
    if notice.kind == "yes_waits":
        return (
            _("Take it back in the conversation. Answer this mail to say more: that waits for a yes too.")
            if by_mail
            else _("Take it back in the conversation. Answer in the thread to say more: that waits for a yes too.")
        )
    return ""
