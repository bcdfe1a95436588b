"""Rules about the code itself that no linter knows."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps

from samspil.flow import LATER, SIGNALS, TOGETHER

ROOT = Path(__file__).parents[2] / "samspil"
RIVER = [
    "base",
    "organisation",
    "hours",
    "intake",
    "identity",
    "consent",
    "conversation",
    "promise",
    "routing",
    "load",
    "aside",
    "checklist",
    "reply",
    "pulse",
    "assist",
    "elsewhere",
    "handover",
    "automation",
    "relationship",
    "insight",
    "provision",
    "exchange",
]
STAGE = {name: place for place, name in enumerate(RIVER)}
FILES = [p for p in ROOT.rglob("*.py") if "migrations" not in p.parts]
TEMPLATES = list(ROOT.rglob("templates/**/*.html"))
SCRIPTS = [p for p in ROOT.rglob("*") if p.suffix in {".js", ".css"} and "static" not in p.parts]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_file_is_longer_than_400_lines(path):
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", TEMPLATES + SCRIPTS, ids=name)
def test_no_template_or_script_is_too_long(path):
    assert len(path.read_text().splitlines()) <= (150 if path.suffix == ".html" else 400)


def _functions(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_function_is_longer_than_60_lines(path):
    long = [f.name for f in _functions(path) if (f.end_lineno or 0) - f.lineno >= 60]
    assert long == []


def test_foreign_keys_point_upstream():
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if field.is_relation and field.concrete and field.related_model._meta.app_label in STAGE:
                here, there = model._meta.app_label, field.related_model._meta.app_label
                if here in STAGE:
                    assert STAGE[there] <= STAGE[here], f"{here}.{model.__name__}.{field.name} points downstream to {there}"


def test_facts_flow_downstream():
    for flow in (TOGETHER, LATER):
        for fact, reactions in flow.items():
            for reaction in reactions:
                here, there = fact.__module__.split(".")[1], reaction.__module__.split(".")[1]
                assert STAGE[here] < STAGE[there], f"{here} -> {there}"


def test_every_fact_is_named_in_the_past_and_by_its_package():
    facts = {*TOGETHER, *LATER, *SIGNALS}
    assert facts
    for fact in facts:
        package = fact.__module__.split(".")[1]
        assert re.fullmatch(rf"{package}\.[a-z_]+(ed|said|sent|undone|written|read|begun)", fact.kind), fact.kind


def test_no_signal_and_no_hidden_callback():
    for path in FILES:
        if "tests" in path.parts:
            continue
        assert not re.search(r"@receiver\b|django\.db\.models\.signals", path.read_text()), path


WRITES = {"create", "get_or_create", "update_or_create", "bulk_create", "update", "delete"}


def test_only_the_owner_writes_to_a_table():
    """No package calls .objects.create/.save on a model it imported from another package."""
    for path in FILES:
        package = path.relative_to(ROOT).parts[0]
        if "tests" in path.parts:
            continue
        tree = ast.parse(path.read_text())
        foreign = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            and (node.module or "").endswith(".models")
            and node.module.split(".")[1] != package
            for alias in node.names
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
                root = node.func.value
                while isinstance(root, (ast.Attribute, ast.Call)):
                    root = root.value if isinstance(root, ast.Attribute) else root.func
                assert not (isinstance(root, ast.Name) and root.id in foreign), f"{path}:{node.lineno} writes {root.id}"


PUBLIC = {"models", "facts", "queries", "actions", "ports"}
ASSEMBLY = {"project", "screens", "flow.py"}
GROUND = {"base", "kit", "look"}


@pytest.mark.parametrize(
    "path", [p for p in FILES if p.relative_to(ROOT).parts[0] not in ASSEMBLY and "tests" not in p.parts], ids=name
)
def test_packages_meet_only_through_their_public_modules(path):
    own = path.relative_to(ROOT).parts[0]
    for node in ast.walk(ast.parse(path.read_text())):
        names = (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [a.name for a in node.names]
            if isinstance(node, ast.Import)
            else []
        )
        for parts in (n.split(".") for n in names if n.startswith("samspil.")):
            if parts[1] not in GROUND | {own} and len(parts) > 2:
                assert parts[2] in PUBLIC, f"{path}:{node.lineno} reaches into {'.'.join(parts)}"


STAGES = [p for p in (ROOT / s for s in STAGE) if p.is_dir() and p.name != "base"]


@pytest.mark.parametrize("path", [p for s in STAGES for p in [*s.glob("actions.py"), *s.glob("actions/*.py")]], ids=name)
def test_actions_are_documented_and_keyword_only(path):
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and path.name not in {"write.py", "journal.py"}:
            assert ast.get_docstring(node), f"{path}:{node.lineno} {node.name} has no docstring"
            assert not node.args.args, f"{path}:{node.lineno} {node.name} takes arguments by place"


@pytest.mark.parametrize(
    "path", [p for s in STAGES for p in s.rglob("rules*/**/*.py")] + [p for s in STAGES for p in s.glob("rules.py")], ids=name
)
def test_rules_know_no_framework(path):
    assert not re.search(r"^\s*(from|import) (django|psycopg)", path.read_text(), re.MULTILINE)


CHANNELS = sorted(p.parent.name for p in (ROOT / "channels").glob("*/channel.py"))


def test_the_core_names_no_channel():
    """No channel's name stands as a text in the core; it asks capabilities and manifests."""
    assert "mail" in CHANNELS
    allowed = {"mail"}  # a mail address is also how a colleague signs in: the network's name, in identity only
    networks = {
        "base/networks.py",
        "identity/rules/profile.py",
    }  # what networks are called, and where their profiles lie: not channels
    for path in FILES:
        parts = path.relative_to(ROOT).parts
        if parts[0] in {"channels", "screens", "exchange", "project"} or "tests" in parts or name(path) in networks:
            continue
        texts = {
            n.value for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Constant) and isinstance(n.value, str)
        }
        assert not (texts & (set(CHANNELS) - allowed)), path


def test_every_channel_has_its_files():
    for channel in CHANNELS:
        folder = ROOT / "channels" / channel
        for wanted in ("manifest.toml", "channel.py", "conventions.toml", "quality.toml", "doc.md", "fixtures"):
            assert (folder / wanted).exists(), f"{channel} has no {wanted}"


def test_every_model_that_reaches_a_consumer_is_covered_by_privacy():
    """A package with rows about a consumer says how they are exported and forgotten."""
    reach = set()
    models = [m for m in apps.get_models() if m._meta.app_label in STAGE]
    grew = True
    personal = {m for m in models if m._meta.label in {"identity.Consumer", "intake.Handle"}}
    while grew:
        grew = False
        for model in models:
            if model in personal:
                continue
            if any(f.is_relation and f.concrete and f.related_model in personal for f in model._meta.get_fields()):
                personal.add(model)
                grew = True
    reach = {m._meta.app_label for m in personal}
    for package in sorted(reach):
        source = (ROOT / package / "privacy.py").read_text()
        for verb in ("def export_of(", "def forget("):
            assert verb in source, f"{package}/privacy.py has no {verb}"
