"""What a notice says: who wrote what, why you got it, and what happens when you answer."""

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import override

from samspil import kit
from samspil.aside.models import Member
from samspil.aside.queries import access_aside, excerpt
from samspil.base import sql
from samspil.base.networks import face, network_of
from samspil.elsewhere.models import Notice
from samspil.elsewhere.ports import public_address
from samspil.elsewhere.queries.letter_yes import YES, yes_foot, yes_opening
from samspil.routing.queries import explain

LAST = 6
"""Messages of the conversation that are told, the newest ones."""
LONGEST = 4000

_SAID = (
    "SELECT i.outgoing, coalesce(g.name, nullif(h.display, ''), h.address), i.text, h.network,"
    " (SELECT count(*) FROM intake_attachment a WHERE a.interaction_id = i.id) FROM conversation_placement p"
    " JOIN intake_interaction i ON i.id = p.interaction_id AND i.kind = 'message' JOIN intake_handle h ON h.id = i.handle_id"
    " LEFT JOIN organisation_colleague g ON g.id = i.colleague_id"
    " WHERE p.conversation_id = %s ORDER BY p.at DESC, p.interaction_id DESC LIMIT %s"
)


def letter(*, notice: Notice, to: kit.Handle | None = None) -> kit.Notice:
    """The notice in the colleague's language, for their mail address, or for who they are elsewhere (``to``). What they may see was asked before."""
    colleague, row = notice.colleague, notice.conversation
    if notice.into is not None:
        return _of_aside(notice, notice.into, to)
    with override("en" if colleague.language == "en" else "da"):
        said = said_in(row.pk)
        name = row.consumer.name or _("Somebody")
        link = f"{public_address()}/c/{row.pk}/" if public_address() else ""
        return kit.Notice(
            id=str(notice.pk),
            to=to or kit.Handle(network="mail", address=colleague.email, display=colleague.name),
            subject=_subject(name, row.subject, [text for out, _name, text, *_rest in said if not out]),
            text=yes_opening(notice, name) or _opening(notice, name, said),
            quoted=[(who, cut(text, files)) for _out, who, text, _network, files in said],
            foot="\n".join(
                filter(
                    None, [yes_foot(notice, by_mail=to is None) or _foot(notice, name, by_mail=to is None), _instead(notice, to)]
                )
            ),
            link=link,
            thread=str(row.pk),
            language="en" if colleague.language == "en" else "da",
            buttons=()
            if notice.kind in {"trouble", *YES}
            else ("done", "not_me")
            if notice.kind in {"assigned", "wrote"}
            else ("not_me",),
        )


def is_asked(notice: Notice) -> bool:
    """Whether the colleague is still asked in the notice's aside."""
    open_ = Member.objects.filter(aside=notice.into, colleague=notice.colleague_id, state__in=["asked", "seen"])
    return open_.filter(aside__closed_at=None).exists()


def _of_aside(notice: Notice, aside: UUID, to: kit.Handle | None) -> kit.Notice:
    """What one who is asked may read, and nothing more: the question, who asks, and what the asker shares. Raises NotFound."""
    colleague = notice.colleague
    door = access_aside(by=colleague, aside=aside)
    by = door.aside.asked_by.name
    with override("en" if colleague.language == "en" else "da"):
        somebody = _("The consumer")
        return kit.Notice(
            id=str(notice.pk),
            to=to or kit.Handle(network="mail", address=colleague.email, display=colleague.name),
            subject=_("%(by)s asks you: %(question)s") % {"by": by, "question": door.aside.question.strip().split("\n")[0][:80]},
            text=f"{_('%(by)s asks you:') % {'by': by}}\n\n{door.aside.question.strip()}",
            quoted=[(line.name or somebody, cut(line.text, 0)) for line in excerpt(door)],
            foot=(
                _("Answer this mail, and %(by)s gets your answer. The consumer does not see it. Answer «not me» if you cannot.")
                if to is None
                else _(
                    "Answer in the thread, and %(by)s gets your answer. The consumer does not see it. Answer «not me» if you cannot."
                )
            )
            % {"by": by},
            link=f"{public_address()}/desk/asides/{aside}/" if public_address() else "",
            thread=str(aside),
            language="en" if colleague.language == "en" else "da",
            buttons=("not_me",),
        )


def _subject(name: str, subject: str, texts: Sequence[str]) -> str:
    about = subject or (texts[-1].strip().split("\n")[0][:60] if texts and texts[-1].strip() else "")
    return f"{name}: {about}" if about else name


def _opening(notice: Notice, name: str, said: Sequence[tuple[bool, str, str, str, int]]) -> str:
    _icon, network = face(next((row[3] for row in reversed(said) if not row[0]), ""))
    values = {"name": name, "by": notice.by.name if notice.by else "", "network": network}
    if notice.kind == "trouble":
        return _("Your answer to %(name)s was not sent: %(why)s") % {**values, "why": notice.detail}
    if notice.kind == "mentioned":
        return _("%(by)s mentions you in the conversation with %(name)s.") % values
    first = _("%(name)s has written again (%(network)s).") if notice.kind == "wrote" else _("%(name)s has written (%(network)s).")
    return "\n".join(filter(None, [first % values, _why(notice)]))


def _why(notice: Notice) -> str:
    if notice.kind != "assigned":
        return ""
    if notice.by:
        return _("%(by)s gave you the conversation.") % {"by": notice.by.name}
    decided = explain(notice.conversation_id)
    reasons = [r.text for r in decided[-1].reasons[:3]] if decided and decided[-1].colleague == notice.colleague else []
    skill = decided[-1].competence if decided else None
    parts = [_("You know about %(skill)s.") % {"skill": skill.name}] if skill else []
    return _("Why you: %(why)s") % {"why": " · ".join([*parts, *reasons])} if parts or reasons else ""


def _foot(notice: Notice, name: str, *, by_mail: bool) -> str:
    if notice.kind == "trouble":
        if not by_mail:
            return _("Nothing is lost: answer in this thread again, or open the conversation.")
        return _("Nothing is lost: answer this mail again, or open the conversation.")
    first = (
        _("Answer this mail, and %(name)s gets your answer, in your name, where they wrote.")
        if by_mail
        else _("Answer in the thread, and %(name)s gets your answer, in your name, where they wrote.")
    )
    return "\n".join(
        [
            first % {"name": name},
            _(
                "Begin with «note:» for your colleagues only. End with «done» on a line of its own to finish it. Answer «not me» to give it back."
            ),
        ]
    )


def _instead(notice: Notice, to: kit.Handle | None) -> str:
    if not notice.instead or notice.account is None or to is not None:
        return ""
    network = face(network_of(notice.account.channel))[1]
    return _("You could not be told on %(network)s, so this comes by mail. Your settings say why, and what to do.") % {
        "network": network
    }


def said_in(conversation: UUID) -> list[tuple[bool, str, str, str, int]]:
    """The newest messages of a conversation, the oldest first: (ours, who, words, network, how many files)."""
    return sql.run(_SAID, [conversation, LAST])[::-1]


def cut(text: str, files: int) -> str:
    """Words as a notice tells them: not endless, and with a word of their files."""
    said = text.strip()
    shown = said if len(said) <= LONGEST else f"{said[:LONGEST]} …"
    if files:
        return f"{shown}\n[{_('%(n)s files, at the desk') % {'n': files}}]".strip()
    return shown or "–"
