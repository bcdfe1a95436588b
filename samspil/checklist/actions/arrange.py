"""The templates: making one, changing it, taking it out of use. Every change is a version with who made it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import step
from samspil.checklist.models import Offered, Template, Version
from samspil.checklist.queries import may_arrange
from samspil.checklist.rules import LONGEST_NAME, NotALink, items, plain
from samspil.organisation.models import Colleague, Competence, Unit


class NoName(SamspilError):
    """A checklist needs a name."""

    code = "checklist.no_name"


class NoSteps(SamspilError):
    """A checklist needs a step."""

    code = "checklist.no_steps"


class LeadsNowhere(SamspilError):
    """The link of a step is none; the sentence is what was written."""

    code = "checklist.leads_nowhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a template is to say. ``steps`` are {text, hint, link, must}; ``anyway``: finishing may pass an open must by."""

    name: str
    name_en: str = ""
    unit: Unit | None = None
    competences: Sequence[Competence] = ()
    steps: Sequence[Mapping[str, Any]] = ()
    anyway: bool = True


def keep(*, by: Colleague, at: datetime, wanted: Wanted, template: UUID | None = None) -> Template:
    """Make a template, or change the one named: what it says is a new version, unless it says the same.

    Lists that run keep theirs. Raises NotAllowed, NotFound, NoName, NoSteps, LeadsNowhere.
    """
    _may(by)
    name, name_en = plain(wanted.name, LONGEST_NAME), plain(wanted.name_en, LONGEST_NAME)
    if not name:
        raise NoName("Give it a name")
    try:
        steps = [item.as_json() for item in items(wanted.steps)]
    except NotALink as error:
        raise LeadsNowhere(str(error)) from error
    if not steps:
        raise NoSteps("Write a step")
    with step():
        row = _locked(template) if template else Template(number=0)
        last = Version.objects.filter(template=row, number=row.number).first() if template else None
        same = last is not None and (last.name, last.name_en, last.steps, last.anyway) == (name, name_en, steps, wanted.anyway)
        row.name, row.name_en, row.unit = name, name_en, wanted.unit
        row.number += not same
        row.save()
        if not same:
            Version.objects.create(
                template=row, number=row.number, name=name, name_en=name_en, steps=steps, anyway=wanted.anyway, at=at, by=by
            )
        Offered.objects.filter(template=row).exclude(competence__in=wanted.competences).delete()
        Offered.objects.bulk_create(
            [Offered(template=row, competence=competence) for competence in wanted.competences], ignore_conflicts=True
        )
    return row


def end(*, template: UUID, by: Colleague, at: datetime) -> Template:
    """Take it out of use: nobody can begin it, lists that run go on. Raises NotAllowed, NotFound."""
    _may(by)
    with step():
        row = _locked(template)
        row.ended_at = row.ended_at or at
        row.save(update_fields=["ended_at"])
    return row


def bring_back(*, template: UUID, by: Colleague) -> Template:
    """The undo of that. Raises NotAllowed, NotFound."""
    _may(by)
    with step():
        row = _locked(template)
        row.ended_at = None
        row.save(update_fields=["ended_at"])
    return row


def _may(by: Colleague) -> None:
    if not may_arrange(by):
        raise NotAllowed("Only a lead or an administrator changes checklists")


def _locked(template: UUID) -> Template:
    row = Template.objects.select_for_update(of=("self",)).filter(pk=template).first()
    if row is None:
        raise NotFound("no such checklist")
    return row
