"""The classifier in force, kept in memory; and what routing must know of the organisation for every batch."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from samspil.base.encoder import WrongModel, lack
from samspil.base.seal import signed
from samspil.routing.models import Classifier
from samspil.routing.rules.model import Model, Prediction, WrongFormat, load

log = logging.getLogger(__name__)

PURPOSE = "routing.classifier"
CHECKED = 1.0
"""Seconds for which what was read is believed: one small statement a second and process, not one a batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What holds now. ``model`` is None without a usable classifier, and ``lack`` then names why.

    ``lack``: "" · "no_competences" · "no_model" (not trained yet) · "refused" (signature or format are not ours) ·
    "no_encoder" (it reads meaning, and the language model is not installed here or has failed: see ``rules.encoder``).
    """

    classifier: UUID | None
    model: Model | None
    lack: str
    competences: frozenset[UUID]
    triage: UUID | None

    def predict(self, texts: Sequence[str]) -> tuple[list[Prediction], str]:
        """What each text is about, among the competences in use; none, and why, where that cannot be told. A lack is no error."""
        if self.model is None:
            return [], self.lack
        try:
            return self.model.predict(texts, among=self.competences), self.lack
        except WrongModel as error:
            log.error("routing cannot read meaning: %s", error)  # noqa: TRY400 - the trace says nothing more
            return [], "no_encoder"

    def wanted(self, text: str) -> list[tuple[UUID, float]]:
        """Everything that a text asks for, likeliest first, with probabilities; nothing where that cannot be told."""
        try:
            return self.model.wanted(text, among=self.competences) if self.model else []
        except WrongModel as error:
            log.error("routing cannot read meaning: %s", error)  # noqa: TRY400 - the trace says nothing more
            return []


class _Kept:
    standing: Standing | None = None
    until: float = 0.0
    loaded: tuple[UUID, Model | None, str] | None = None


def standing() -> Standing:
    """What holds now, at most a second old."""
    moment = time.monotonic()
    if _Kept.standing is not None and moment < _Kept.until:
        return _Kept.standing
    classifier, triage, competences = _read()
    if classifier is None:
        _Kept.loaded = None
    elif _Kept.loaded is None or _Kept.loaded[0] != classifier:
        _Kept.loaded = (classifier, *_load(classifier))
    model, lack = _Kept.loaded[1:] if _Kept.loaded else (None, "no_model")
    found = Standing(
        classifier=classifier,
        model=model,
        lack=lack if competences else "no_competences",
        competences=frozenset(competences),
        triage=triage,
    )
    _Kept.standing, _Kept.until = found, moment + CHECKED
    return found


def _read() -> tuple[UUID | None, UUID | None, list[UUID]]:
    """By Django's cursor, so that what happens once a second is not counted among a batch's statements."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT id FROM routing_classifier WHERE active), (SELECT id FROM organisation_unit WHERE triage),"
            " ARRAY(SELECT id FROM organisation_competence WHERE active)"
        )
        row: tuple[UUID | None, UUID | None, list[UUID]] = cursor.fetchone()
        return row


def look_again() -> None:
    """Believe nothing that was read before: the next question reads the database."""
    _Kept.standing = _Kept.loaded = None


def _load(classifier: UUID) -> tuple[Model | None, str]:
    """The stored model if its signature is ours. What is not is never opened; routing goes on without, and says so."""
    row = Classifier.objects.filter(pk=classifier).values_list("body", "signature").first()
    if row is None:
        return None, "no_model"
    body, signature = bytes(row[0]), row[1]
    if not signed(PURPOSE, body, signature):
        log.error("classifier %s is refused: its signature is not this installation's", classifier)
        return None, "refused"
    try:
        model = load(body)
    except WrongFormat as error:
        log.error("classifier %s is refused: %s", classifier, error)  # noqa: TRY400 - the trace says nothing more
        return None, "refused"
    if model.meaning is not None and lack():
        log.error("classifier %s reads meaning, and %s: it learns anew from words", classifier, lack())
        return None, "no_encoder"
    return model, ""
