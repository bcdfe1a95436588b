"""Meanings as bytes: 384 signed bytes each, and the search through many of them. Pure.

The numbers of a vector of length one are small: times 127 through the largest one, rounded. What that costs is measured in
``bench/assist.py``. Whole searches are exact: at 100,000 rows nothing faster is needed.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

WIDTH = 384
CHUNK = 8_192
"""Rows that are turned into numbers at once: so few stay in the processor's cache, and little memory is taken."""


def packed(vectors: Any) -> list[bytes]:
    """Rows of float32 as bytes. A row of zeros stays one."""
    largest = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-9)
    return [row.tobytes() for row in np.rint(vectors / largest * 127).astype(np.int8)]


def unpacked(rows: Sequence[bytes]) -> Any:
    """Bytes as rows of float32 of length one."""
    found = np.frombuffer(b"".join(bytes(row) for row in rows), dtype=np.int8).reshape(len(rows), WIDTH).astype(np.float32)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def cosine(one: bytes, other: bytes) -> float:
    """How alike two of them are."""
    first, second = unpacked([one, other])
    return float(first @ second)


def cosines(matrix: Any, norms: Any, vector: bytes) -> Any:
    """The cosine of one vector to each row of a matrix of signed bytes; ``norms`` are the rows' lengths."""
    wanted = unpacked([vector])[0]
    found = np.empty(len(matrix), dtype=np.float32)
    for start in range(0, len(matrix), CHUNK):
        part = slice(start, start + CHUNK)
        np.dot(matrix[part].astype(np.float32), wanted, out=found[part])
    return found / np.maximum(norms, 1e-9)


def nearest(matrix: Any, norms: Any, vector: bytes, most: int) -> list[tuple[int, float]]:
    """(row, cosine) of the nearest rows, the nearest first; equal ones in the order of the rows."""
    found = cosines(matrix, norms, vector)
    if not len(found):
        return []
    most = min(most, len(found))
    rows = np.argpartition(-found, most - 1)[:most]
    ordered = rows[np.lexsort((rows, -found[rows]))]
    return [(int(row), float(found[row])) for row in ordered]
