"""How well routing would tell what texts ask for, in files of one's own: learned from one, asked about the other."""

import csv
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import numpy as np

from samspil.base.encoder import NAME, available
from samspil.base.shares import calibration_error
from samspil.routing.rules.familiar import recall_at
from samspil.routing.rules.model import Model, Prediction
from samspil.routing.rules.train import Example, TooLittle, train

TIMED = 1000
"""Texts that are asked about one by one, to tell how long one takes."""
Say = Callable[[str], None]
Row = tuple[str, str]


class BadFile(Exception):
    """The file cannot be read as it is; the words say why and where."""


def read_file(path: Path) -> Sequence[Row]:
    """Text and label of each row of a CSV file in UTF-8, with a line of headings that has both. Raises BadFile."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            missing = {"text", "label"} - set(rows.fieldnames or ())
            if missing:
                raise BadFile(f"{path}: no column {' and no column '.join(sorted(missing))}")
            found = [(row["text"] or "", (row["label"] or "").strip()) for row in rows]
    except FileNotFoundError:
        raise BadFile(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadFile(f"{path}: {error}") from None
    empty = next((number for number, (text, label) in enumerate(found, 2) if not text.strip() or not label), None)
    if empty is not None:
        raise BadFile(f"{path}: the row that begins as number {empty} has no text or no label")
    if not found:
        raise BadFile(f"{path}: no rows")
    return found


def evaluate(learned: Sequence[Row], asked: Sequence[Row], *, say: Say | None = None) -> dict[str, Any]:
    """Learn from ``learned`` and ask about ``asked``. Raises BadFile where there are not two labels.

    Gives ``accuracy`` (of the texts whose label was learned, the likeliest answer), ``calibration_error`` (expected, ten bins),
    ``milliseconds`` (a text, one by one) and ``train_seconds``, both on the clock; ``threshold`` from which it would be routed,
    ``coverage`` (the share above it), ``right_of_routed``; ``out_of_scope`` of texts whose label was not learned (``texts``, the share
    ``not_routed``, and the share that can be named strange while 95, and 90, of 100 so named are); ``encoder`` is the language model
    that read what texts mean, empty where words alone did; ``least`` are the labels told worst (with at least five texts), worst first.
    """
    tell = say or (lambda _: None)
    names = {_ident(label): label for _, label in learned}
    tell(f"{len(learned)} texts with {len(names)} labels")
    began = time.perf_counter()
    try:
        model, _ = train([Example(text=text, competence=_ident(label)) for text, label in learned], meaning=available())
    except TooLittle as error:
        raise BadFile("Texts with two different labels are needed to learn from") from error
    seconds = time.perf_counter() - began
    tell(f"learned in {seconds:.1f} s; {len(asked)} texts are asked about")
    milliseconds = _milliseconds(model, [text for text, _ in asked])  # first, while it has read none of the words yet
    known = [(text, label) for text, label in asked if _ident(label) in names]
    strange = [text for text, label in asked if _ident(label) not in names]
    found = model.predict([text for text, _ in known])
    return {
        "learned": {"texts": len(learned), "labels": len(names)},
        "asked": len(known),
        **_right(known, found),
        "milliseconds": milliseconds,
        "train_seconds": round(seconds, 2),
        "threshold": model.threshold,
        "encoder": NAME if model.meaning is not None else "",
        "out_of_scope": out_of_scope(found, model.predict(strange)),
    }


def out_of_scope(inside: Sequence[Prediction], outside: Sequence[Prediction]) -> dict[str, Any]:
    """How well what nobody has described is told from what somebody has: by what is strange, and by the probability alone.

    Where meaning is not read the two are the same.
    """
    found: dict[str, Any] = {"texts": len(outside), "not_routed": _share([not one.sure for one in outside])}
    familiar = ([_familiar(one) for one in inside], [_familiar(one) for one in outside])
    probability = ([one.probability for one in inside], [one.probability for one in outside])
    for percent in (95, 90):
        found[f"recall_at_precision_{percent}"] = recall_at(percent / 100, *familiar)
    found["recall_at_precision_95_by_probability_alone"] = recall_at(0.95, *probability)
    return found


def _familiar(one: Prediction) -> float:
    return one.probability if one.familiar is None else one.familiar


def _right(known: Sequence[Row], found: Sequence[Prediction]) -> dict[str, Any]:
    right = [one.competence == _ident(label) for one, (_, label) in zip(found, known, strict=True)]
    probability = np.array([one.probability for one in found])
    routed = [good for good, one in zip(right, found, strict=True) if one.sure]
    return {
        "accuracy": _share(right),
        "calibration_error": round(float(calibration_error(probability, np.array(right))), 4) if right else None,
        "coverage": _share([one.sure for one in found]),
        "right_of_routed": _share(routed),
        "least": _least([label for _, label in known], right),
    }


def _least(labels: Sequence[str], right: Sequence[bool], most: int = 5, enough: int = 5) -> list[dict[str, Any]]:
    every, good = Counter(labels), Counter(label for label, is_right in zip(labels, right, strict=True) if is_right)
    rows = sorted((good[label] / number, label) for label, number in every.items() if number >= enough)
    return [{"label": label, "accuracy": round(share, 4), "texts": every[label]} for share, label in rows[:most]]


def _milliseconds(model: Model, texts: Sequence[str]) -> float:
    some = texts[:TIMED]
    began = time.perf_counter()
    for text in some:
        model.predict([text])
    return round(1000 * (time.perf_counter() - began) / len(some), 3)


def _share(which: Sequence[bool]) -> float | None:
    return round(sum(which) / len(which), 4) if which else None


def _ident(label: str) -> UUID:
    return uuid5(NAMESPACE_URL, label)
