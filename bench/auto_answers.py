"""Answers by themselves: how many of the messages sent from each threshold on were right, how many that is of all, and how true the probability is.

In labelled sets a third of the intents have an approved answer; what asks for another, or is out of scope, has none, as in a house. Known
questions are the sets' own training parts, asked are their test parts in a fixed order: the earlier 60 % teach the curve, the later
40 % are counted (``samspil.assist.rules.likely``). In twcs, by time and within one brand, the brand's own repeated answers are approved, and
right is what resembles the answer that the brand truly gave.

    uv run python -m bench.auto_answers       writes bench/results/auto_answers.json; some minutes
"""

import csv
import json
import os
import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from samspil.assist.rules.auto import feels_bad, is_thanks, questions, wants_a_person
from samspil.assist.rules.likely import Book, best, earlier, error_of, evidence, learn, letters_of, resembles, steps
from samspil.assist.rules.mask import masked
from samspil.assist.rules.watch import ERROR, has_fallen
from samspil.base.encoder import encoder

RESULTS = Path(__file__).parent / "results" / "auto_answers.json"
DATA = Path(os.environ.get("SAMSPIL_DATA", Path(__file__).parents[2] / "shared" / "data"))
ASKED = 1_500
KNOWN = 3_000
"""As many as a unit's book holds."""


def main() -> None:
    """What stands in the result already is not measured again: take the file away to begin anew."""
    from bench.assist import sets

    found: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"sets": {}}
    for title, _, known, asked in sets():
        if title not in found["sets"]:
            found["sets"][title] = labelled(known, asked)
            RESULTS.write_text(json.dumps(found, indent=2) + "\n")
    for title, measure in (("watch", watched), ("twcs", by_time)):
        if title not in found:
            found[title] = measure()
            RESULTS.write_text(json.dumps(found, indent=2) + "\n")


