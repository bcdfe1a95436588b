"""A reply as a channel gets it, when it is sent and when the other side asks for it again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from samspil import kit
from samspil.base.errors import NotFound
from samspil.intake.models import Interaction
from samspil.reply.models import Reply
from samspil.reply.queries import files_of
from samspil.reply.rules import answer_subject


def outbound_of(*, reply: Reply) -> kit.Outbound:
    """The reply as its channel gets it."""
    answered = reply.in_reply_to
    conversation = reply.conversation
    first = not answered and not conversation.messages
    subject = conversation.subject if first else answer_subject(conversation.subject, reply.account.language)
    return kit.Outbound(
        id=str(reply.pk),
        conversation=str(conversation.merged_into_id or conversation.pk),
        to=kit.Handle(
            network=reply.handle.network, scope=reply.handle.scope, address=reply.handle.address, display=reply.handle.display
        ),
        text=reply.text,
        author="" if reply.by_itself else reply.colleague.name,
        subject=subject,
        in_reply_to=answered.external_id if answered else "",
        references=[*answered.data.get("references", []), answered.external_id] if answered else [],
        files=files_of(reply),
        quoted=answered.text if answered else "",
        public=answered.public if answered else False,
        private=reply.private,
        template=kit.Chosen(**reply.template) if reply.template else None,
        choices=[kit.Choice(sign=sign, label=label) for sign, label in reply.choices or ()],
        automatic=reply.by_itself,
        extra={"quoted_at": answered.at.isoformat(), "quoted_author": _who(answered)} if answered else {},
    )


def _who(interaction: Interaction) -> str:
    return interaction.handle.display or interaction.handle.address


def sent_again(*, account: UUID, since: datetime | None, after: str, limit: int) -> tuple[list[kit.Outbound], str]:
    """What the account's network has taken, the oldest first, and where the next page begins ("" on the last one).

    Each has its newest words, and ``extra["now"]`` "edit" or "delete" where it was changed or taken back. ``after`` is such a place, ""
    for the beginning. Raises NotFound when it is none. Three statements.
    """
    rows = Reply.objects.filter(account=account, interaction__isnull=False)
    if since is not None:
        rows = rows.filter(interaction__at__gte=since)
    if after:
        try:
            rows = rows.filter(interaction__gt=UUID(after))
        except ValueError:
            raise NotFound("after is not where a page ended") from None
    rows = rows.select_related("handle", "account", "colleague", "conversation", "in_reply_to__handle")
    found = list(rows.prefetch_related("files").order_by("interaction")[: limit + 1])
    page = found[:limit]
    return _newest(page), str(page[-1].interaction_id) if len(found) > limit else ""


def _newest(page: Sequence[Reply]) -> list[kit.Outbound]:
    """Each as it is after what we did to it."""
    told = {(row.handle_id, row.external_id): outbound_of(reply=row) for row in page}
    rows = Interaction.objects.filter(
        handle__in={row.handle_id for row in page},
        outgoing=True,
        kind__in=("edit", "delete"),
        data__target__in=[row.external_id for row in page],
    )
    for handle, target, kind, text in rows.order_by("at", "id").values_list("handle", "data__target", "kind", "text"):
        said = told.get((handle, target))
        if said is not None and said.extra.get("now") != "delete":
            gone = kind == "delete"
            files = () if gone else said.files
            told[handle, target] = replace(said, text="" if gone else text, files=files, extra={**said.extra, "now": kind})
    return list(told.values())
