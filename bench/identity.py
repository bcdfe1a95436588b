"""Who is who, measured: FEBRL, historical_50k beside recordlinkage and dedupe, held-out real handles, a million handles, one pair.

    python -m bench.identity febrl                      FEBRL3 and FEBRL4
    python -m bench.identity historical                 50,578 records of 5,156 people, trained on the file without its labels
    python -m bench.identity rivals                     the same file through recordlinkage and dedupe (needs: uv pip install dedupe "BTrees<6")
    python -m bench.identity handles NAME=FILE.csv ...  labelled files of real handles (columns handle, network, name, person)
    python -m bench.identity million --handles 1000000  a made-up base through training, blocking and scoring on DuckDB
    python -m bench.identity scorer                     microseconds of one score
    python -m bench.identity page                       the table of docs/bench/identity.md

Each writes its part of bench/results/identity.json; every part runs in a process of its own, so that memory is its own.
"""

import argparse
import io
import json
import os
import random
import resource
import sys
import time
import traceback
from itertools import accumulate
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "identity.json"
DATA = Path(os.environ.get("SAMSPIL_DATA", Path(__file__).parents[2] / "shared" / "data"))
SPLINK = DATA / "identity" / "splink_datasets" / "data"


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def keep(name: str, found: object) -> None:
    whole = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    whole[name] = found
    RESULTS.write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n")
    print(json.dumps({name: found}, indent=1))


def say(text: str) -> None:
    print(time.strftime("%H:%M:%S"), text, flush=True)


def short(report):
    """What the page shows of a report of ``evaluate``."""
    kinds = ("scored", "pairwise", "clustered")
    return {
        "counts": report["counts"],
        "blocking_recall": report["blocking"]["recall"],
        "join": {"threshold": report["join"]["threshold"], **{k: report["join"][k] for k in kinds}},
        "suggest": {"threshold": report["suggest"]["threshold"], **{k: report["suggest"][k] for k in kinds}},
        "best": report["best"],
        "seconds": report["seconds"],
        "peak_megabytes": report["peak_megabytes"],
    }


def records(frame):
    from samspil.identity.rules.columns import read

    frame = frame.astype(object).where(frame.notna(), None)
    return read(frame.to_dict("records"), list(frame.columns))


def febrl_frame(which: int):
    import pandas as pd

    names = ["dataset3"] if which == 3 else ["dataset4a", "dataset4b"]
    frame = pd.concat([pd.read_csv(SPLINK / "febrl" / f"{n}.csv", dtype=str, skipinitialspace=True) for n in names])
    frame["person"] = frame["rec_id"].str.extract(r"rec-(\d+)-")[0]
    return frame


def historical_frame():
    import pandas as pd

    frame = pd.read_parquet(SPLINK / "historical_figures_with_errors_50k.parquet")
    return frame.drop(columns=["unique_id"]).rename(columns={"cluster": "person"})


def febrl(_args) -> None:
    from samspil.identity.rules.evaluate import evaluate

    for which in (3, 4):
        keep(f"febrl{which}", short(evaluate(records(febrl_frame(which)), say=say)))


def historical(_args) -> None:
    from samspil.identity.rules.evaluate import evaluate

    keep("historical_50k", short(evaluate(records(historical_frame()), say=say)))


def handles(args) -> None:
    from samspil.identity.rules.evaluate import evaluate_file

    for one in args.files:
        name, _, file = one.partition("=")
        keep(f"handles_{name}", short(evaluate_file(Path(file), say=say)))


def rivals(args) -> None:
    for tool in args.tools:
        pid = os.fork()  # memory of its own
        if pid == 0:
            code = 1
            try:
                {"recordlinkage": by_recordlinkage, "dedupe": by_dedupe}[tool]()
                code = 0
            except Exception:  # noqa: BLE001 - the parent tells
                traceback.print_exc()
            finally:
                os._exit(code)
        if os.waitpid(pid, 0)[1]:
            sys.exit(f"{tool} failed")


def rates_of(said, truth):
    import numpy as np

    from samspil.identity.rules.measure import pairwise

    left = np.array([a for a, _ in said])
    right = np.array([b for _, b in said])
    return pairwise(left, right, truth)


def by_recordlinkage() -> None:
    """Blocks on first name, surname, date, postcode; Jaro-Winkler and equality; ECM without labels (its own recipe for files of persons)."""
    import warnings

    import recordlinkage

    warnings.simplefilter("ignore")
    frame = historical_frame().reset_index(drop=True)
    began = time.perf_counter()
    index = recordlinkage.Index()
    for columns in (
        ["first_name", "surname"],
        ["surname", "dob"],
        ["first_name", "dob"],
        "postcode_fake",
        ["dob", "birth_place"],
    ):
        index.block(columns)
    candidates = index.index(frame)
    compare = recordlinkage.Compare(n_jobs=2)
    for column in ("first_name", "surname", "birth_place"):
        compare.string(column, column, method="jarowinkler", threshold=0.88)
    for column in ("dob", "postcode_fake", "gender", "occupation"):
        compare.exact(column, column)
    features = compare.compute(candidates, frame)
    links = recordlinkage.ECMClassifier(binarize=0.5).fit_predict(features)
    found = rates_of(links.to_list(), frame["person"].to_list())
    keep("rival_recordlinkage", {"pairwise": found, "seconds": round(time.perf_counter() - began, 1), "peak_megabytes": peak()})


