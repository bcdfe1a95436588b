"""How well routing tells what a text asks for, on public sets and on the demo: accuracy, coverage, calibration, time.

Each set is trained as an organisation's own examples would be (folds, temperature, threshold and all), then asked about
texts it has never seen. Nothing is tuned to a set: what is chosen is chosen while training, on examples held out. ``few`` is
ten examples a class, chosen by digest. The sets lie beside the project (``SAMSPIL_DATA``): banking77 (77 intents), clinc150
(150 intents or 10 domains, with texts out of scope), multidogo (six departments, told from the first two, and the first three,
turns of a conversation: routing learns from three). Two in one: texts that ask two different things, joined with a line's end,
and whether ``wanted`` names both. The demo's competences are asked twice: having read only their descriptions, and with the
training questions; what is asked then are the first messages of its conversations. ``ms`` is CPU time, on one thread, reasons
included; ``train_seconds`` is time on the clock.

    OMP_NUM_THREADS=1 uv run python bench/routing.py          writes bench/results/routing.json
    OMP_NUM_THREADS=1 uv run python bench/routing.py words    the same without the language model, not written
"""

import csv
import json
import os
import platform
import sys
import time
import tomllib
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import numpy as np
import sklearn

from samspil.base.shares import calibration_error
from samspil.routing.rules.evaluate import out_of_scope
from samspil.routing.rules.model import Model, Prediction, dump
from samspil.routing.rules.train import Described, Example, examples_of, train

HERE = Path(__file__).parent
DATA = Path(os.environ.get("SAMSPIL_DATA", HERE.parents[1] / "shared" / "data"))
DEMO = HERE.parent / "demo"
FEW = 10
Pairs = list[tuple[str, UUID]]


def ident(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, name)


def banking() -> tuple[Pairs, Pairs, list[str]]:
    def part(name: str) -> Pairs:
        with (DATA / "competence/banking77/banking_data" / f"{name}.csv").open() as file:
            return [(row["text"], ident(row["category"])) for row in csv.DictReader(file)]

    return part("train"), part("test"), []


def clinc(*, domains: bool) -> tuple[Pairs, Pairs, list[str]]:
    folder = DATA / "competence/clinc150"
    found = json.loads((folder / "data_full.json").read_text())
    by_domain = json.loads((folder / "domains.json").read_text())
    domain_of = {intent: domain for domain, intents in by_domain.items() for intent in intents}

    def part(name: str) -> Pairs:
        return [(text, ident(domain_of[intent] if domains else intent)) for text, intent in found[name]]

    return part("train"), part("test"), [text for text, _ in found["oos_test"]]


def multidogo(turns_read: int) -> tuple[Pairs, Pairs, list[str]]:
    def part(name: str) -> Pairs:
        pairs = []
        for folder in sorted((DATA / "conversations/multidogo/splits_annotated_at_turn_level").iterdir()):
            turns: dict[str, list[tuple[int, str]]] = {}
            with (folder / f"{name}.tsv").open() as file:
                for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                    number = (row["turnNumber"] or "").removesuffix(".0")  # finance counts 0.0, 1.0
                    if number.isdigit() and row["utterance"]:  # a few lines of the set are broken in two
                        turns.setdefault(row["conversationId"], []).append((int(number), row["utterance"]))
            pairs += [("\n".join(text for _, text in sorted(said)[:turns_read]), ident(folder.name)) for said in turns.values()]
        return pairs

    return part("train"), part("test"), []


def demo() -> tuple[list[Example], Pairs, Pairs]:
    """What descriptions teach, the training questions, the first message of every conversation."""
    organisation = tomllib.loads((DEMO / "organisation.toml").read_text())
    described = [
        Described(id=ident(c["key"]), name=c["name"], name_en=c["name_en"], description=c["description"], words=c["words"])
        for c in organisation["competence"]
    ]
    questions = [(q["text"], ident(q["competence"])) for q in tomllib.loads((DEMO / "training.toml").read_text())["question"]]
    first = []
    for path in sorted((DEMO / "conversations").glob("*.toml")):
        conversation = tomllib.loads(path.read_text())
        said = next(entry for entry in conversation["entry"] if entry["kind"] == "in")
        first.append((f"{conversation['subject']}\n{said['text']}", ident(conversation["competence"])))
    return [example for d in described for example in examples_of(d)], questions, first


def few(pairs: Pairs) -> Pairs:
    chosen: dict[UUID, Pairs] = {}
    for text, competence in sorted(pairs, key=lambda pair: sha256(pair[0].encode()).digest()):
        some = chosen.setdefault(competence, [])
        if len(some) < FEW:
            some.append((text, competence))
    return [pair for some in chosen.values() for pair in some]


