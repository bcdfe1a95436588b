"""The organisation's own form: founding, units, competences."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from samspil.base.errors import SamspilError
from samspil.base.flow import publish, step
from samspil.organisation.facts import CompetenceChanged
from samspil.organisation.models import Competence, Organisation, Unit


class AlreadyFounded(SamspilError):
    """This installation has its organisation."""

    code = "organisation.already_founded"


def found(*, name: str, language: str = "da", demo: bool = False) -> Organisation:
    """Make the organisation and its triage unit. Raises AlreadyFounded."""
    with step():
        # The row's one possible key decides between two who found at the same time: the second waits until the first commits.
        try:
            with transaction.atomic():
                organisation = Organisation.objects.create(name=name.strip(), language=language, demo=demo)
        except IntegrityError as error:
            raise AlreadyFounded("The organisation is founded already") from error
        if not demo:
            Unit.objects.create(name="Service", name_en="Service", triage=True)
        return organisation


def add_unit(*, name: str, name_en: str = "", parent: Unit | None = None, triage: bool = False, closed: bool = False) -> Unit:
    """Add a unit to the tree."""
    with step():
        return Unit.objects.create(name=name, name_en=name_en, parent=parent, triage=triage, closed=closed)


def set_triage(*, unit: Unit) -> None:
    """Let this unit, and no other, take what routing does not know."""
    with step():
        Unit.objects.filter(triage=True).update(triage=False)
        Unit.objects.filter(pk=unit.pk).update(triage=True)


def add_competence(
    *, name: str, name_en: str = "", parent: Competence | None = None, description: str = "", words: Sequence[str] = ()
) -> Competence:
    """Describe a competence; routing knows it by its words until somebody has answered."""
    with step():
        competence = Competence.objects.create(
            name=name, name_en=name_en, parent=parent, description=description, words=list(words)
        )
        publish(CompetenceChanged(competence=competence.pk))
        return competence