def labelled(known: Sequence[tuple[str, str]], asked: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """One labelled set: a third of its intents are approved."""
    draw = random.Random(5)
    known = draw.sample(list(known), min(KNOWN, len(known)))
    asked = draw.sample(list(asked), min(ASKED, len(asked)))
    intents = sorted({intent for _, intent in known if intent})
    chosen = draw.sample(intents, max(2, len(intents) // 3))
    answers = np.array([[intent == one for one in chosen] for _, intent in known], dtype=bool)
    book = book_of([text for text, _ in known], answers)
    rows = evidenced(book, [text for text, _ in asked], len(chosen))
    right = [chosen[place] == intent for (place, _), (_, intent) in zip(rows, asked, strict=True)]
    some = Counter(intent in chosen for _, intent in asked)
    return {
        "known": len(known),
        "approved": len(chosen),
        "of": len(intents),
        "could_be": some[True],
        **measured([f for _, f in rows], right),
    }


def book_of(texts: Sequence[str], answers: Any) -> Book:
    plain = [masked(text) or text for text in texts]
    return Book(
        meant=encoder().encode(plain),
        letters=letters_of(plain),
        answers=answers,
        own=np.zeros((answers.shape[1], 384), dtype=np.float32),
    )


def evidenced(book: Book, texts: Sequence[str], count: int, before: Sequence[int | None] | None = None) -> list[tuple[int, Any]]:
    """The answer for which most speaks, and what speaks for it."""
    plain = [masked(text) or text for text in texts]
    meant, letters, found = encoder().encode(plain), letters_of(plain), []
    for n in range(len(texts)):
        features = evidence(book, meant[n], letters[n], before[n] if before else None)
        place = best(features, range(count))
        assert place is not None
        found.append((place, features[place]))
    return found


def measured(features: Sequence[Any], right: Sequence[bool]) -> dict[str, Any]:
    """The table over the later part, its calibration error, and the first threshold at which one may switch it on."""
    cut = earlier(len(right))
    curve = learn(np.array(features[:cut]), right[:cut])
    if curve is None:
        return {"asked": len(right), "held_out": len(right) - cut, "learned": False}
    likely = [curve.likely(one) for one in features[cut:]]
    table = steps(likely, right[cut:])
    return {
        "asked": len(right),
        "held_out": len(right) - cut,
        "calibration_error": round(error_of(likely, right[cut:]), 4),
        "table": [{k: round(v, 4) for k, v in one.as_json().items()} | {"may_be_on": one.holds} for one in table],
        "from": next((one.threshold for one in table if one.holds), None),
    }


def by_time() -> dict[str, Any]:
    """Each brand of twcs with enough answers: its answers that it gave at least three times in the first half are approved."""
    with (DATA / "conversations/twcs_sample/twcs_head.csv").open(newline="") as file:
        rows = {row["tweet_id"]: row for row in csv.DictReader(file) if row["text"]}
    brands: dict[str, list[tuple[datetime, str, str]]] = {}
    for row in rows.values():
        parent = rows.get((row["in_response_to_tweet_id"] or "").removesuffix(".0"))
        if row["inbound"] == "False" and parent and parent["inbound"] == "True" and not parent["in_response_to_tweet_id"]:
            at = datetime.strptime(row["created_at"], "%a %b %d %H:%M:%S %z %Y")
            brands.setdefault(row["author_id"], []).append((at, parent["text"], _bare(row["text"])))
    features: list[Any] = []
    right: list[bool] = []
    never: Counter[str] = Counter()
    used = 0
    for pairs in brands.values():
        pairs.sort()
        half = len(pairs) // 2
        repeated = _repeated([said for _, _, said in pairs[:half]])
        if len(pairs) < 40 or not repeated:
            continue
        used += 1
        answers = np.array([[resembles(one, said) for one in repeated] for _, _, said in pairs], dtype=bool)
        book = book_of([asked for _, asked, _ in pairs], answers)
        later = pairs[half:]
        for (_, asked, said), (place, one) in zip(
            later,
            evidenced(book, [asked for _, asked, _ in later], len(repeated), [half + n for n in range(len(later))]),
            strict=True,
        ):
            why = (
                "several"
                if questions(asked) > 1
                else "feeling"
                if feels_bad(asked)
                else "person"
                if wants_a_person(asked)
                else "thanks"
                if is_thanks(asked)
                else ""
            )
            never[why] += 1
            if not why:
                features.append(one)
                right.append(resembles(repeated[place], said))
    return {
        "brands": used,
        "never": dict(never),
        "right_at_all": round(float(np.mean(right)), 4) if right else None,
        **measured(features, right),
    }


def _repeated(said: Sequence[str], times: int = 3) -> list[str]:
    kept: list[str] = []
    for one in said:
        if not any(resembles(other, one) for other in kept) and sum(resembles(one, other) for other in said) >= times:
            kept.append(one)
    return kept[:30]


def _bare(text: str) -> str:
    return " ".join(word for word in text.split() if not word.startswith(("@", "http", "^")))


def watched(runs: int = 400) -> dict[str, Any]:
    """How often the test switches off within 300 answers though as many are right as promised; and after how many when fewer are."""
    draw = random.Random(3)
    found: dict[str, Any] = {"promised_error": ERROR}
    for promised in (0.8, 0.9, 0.95):
        off = sum(has_fallen([draw.random() < promised for _ in range(300)], promised) for _ in range(runs))
        after = {str(fall): int(np.median([_until(draw, promised, fall) for _ in range(60)])) for fall in (0.1, 0.2)}
        found[str(promised)] = {"off_in_error": round(off / runs, 4), "median_answers_until_off": after}
    return found


def _until(draw: random.Random, promised: float, fall: float, most: int = 640) -> int:
    """After how many answers it is off, by halving; ``most`` where not before."""
    right = [draw.random() < promised - fall for _ in range(most)]
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if has_fallen(right[:middle], promised) else (middle + 1, high)
    return low


if __name__ == "__main__":
    main()
