"""The match weights in force, kept in memory."""

import time
from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from samspil.identity.models import Weights
from samspil.identity.rules.model import Model, shipped

CHECKED = 1.0
"""Seconds for which what was read is believed."""


class _Kept:
    loaded: tuple[UUID | None, Model] | None = None
    until: float = 0.0
    thresholds: Sequence[float | None] = (None, None)


def weights() -> tuple[UUID | None, Model]:
    """The newest weights that were learned here, or (None, the model that Samspil comes with). At most a second old."""
    moment = time.monotonic()
    if _Kept.loaded is not None and moment < _Kept.until:
        return _Kept.loaded
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT id FROM identity_weights WHERE weights <> '{}' ORDER BY at DESC, id DESC LIMIT 1), p.join_at, p.suggest_at"
            " FROM (SELECT 1) one LEFT JOIN identity_policy p ON p.id = 1"
        )
        newest, *_Kept.thresholds = cursor.fetchone()
    if _Kept.loaded is None or _Kept.loaded[0] != newest:
        kept = Weights.objects.filter(pk=newest).values_list("weights", flat=True).first() if newest else None
        _Kept.loaded = (newest, Model.from_json(kept)) if kept else (None, shipped())
    _Kept.until = moment + CHECKED
    return _Kept.loaded


def thresholds(model: Model) -> tuple[float | None, float]:
    """From which probability on pairs are joined by themselves (None: never) and suggested, as the organisation or the model says."""
    weights()
    join_at, suggest_at = _Kept.thresholds
    return join_at, model.suggest if suggest_at is None else suggest_at


def look_again() -> None:
    """Believe nothing that was read before: the next question reads the database."""
    _Kept.loaded, _Kept.until = None, 0.0


UNFINISHED = ("asked", "reading", "learning", "comparing", "writing")


def asked() -> bool:
    """Whether somebody waits for the weights to be learned anew."""
    return Weights.objects.filter(report__stage="asked").exists()


def under_way() -> Weights | None:
    """The run that was asked for or is going on, with ``report`` {stage, done}; None when there is none."""
    return Weights.objects.defer("weights").filter(report__stage__in=UNFINISHED).order_by("-at", "-id").first()
