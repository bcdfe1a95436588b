"""Finding past answers: what is right among the first three, by words, by meaning and by both; how sure one can be; time and memory.

Right is what has the same intent in labelled sets (banking77, clinc150 with what is out of scope, multidogo, Danish xSID), learned and
asked in their own parts. By time, the first three quarters of the tweets of twcs are searched for the last quarter's, and the best of three
answers is compared with what the brand truly answered (words in common, Jaccard), beside a random answer of the same brand.

    uv run python -m bench.assist       writes bench/results/assist.json; some ten minutes
"""

import argparse
import csv
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from bench.house import own_installation

RESULTS = Path(__file__).parent / "results" / "assist.json"
DATA = Path(os.environ.get("SAMSPIL_DATA", Path(__file__).parents[2] / "shared" / "data"))
ASKED, DEEP, SIZES = 600, 100, (10_000, 100_000)
Example = tuple[str, str]
"""Text and intent; "" for one that nothing answers."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speed", action="store_true", help="time and memory alone; the rest of the result stays")
    asked = parser.parse_args()
    with own_installation():
        found: dict[str, Any] = json.loads(RESULTS.read_text()) if asked.speed else rightness()
        found["speed"] = {str(size): speed(size) for size in SIZES}
        found["pgvector"] = pgvector()
        RESULTS.write_text(json.dumps(found, indent=2) + "\n")
        print(json.dumps(found["speed"]), json.dumps(found["pgvector"]), flush=True)


def rightness() -> dict[str, Any]:
    """What is right, in labelled sets and by time, and how sure one can be."""
    found: dict[str, Any] = {"machine": {"cores": os.cpu_count()}, "sets": {}}
    evidence: dict[str, list[tuple[float, float, bool]]] = {}
    for title, language, known, asked in sets():
        found["sets"][title], evidence[title] = told(known, asked, language)
        print(title, json.dumps(found["sets"][title]), flush=True)
    found["sure"] = sure(evidence)
    print(json.dumps(found["sure"]), flush=True)
    found["by_time"] = by_time()
    print(json.dumps(found["by_time"]), flush=True)
    return found


def sets() -> Sequence[tuple[str, str, list[Example], list[Example]]]:
    """Title, language, what is known, what is asked."""
    banking = [_csv(DATA / "competence/banking77/banking_data" / f"{part}.csv") for part in ("train", "test")]
    clinc = json.loads((DATA / "competence/clinc150/data_full.json").read_text())
    learned = [(text, intent) for text, intent in clinc["train"]]
    asked = [*((text, intent) for text, intent in clinc["test"]), *((text, "") for text, _ in clinc["oos_test"])]
    danish = DATA / "danish/da_xsid/data/xSID-0.7"
    return [
        ("banking77", "en", *banking),
        ("clinc150", "en", learned, asked),
        ("multidogo", "en", _multidogo("train"), _multidogo("test")),
        ("xsid_da", "da", _conll(danish / "da.valid.conll"), _conll(danish / "da.test.conll")),
    ]


def _csv(path: Path) -> list[Example]:
    with path.open(newline="") as file:
        return [(row["text"], row["category"]) for row in csv.DictReader(file)]


def _conll(path: Path) -> list[Example]:
    lines = path.read_text().splitlines()
    texts = [line.removeprefix("# text = ") for line in lines if line.startswith("# text = ")]
    intents = [line.removeprefix("# intent = ") for line in lines if line.startswith("# intent = ")]
    return list(zip(texts, intents, strict=True))


_SMALL = {"openinggreeting", "closinggreeting", "contentonly", "confirmation", "rejection", "thankyou", "outofdomain"}


def _multidogo(part: str) -> list[Example]:
    """The first turn of each conversation that asks for something, with department and intent."""
    found: dict[str, Example] = {}
    for path in sorted((DATA / "conversations/multidogo/splits_annotated_at_turn_level").glob(f"*/{part}.tsv")):
        with path.open(newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                if row["intent"] and row["intent"] not in _SMALL:
                    found.setdefault(row["conversationId"], (row["utterance"], f"{path.parent.name}/{row['intent']}"))
    return list(found.values())


def fill(texts: Sequence[str], language: str) -> list[bytes]:
    """Past questions as the worker leaves them; their vectors."""
    from samspil.assist.actions import count_words
    from samspil.assist.queries.vectors import bring_on
    from samspil.assist.rules.mask import masked
    from samspil.assist.rules.vector import packed
    from samspil.base import sql
    from samspil.base.encoder import encoder

    plain = [masked(text) for text in texts]
    vectors = packed(encoder().encode(plain))
    rows = [
        (str(UUID(int=n + 1)), str(UUID(int=n + 1)), text, language, vector)
        for n, (text, vector) in enumerate(zip(plain, vectors, strict=True))
    ]
    insert(rows)
    gathered(len(rows))
    count_words()
    sql.run("ANALYZE assist_pair")
    sql.run("ANALYZE assist_word")
    bring_on()
    return vectors


def insert(rows: Sequence[tuple[Any, ...]]) -> None:
    """The pairs alone: their messages are not needed for finding them."""
    from samspil.base import sql
    from samspil.base.flow import step

    with step():
        sql.run("SET LOCAL session_replication_role = replica")
        sql.run("TRUNCATE assist_pair RESTART IDENTITY CASCADE")
        for start in range(0, len(rows), 2_000):
            source, values = sql.table("uuid uuid text text bytea", rows[start : start + 2_000])
            sql.run(
                "INSERT INTO assist_pair (question_id, answer_id, asked, said, language, at, vector, shown, used)"
                f" SELECT q, a, t, t, l, now(), v, 0, 0 FROM {source} AS x(q, a, t, l, v)", values,
            )  # fmt: skip


def gathered(size: int) -> None:
    """So many pairs, in a generation of their own."""
    from samspil.base import sql

    sql.run(
        "INSERT INTO assist_gathered (id, pairs, generation) VALUES (1, %s, 1) ON CONFLICT (id) DO UPDATE SET pairs = excluded.pairs,"
        " generation = assist_gathered.generation + 1",
        [size],
    )


def asking(text: str, language: str) -> Any:
    """A message as it is looked for."""
    from samspil.assist.queries.find import looked_for
    from samspil.assist.rules.mask import masked
    from samspil.assist.rules.vector import packed
    from samspil.base.encoder import encoder

    return looked_for(
        interaction=UUID(int=0), text=text, language=language, vector=packed(encoder().encode([masked(text) or text]))[0]
    )


def found_by(waiting: Any) -> tuple[dict[int, float], dict[int, float]]:
    """What words find, and what meaning finds."""
    from samspil.assist.queries import vectors
    from samspil.assist.queries.find import by_words

    return by_words(waiting, 4 * DEEP), dict(vectors.search(waiting.vector, 4 * DEEP))


def told(known: list[Example], asked: list[Example], language: str) -> tuple[dict[str, Any], list[tuple[float, float, bool]]]:
    """Recall at three and mean reciprocal rank of each way; and (cosine, share of words, right) of what stands first."""
    from samspil.assist.rules.rank import fused

    vectors = np.stack([np.frombuffer(v, dtype=np.int8).astype(np.float32) for v in fill([text for text, _ in known], language)])
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    chosen = random.Random(7).sample(asked, min(ASKED, len(asked)))
    places: dict[str, list[float]] = {"words": [], "meaning": [], "both": []}
    evidence, draw = [], random.Random(13)
    for text, intent in chosen:
        waiting = asking(text, language)
        words, meant = found_by(waiting)
        both = fused(list(words)[:DEEP], list(meant)[:DEEP])
        first = sorted(both, key=lambda pair: (-both[pair], -pair))
        # For a third of the messages what would be right is taken away: so it is learned when nothing helps.
        lost = draw.random() < 1 / 3
        rest = [[pair for pair in order if not lost or known[pair - 1][1] != intent] for order in (words, meant)]
        left = fused(*rest)
        if left:
            one = min(left, key=lambda pair: (-left[pair], -pair))
            mine = np.frombuffer(waiting.vector, dtype=np.int8).astype(np.float32)
            cosine = float(vectors[one - 1] @ mine / max(float(np.linalg.norm(mine)), 1e-9))
            evidence.append((cosine, min(words.get(one, 0.0) / waiting.told, 1.0), known[one - 1][1] == intent))
        if intent:
            for way, order in (("words", list(words)), ("meaning", list(meant)), ("both", first)):
                right = next((place for place, pair in enumerate(order, 1) if known[pair - 1][1] == intent), None)
                places[way].append(1 / right if right else 0.0)
    result: dict[str, Any] = {"known": len(known), "asked": len(places["both"])}
    for way, all_of in places.items():
        result[way] = {
            "recall_at_3": round(sum(one >= 1 / 3 for one in all_of) / len(all_of), 4),
            "mrr": round(sum(all_of) / len(all_of), 4),
        }
    return result, evidence


def sure(evidence: dict[str, list[tuple[float, float, bool]]]) -> dict[str, Any]:
    """The curves of how likely what stands first is right, fitted on half of it, and how true they are on the other half."""
    from sklearn.linear_model import LogisticRegression

    from samspil.assist.rules.rank import SHOWN, SURE, Evidence, probability

    result: dict[str, Any] = {}
    for title, names in (("en", ["banking77", "clinc150", "multidogo"]), ("da", ["xsid_da"])):
        rows = [row for name in names for row in evidence[name]]
        random.Random(5).shuffle(rows)
        half = len(rows) // 2
        fit = LogisticRegression(C=100.0).fit([row[:2] for row in rows[:half]], [row[2] for row in rows[:half]])
        alone = LogisticRegression(C=100.0).fit([[row[1]] for row in rows[:half]], [row[2] for row in rows[:half]])
        held = rows[half:]
        likely = [probability(Evidence(cosine=c, share=s, language=title)) for c, s, _ in held]
        result[title] = {
            "curve": [round(float(v), 3) for v in (fit.intercept_[0], *fit.coef_[0])],
            "words_alone": [round(float(v), 3) for v in (alone.intercept_[0], *alone.coef_[0])],
            "held_out": len(held),
            "right": round(sum(right for *_, right in held) / len(held), 4),
            "in_force": {
                name: {
                    "offered": round(sum(p >= bound for p in likely) / len(held), 4),
                    "right_of_those": _right(likely, held, bound),
                }
                for name, bound in (("shown", SHOWN), ("sure", SURE))
            },
            "calibration_error": round(_calibration(likely, [right for *_, right in held]), 4),
        }
    return result


def _right(likely: Sequence[float], held: Sequence[tuple[float, float, bool]], bound: float) -> float | None:
    above = [row[2] for p, row in zip(likely, held, strict=True) if p >= bound]
    return round(sum(above) / len(above), 4) if above else None


def _calibration(likely: Sequence[float], right: Sequence[bool]) -> float:
    """Expected calibration error over ten bins."""
    error = 0.0
    for low in np.arange(0, 1, 0.1):
        here = [n for n, p in enumerate(likely) if low <= p < low + 0.1 or (low > 0.85 and p == 1)]
        if here:
            error += abs(sum(likely[n] for n in here) - sum(right[n] for n in here)) / len(likely)
    return error


def by_time() -> dict[str, Any]:
    """The last quarter of the answered tweets against the three quarters before."""
    from samspil.assist.rules.rank import fused, likeness

    with (DATA / "conversations/twcs_sample/twcs_head.csv").open(newline="") as file:
        rows = {row["tweet_id"]: row for row in csv.DictReader(file) if row["text"]}
    pairs = []
    for row in rows.values():
        parent = rows.get((row["in_response_to_tweet_id"] or "").removesuffix(".0"))
        if row["inbound"] == "False" and parent and parent["inbound"] == "True" and not parent["in_response_to_tweet_id"]:
            at = datetime.strptime(row["created_at"], "%a %b %d %H:%M:%S %z %Y")
            pairs.append((at, parent["text"], _bare(row["text"]), row["author_id"]))
    pairs.sort()
    past, later = pairs[: len(pairs) * 3 // 4], pairs[len(pairs) * 3 // 4 :]
    fill([asked for _, asked, _, _ in past], "en")
    draw, best = random.Random(3), {"words": [], "meaning": [], "both": [], "random_of_the_brand": []}  # type: dict[str, list[float]]
    for _, asked, said, brand in later:
        same = [pair for pair in past if pair[3] == brand]
        if len(same) < 10:
            continue
        words, meant = ([p for p in order if past[p - 1][3] == brand] for order in found_by(asking(asked, "en")))
        both = fused(words, meant)
        ways = {"words": list(words)[:3], "meaning": list(meant)[:3], "both": sorted(both, key=lambda p: (-both[p], -p))[:3]}
        for way, order in ways.items():
            best[way].append(max((likeness(past[p - 1][2], said) for p in order), default=0.0))
        best["random_of_the_brand"].append(max(likeness(draw.choice(same)[2], said) for _ in range(3)))
    return {
        "past": len(past),
        "later": len(best["both"]),
        **{way: round(statistics.mean(all_of), 4) for way, all_of in best.items()},
    }


def _bare(text: str) -> str:
    return " ".join(word for word in text.split() if not word.startswith(("@", "http", "^")))


def speed(size: int) -> dict[str, Any]:
    """Milliseconds per message at so many pairs: words, meaning, reading the message; the file and the memory of the process."""
    from samspil.assist.queries import vectors
    from samspil.assist.queries.find import by_words

    draw = random.Random(11)
    base = [text for title, _, known, asked in sets() if title != "xsid_da" for text, _ in [*known, *asked]]
    texts = [f"{draw.choice(base)} {draw.choice(base)}" for _ in range(size)]
    noise = np.random.default_rng(3).normal(size=(size, 384)).astype(np.float32)
    from samspil.assist.rules.vector import packed

    made = packed(noise / np.linalg.norm(noise, axis=1, keepdims=True))
    insert(
        [
            (str(UUID(int=n + 1)), str(UUID(int=n + 1)), text, "en", vector)
            for n, (text, vector) in enumerate(zip(texts, made, strict=True))
        ]
    )
    from samspil.assist.actions import count_words
    from samspil.base import sql

    gathered(size)
    counted = timed(lambda _: count_words(), [0])
    sql.run("ANALYZE assist_pair")
    sql.run("ANALYZE assist_word")
    filled = timed(lambda _: vectors.bring_on(), [0])
    path = vectors.bring_on()
    asked = draw.sample(base, 60)
    waiting = [asking(text, "en") for text in asked]
    before = _anonymous()
    searched = timed(lambda one: vectors.search(one.vector, 4 * DEEP), waiting)
    return {
        "count_words_s": round(counted["p50"] / 1000, 2),
        "write_the_file_s": round(filled["p50"] / 1000, 2),
        "file_mb": round(path.stat().st_size / 1e6, 1),
        "read_a_message_ms": timed(lambda text: asking(text, "en"), asked),
        "by_words_ms": timed(by_words, waiting),
        "by_meaning_ms": searched,
        "own_memory_grew_mb": round((_anonymous() - before) / 1024, 1),
    }


def _anonymous() -> int:
    """Kilobytes that are this process's own, without what is mapped from files and shared."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("RssAnon")))


