"""What was made of the mails, against what they say."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping


def partition(found: Iterable[tuple[str, str]], truth: Mapping[str, int]) -> dict[str, int]:
    """How the threads made agree with the truth.

    ``missing``: mails that are nowhere. ``threads``: how many were made of these mails. ``whole``: threads of the truth that are
    exactly one thread made. ``pairs_joined_wrongly`` and ``pairs_split``: pairs of mails on which made and truth disagree.
    """
    made = {ident: thread for ident, thread in found if ident in truth}
    true_sets = _sets(truth)
    made_sets = _sets(made)
    both = Counter((truth[ident], thread) for ident, thread in made.items())
    together = sum(n * (n - 1) // 2 for n in both.values())
    return {
        "missing": len(truth) - len(made),
        "threads": len(made_sets),
        "threads_in_truth": len(true_sets),
        "whole": len({frozenset(s) for s in true_sets.values()} & {frozenset(s) for s in made_sets.values()}),
        "pairs_joined_wrongly": sum(len(s) * (len(s) - 1) // 2 for s in made_sets.values()) - together,
        "pairs_split": sum(len(s) * (len(s) - 1) // 2 for s in true_sets.values()) - together,
    }


def doubled(found: Iterable[tuple[str, str]], idents: set[str]) -> int:
    """How many of these mails are kept more than once."""
    times = Counter(ident for ident, _ in found if ident in idents)
    return sum(n > 1 for n in times.values())


def _sets(threads: Mapping[str, object]) -> dict[object, set[str]]:
    sets: dict[object, set[str]] = defaultdict(set)
    for ident, thread in threads.items():
        sets[thread].add(ident)
    return sets