def by_dedupe() -> None:
    """dedupe 3 with 400 labelled pairs (half of them matches) given to it, recall 0.9 for its blocking rules, one process: its effort is
    capped, more labels and more time would make it better."""
    import dedupe
    import dedupe.serializer
    from dedupe import variables

    frame = historical_frame().reset_index(drop=True)
    truth = frame["person"].to_list()
    columns = ["first_name", "surname", "dob", "birth_place", "postcode_fake", "occupation"]
    rows = {
        n: {c: (str(v) if isinstance(v, str) else None) for c, v in row.items()}
        for n, row in enumerate(frame[columns].to_dict("records"))
    }
    began, cpu = time.perf_counter(), time.process_time()
    model = dedupe.Dedupe([variables.String(c, has_missing=True) for c in columns], num_cores=0)
    dice = random.Random(1)
    members: dict[str, list[int]] = {}
    for n, person in enumerate(truth):
        members.setdefault(person, []).append(n)
    many = [m for m in members.values() if len(m) > 1]
    matches = [tuple(rows[n] for n in dice.sample(dice.choice(many), 2)) for _ in range(200)]
    distinct = [(rows[dice.randrange(len(rows))], rows[dice.randrange(len(rows))]) for _ in range(200)]
    labelled = io.StringIO()
    dedupe.serializer.write_training({"match": matches, "distinct": distinct}, labelled)
    labelled.seek(0)
    model.prepare_training(rows, training_file=labelled, sample_size=1500)
    model.train(recall=0.9, index_predicates=False)
    groups = model.partition(rows, 0.5)
    label = [0] * len(rows)
    for number, (ids, _) in enumerate(groups):
        for n in ids:
            label[n] = number
    from samspil.identity.rules.measure import b_cubed, inside, pairwise

    keep(
        "rival_dedupe",
        {
            "clustered": {**pairwise(*inside(label), truth), "b_cubed": b_cubed(label, truth)},
            "labels": 400,
            "seconds": round(time.perf_counter() - began, 1),
            "cpu_seconds": round(time.process_time() - cpu, 1),
            "peak_megabytes": peak(),
        },
    )


def made_up(number: int, seed: int = 1):
    """Profiles of a made-up base: about 2.5 handles a person, names by the shipped frequencies, user names made of names or free."""
    from samspil.identity.rules.model import shipped
    from samspil.identity.rules.profile import profile

    dice = random.Random(seed)
    tables = shipped().terms.tables
    given, surname = (list(tables[n]) for n in ("given", "surname"))
    weights = [list(accumulate(tables[n].values())) for n in ("given", "surname")]
    ends = [
        a + b
        for a in "al be dan el fr gro hol is kar lun mar nor os pet ros sten tor ul vin wes".split()
        for b in ("by", "sen", "gaard", "mann", "ov")
    ]
    profiles, truth, taken, person = [], [], set(), 0
    while len(profiles) < number:
        person += 1
        first = dice.choices(given, cum_weights=weights[0])[0]
        last = (
            dice.choices(surname, cum_weights=weights[1])[0]
            if dice.random() < 0.5
            else dice.choice(surname)[:5] + dice.choice(ends)
        )
        free = f"{dice.choice(ends)}{dice.choice(ends)}{dice.randrange(100)}"
        for _ in range(dice.choice((1, 2, 2, 3, 4))):
            user = dice.choice((f"{first}.{last}", f"{first[0]}{last}", free, free, f"{last}{first[0]}{dice.randrange(99)}"))
            network = dice.choice(("mail", "mail", "github", "mastodon", "telegram"))
            address = f"{user}@{dice.choice(('gmail.com', 'outlook.com', f'{dice.choice(ends)}{dice.choice(ends)}.dk'))}"
            if (network, user if network != "mail" else address) in taken:
                continue
            taken.add((network, user if network != "mail" else address))
            shown = dice.choice((f"{first} {last}", f"{first} {last}", f"{last}, {first}", f"{first[0]}. {last}", first, ""))
            profiles.append(
                profile({"network": network, "address": address if network == "mail" else user, "display": shown.title()})
            )
            truth.append(str(person))
    return profiles[:number], truth[:number]