def ask(model: Model, pairs: Pairs, outside: Sequence[str]) -> dict[str, Any]:
    found = model.predict([text for text, _ in pairs])
    right = np.array([p.competence == wanted for p, (_, wanted) in zip(found, pairs, strict=True)])
    sure = np.array([p.sure for p in found])
    probability = np.array([p.probability for p in found])
    result: dict[str, Any] = {
        "asked": len(pairs),
        "accuracy": round(float(right.mean()), 4),
        "calibration_error": round(calibration_error(probability, right), 4),
        "threshold": model.threshold,
        "coverage": round(float(sure.mean()), 4),
        "right_of_routed": round(float(right[sure].mean()), 4) if sure.any() else None,
        "routed_and_right": round(float((right & sure).mean()), 4),
    }
    if outside:
        strange = model.predict(outside)
        result["out_of_scope"] = {
            **out_of_scope(found, strange),
            "called_strange": share(strange),
            "in_scope_called_strange": share(found),
        }
    return result


def share(found: Sequence[Prediction]) -> float:
    return round(float(np.mean([p.why_not == "strange" for p in found])), 4)


def two_in_one(model: Model, pairs: Pairs) -> dict[str, Any]:
    """Each of a few hundred texts with the next one that asks something else; and alone, where one answer is right."""
    some = sorted(pairs, key=lambda pair: sha256(pair[0].encode()).digest())[:400]
    both = [(a, b) for a, b in zip(some[::2], some[1::2], strict=False) if a[1] != b[1]]
    joined = [({c for c, _ in model.wanted(f"{a[0]}\n{b[0]}")}, {a[1], b[1]}) for a, b in both]
    alone = [{c for c, _ in model.wanted(text)} for text, _ in some]
    return {
        "asked": len(both),
        "both_named": round(float(np.mean([found >= wanted for found, wanted in joined])), 4),
        "right_of_named": round(sum(len(f & w) for f, w in joined) / max(sum(len(f) for f, _ in joined), 1), 4),
        "alone_named_two": round(float(np.mean([len(found) > 1 for found in alone])), 4),
    }


def timed(model: Model, texts: Sequence[str]) -> dict[str, Any]:
    some = (list(texts) * (400 // len(texts) + 1))[:400]
    before = time.process_time()
    for text in some:
        model.predict([text])
    alone = (time.process_time() - before) / len(some)
    before = time.process_time()
    model.predict(some)
    batch = (time.process_time() - before) / len(some)
    return {
        "ms_alone": round(1000 * alone, 3),
        "ms_in_a_batch_of_400": round(1000 * batch, 3),
        "letters_a_text": round(float(np.mean([len(t) for t in some]))),
    }


def measure(examples: list[Example], pairs: Pairs, outside: Sequence[str] = ()) -> dict[str, Any]:
    before = time.process_time()
    clock = time.perf_counter()
    model, quality = train(examples, meaning="words" not in sys.argv)
    seconds, clock = time.process_time() - before, time.perf_counter() - clock
    held = {k: v for k, v in quality.as_json().items() if k != "by_competence"}
    return {
        "examples": len(examples),
        "classes": len(model.competences),
        "train_cpu_seconds": round(seconds, 1),
        "train_seconds": round(clock, 1),
        "meaning_read": model.meaning is not None,
        "stored_bytes": len(dump(model)),
        "temperature": round(model.temperature, 4),
        "while_training": held,
        **ask(model, pairs, outside),
        **timed(model, [text for text, _ in pairs]),
        "two_in_one": two_in_one(model, pairs),
    }


def main() -> None:
    results: dict[str, Any] = {}
    weak, questions, first = demo()
    taught = [*weak, *(Example(text=t, competence=c, weight=1.5) for t, c in questions)]
    results["demo, descriptions only, asked questions"] = measure(weak, questions)
    results["demo, descriptions only, asked conversations"] = measure(weak, first)
    results["demo, taught, asked conversations"] = measure(taught, first)
    print(json.dumps(results), flush=True)
    sets = {
        "banking77": banking,
        "clinc150": lambda: clinc(domains=False),
        "clinc150 domains": lambda: clinc(domains=True),
        "multidogo departments, two turns": lambda: multidogo(2),
        "multidogo departments, three turns": lambda: multidogo(3),
    }
    for name, load in sets.items():
        learned, asked, outside = load()
        for size, pairs in (("few", few(learned)), ("all", learned)):
            results[f"{name}, {size}"] = measure([Example(text=t, competence=c) for t, c in pairs], asked, outside)
            print(name, size, json.dumps(results[f"{name}, {size}"]), flush=True)
            write(results)


def write(results: dict[str, Any]) -> None:
    if "words" in sys.argv:
        return
    machine = {
        "python": platform.python_version(),
        "scikit-learn": sklearn.__version__,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results/routing.json").write_text(json.dumps({"machine": machine, "results": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
