"""Everything that a colleague says to a consumer leaves through one gate: no other code makes a reply or a change due."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "samspil"
GATE = "reply/actions/gate.py"
FILES = [p for p in ROOT.rglob("*.py") if not {"migrations", "tests"} & set(p.parts)]
MODELS = {"Reply", "Change"}

PUT_BACK = {
    "reply/actions/outbox.py": "what the outbox had in hand (state sending) is tried again",
    "reply/actions/changing.py": "the same of changes",
    "reply/actions/record.py": "the past: nothing of it is sent",
    "reply/actions/gate.py": "the gate",
}
"""The only modules that write the state in which something is due."""


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _ours(tree: ast.AST) -> set[str]:
    """What this module calls the models of reply."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "") == "samspil.reply.models"
        for alias in node.names
        if alias.name in MODELS
    }


def _due(node: ast.AST) -> bool:
    return (isinstance(node, ast.Constant) and node.value == "queued") or (
        isinstance(node, ast.Attribute) and node.attr == "QUEUED"
    )


def _written(tree: ast.AST) -> Iterator[tuple[int, ast.expr]]:
    """Values that are put into something called ``state``: by assignment, as an argument by name, in a tuple beside others."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                several = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
                pairs = zip(target.elts, node.value.elts, strict=False) if several else [(target, node.value)]
                for place, value in pairs:
                    if isinstance(place, ast.Attribute) and place.attr == "state":
                        yield node.lineno, value
        elif isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            asks = called in {"filter", "exclude", "Q", "get", "count"}
            for keyword in () if asks else node.keywords:
                if keyword.arg == "state":
                    yield node.lineno, keyword.value
            if called == "_move":
                yield from ((node.lineno, value) for value in node.args)


@pytest.mark.parametrize("path", [p for p in FILES if "reply" in p.relative_to(ROOT).parts[:1]], ids=name)
def test_only_the_gate_makes_a_message_due(path):
    tree = ast.parse(path.read_text())
    due = [line for line, value in _written(tree) for part in ast.walk(value) if _due(part)]
    assert due == [] or name(path) in PUT_BACK, f"{name(path)}:{due} makes something due"


def test_the_test_would_see_another_way_past_the_gate():
    """Each form in which a row could be made due."""
    for code in (
        "row.state = 'queued'",
        "row.state, row.send_at = Reply.State.QUEUED, at",
        "Reply.objects.update(state='queued')",
        "Reply(state=Reply.State.QUEUED if ok else 'failed')",
        "_move(row, 'queued', at)",
    ):
        assert [v for _, value in _written(ast.parse(code)) for v in ast.walk(value) if _due(v)], code
    assert not [v for _, value in _written(ast.parse("Reply.objects.filter(state='queued')")) for v in ast.walk(value) if _due(v)]


@pytest.mark.parametrize("path", FILES, ids=name)
def test_only_where_the_gate_is_asked_is_a_message_made(path):
    """Rows are made without being saved, where they are handed to the gate, which saves them; nobody creates one past it."""
    text = path.read_text()
    tree = ast.parse(text)
    models = _ours(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        root = node.func
        chain = []
        while isinstance(root, ast.Attribute):
            chain.append(root.attr)
            root = root.value
        if isinstance(root, ast.Name) and root.id in models:
            assert not {"create", "bulk_create", "get_or_create", "update_or_create"} & set(chain), f"{name(path)}:{node.lineno}"
            if not chain:
                assert re.search(r"\blet_out\(", text), f"{name(path)}:{node.lineno} makes a {root.id} and asks no gate"
    inserts = re.findall(r"INSERT INTO (reply|reply_change)\b", text)
    assert not inserts or name(path) == GATE, f"{name(path)} inserts past the gate"
    assert not re.search(r"UPDATE reply(_change)? \w* ?SET[^\"]*state = 'queued'", text), name(path)


def test_nobody_reaches_the_rows_from_outside_but_through_actions():
    """Outside reply no module takes the gate, or what puts back, into its own hands."""
    for path in FILES:
        if path.relative_to(ROOT).parts[0] != "reply":
            assert "samspil.reply.actions.gate" not in path.read_text(), name(path)