def million(args) -> None:
    from samspil.identity.rules.batch import pairs
    from samspil.identity.rules.cluster import cluster
    from samspil.identity.rules.measure import pairwise
    from samspil.identity.rules.model import shipped
    from samspil.identity.rules.pool import edges
    from samspil.identity.rules.train import train

    began = time.perf_counter()
    profiles, truth = made_up(args.handles)
    made = time.perf_counter()
    say("made")
    model = train(profiles, shipped(), say=say)
    trained = time.perf_counter()
    say("trained")
    found = pairs(profiles, model, threshold=0.2, cap=args.cap, least_weight=0.0)
    linked = time.perf_counter()
    say(f"{found.num_rows} pairs")
    left, right, chance = (found[n].to_numpy() for n in ("left", "right", "probability"))
    cluster(len(profiles), edges(found, model.join))
    grouped = time.perf_counter()
    keep(
        "million",
        {
            "handles": args.handles,
            "cap": args.cap,
            "pairs": found.num_rows,
            "minutes": {
                "profiles": round((made - began) / 60, 2),
                "training": round((trained - made) / 60, 2),
                "block_and_score": round((linked - trained) / 60, 2),
                "groups": round((grouped - linked) / 60, 2),
                "all": round((grouped - began) / 60, 2),
            },
            "peak_megabytes": peak(),
            "made_up_truth": {str(at): pairwise(left[chance >= at], right[chance >= at], truth) for at in (0.5, model.join)},
        },
    )


def scorer(_args) -> None:
    from samspil.identity.rules.model import shipped

    profiles, _ = made_up(2000)
    model = shipped()
    dice = random.Random(2)
    couples = [(dice.choice(profiles), dice.choice(profiles)) for _ in range(20000)]
    turns = []
    for _ in range(5):
        began = time.process_time()
        for a, b in couples:
            model.score(a, b)
        turns.append((time.process_time() - began) / len(couples) * 1e6)
    keep("scorer", {"microseconds_cpu": [round(t, 2) for t in sorted(turns)]})


def page(_args) -> None:
    """Write the figures into the page."""
    whole = json.loads(RESULTS.read_text())
    lines = [
        "| file | rows / persons | precision at join (95 %) | recall | at suggest: P / R | best F1: pairwise | clustered | seconds | MB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, one in whole.items():
        if "join" not in one:
            continue
        join, suggest, low = one["join"]["pairwise"], one["suggest"]["pairwise"], one["join"]["pairwise"]["precision_95"]
        best = [f"{one['best'][k]['f1']:.4f} ({one['best'][k]['threshold']:g})" for k in ("pairwise", "clustered")]
        lines.append(
            f"| {name} | {one['counts']['rows']:,} / {one['counts']['persons']:,} | {join['precision']:.4f} ({low[0]:.3f} to {low[1]:.3f})"
            f" | {join['recall']:.3f} | {suggest['precision']:.3f} / {suggest['recall']:.3f} | {best[0]} | {best[1]}"
            f" | {one['seconds']['all']:.0f} | {one['peak_megabytes']} |"
        )
    for name in ("rival_recordlinkage", "rival_dedupe"):
        if name in whole:
            one = whole[name]
            if "stopped_after_minutes" in one:
                seconds = one["stopped_after_minutes"] * 60
                ended = f"stopped while {one['while']} | | | > {seconds} | {one['megabytes_then']}"
                lines.append(f"| {name}, historical_50k | | | | {ended} |")
                continue
            kind = one.get("pairwise") or one["clustered"]
            rates = f"{kind['precision']:.3f} / {kind['recall']:.3f} | {kind['f1']:.4f}"
            lines.append(f"| {name}, historical_50k | | | | {rates} | | {one['seconds']:.0f} | {one['peak_megabytes']} |")
    lines.append("")
    if "million" in whole:
        one = whole["million"]
        minutes = ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in one["minutes"].items())
        lines.append(
            f"Made-up base of {one['handles']:,} handles: {one['pairs']:,} pairs; minutes: {minutes}; at most {one['peak_megabytes']} MB."
        )
    if "scorer" in whole:
        turns = whole["scorer"]["microseconds_cpu"]
        lines.append(f"One score in Python: {turns[0]} microseconds of CPU at best, {turns[-1]} at worst of five turns.")
    file = Path(__file__).parents[1] / "docs" / "bench" / "identity.md"
    start, _, rest = file.read_text().partition("<!-- figures -->")
    file.write_text(
        f"{start}<!-- figures -->\n" + "\n".join(lines) + f"\n\n<!-- figures -->{rest.partition('<!-- figures -->')[2]}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(required=True)
    for name, function in (("febrl", febrl), ("historical", historical), ("scorer", scorer), ("page", page)):
        parts.add_parser(name).set_defaults(run=function)
    one = parts.add_parser("handles")
    one.add_argument("files", nargs="+", metavar="NAME=FILE.csv")
    one.set_defaults(run=handles)
    one = parts.add_parser("rivals")
    one.add_argument("--tools", nargs="+", default=["recordlinkage", "dedupe"])
    one.set_defaults(run=rivals)
    one = parts.add_parser("million")
    one.add_argument("--handles", type=int, default=1_000_000)
    one.add_argument("--cap", type=int, default=50)
    one.set_defaults(run=million)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
