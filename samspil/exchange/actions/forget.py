"""Forgetting a person: everything goes in one transaction, and what is left is a keyed hash of every handle."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from samspil.aside import privacy as aside
from samspil.assist import privacy as assist
from samspil.automation import privacy as automation
from samspil.base import sql
from samspil.base.errors import NotFound
from samspil.base.flow import step
from samspil.checklist import privacy as checklist
from samspil.conversation import privacy as conversation
from samspil.elsewhere import privacy as elsewhere
from samspil.exchange.actions import people_rows
from samspil.exchange.queries.people import rows_of
from samspil.handover import privacy as handover
from samspil.identity import privacy as identity
from samspil.intake import privacy as intake
from samspil.intake.actions import hold
from samspil.intake.actions.forgotten import put_on_list, stand_still
from samspil.organisation.models import Colleague
from samspil.promise import privacy as promise
from samspil.pulse import privacy as pulse
from samspil.relationship import privacy as relationship
from samspil.reply import privacy as reply
from samspil.routing import privacy as routing

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What was forgotten: numbers alone."""

    handles: int
    interactions: int


def forget(*, consumer: UUID, by: Colleague | None, at: datetime) -> Gone:
    """Delete everything of the person, and put the handles on the erasure list: what is older than ``at`` never comes in again.

    One transaction: a kill in the middle leaves all. ``by`` None is the command line. Raises NotFound.
    """
    with step():
        stand_still()
        handles = _locked("SELECT handle_id FROM identity_link WHERE consumer_id = %s AND ended_at IS NULL", consumer)
        if not handles:
            raise NotFound("no such consumer")
        gone = _count(handles)
        people_rows.forget_rows(consumer=consumer, handles=handles)
        relationship.forget(consumer=consumer, handles=handles)
        elsewhere.forget(consumer=consumer)
        handover.forget(consumer=consumer, handles=handles)
        pulse.forget(consumer=consumer, handles=handles)
        assist.forget(consumer=consumer, handles=handles)
        automation.forget(consumer=consumer)
        reply.forget(consumer=consumer, handles=handles)
        aside.forget(consumer=consumer, handles=handles)
        checklist.forget(consumer=consumer, handles=handles)
        routing.forget(consumer=consumer)
        promise.forget(consumer=consumer, handles=handles)
        conversation.forget(consumer=consumer, handles=handles)
        identity.forget(consumer=consumer)
        put_on_list(handles=handles, at=at)
        intake.forget(handles=handles)
    _note(by)
    return gone


def forget_handle(*, handle: UUID, by: Colleague | None, at: datetime) -> Gone:
    """The same for whoever has the handle; also for a handle that nobody has. Raises NotFound."""
    owner = sql.run("SELECT consumer_id FROM identity_link WHERE handle_id = %s AND ended_at IS NULL", [handle])
    if owner:
        return forget(consumer=owner[0][0], by=by, at=at)
    with step():
        stand_still()
        handles = _locked("SELECT id FROM intake_handle WHERE id = %s", handle)
        if not handles:
            raise NotFound("no such handle")
        gone = _count(handles)
        people_rows.forget_rows(consumer=None, handles=handles)
        relationship.forget(consumer=None, handles=handles)
        identity.forget_handles(handles=handles)
        put_on_list(handles=handles, at=at)
        intake.forget(handles=handles)
    _note(by)
    return gone


def export_person(*, consumer: UUID) -> dict[str, Any]:
    """Everything that is kept of the person, as JSON values. Raises NotFound."""
    handles = identity.handles_of(consumer)
    if not handles:
        raise NotFound("no such consumer")
    return {
        "person": identity.export_of(consumer=consumer),
        "log": intake.export_of(handles=handles),
        "conversations": conversation.export_of(consumer=consumer)["conversations"],
        "asides": aside.export_of(consumer=consumer)["asides"],
        "checklists": checklist.export_of(consumer=consumer)["checklists"],
        "handed_over": handover.export_of(consumer=consumer),
        "routing": routing.export_of(consumer),
        "held": elsewhere.export_of(consumer=consumer),
        "relationship": relationship.export_of(consumer=consumer),
        "promise": promise.export_of(consumer=consumer),
        "pulse": pulse.export_of(consumer=consumer),
        "assist": assist.export_of(consumer=consumer, handles=handles),
        "rules": automation.export_of(consumer=consumer),
        "replies": reply.export_of(consumer=consumer)["replies"],
        "imports": rows_of(consumer=consumer, handles=handles),
    }


def _note(by: Colleague | None) -> None:
    log.info("a person was forgotten by %s", by.pk if by else "the command line")


def _locked(query: str, ident: UUID) -> list[UUID]:
    return hold(find=lambda: [row[0] for row in sql.run(query, [ident])], delete=True)


def _count(handles: Sequence[UUID]) -> Gone:
    rows = sql.run("SELECT count(*) FROM intake_interaction WHERE handle_id = ANY(%s)", [list(handles)])
    return Gone(handles=len(handles), interactions=int(rows[0][0]))