def pgvector() -> dict[str, Any]:
    """The same search by pgvector, where the server has it: exact, and by HNSW."""
    from samspil.base import sql

    if not sql.run("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'"):
        return {"there": False}
    sql.run("CREATE EXTENSION IF NOT EXISTS vector")
    noise = np.random.default_rng(3).normal(size=(SIZES[-1], 384)).astype(np.float32)
    sql.run("CREATE TABLE bench_vector (id int PRIMARY KEY, v halfvec(384))")
    for start in range(0, len(noise), 2_000):
        rows = [(start + n, "[" + ",".join(f"{x:.4f}" for x in row) + "]") for n, row in enumerate(noise[start : start + 2_000])]
        source, values = sql.table("int text", rows)
        sql.run(f"INSERT INTO bench_vector SELECT i, v::halfvec FROM {source} AS x(i, v)", values)
    asked = ["[" + ",".join(f"{x:.4f}" for x in row) + "]" for row in noise[:40]]
    query = "SELECT id FROM bench_vector ORDER BY v <=> %s::halfvec LIMIT 100"
    exact = timed(lambda one: sql.run(query, [one]), asked)
    began = time.monotonic()
    sql.run("SET maintenance_work_mem = '512MB'")
    sql.run("CREATE INDEX bench_hnsw ON bench_vector USING hnsw (v halfvec_cosine_ops)")
    built = time.monotonic() - began
    size = sql.run("SELECT pg_relation_size('bench_hnsw'), pg_total_relation_size('bench_vector')")[0]
    return {
        "there": True, "exact_ms": exact, "hnsw_build_s": round(built, 1), "hnsw_ms": timed(lambda one: sql.run(query, [one]), asked),
        "hnsw_mb": round(size[0] / 1e6, 1), "all_mb": round(size[1] / 1e6, 1),
    }  # fmt: skip


def timed(does: Callable[[Any], object], given: Sequence[Any]) -> dict[str, float]:
    """p50 and p95 in milliseconds; each once before, where there are several."""
    if len(given) > 1:
        for one in given[:10]:
            does(one)
    took = []
    for one in given:
        began = time.perf_counter()
        does(one)
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return {"p50": round(took[len(took) // 2], 2), "p95": round(took[min(int(len(took) * 0.95), len(took) - 1)], 2)}


if __name__ == "__main__":
    main()
