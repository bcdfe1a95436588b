"""Nobody but the organisation knows a role: everybody else asks for a right, every right is asked for, and each has its words."""

import ast
import re
from pathlib import Path

from django.utils.translation import override

from samspil.organisation.queries.rights import REACHES, Right
from samspil.organisation.rules.rights import Reach
from samspil.screens.setup.rights_words import GROUPS, WORDS, reach_words, right_words

ROOT = Path(__file__).parents[2] / "samspil"
SOURCES = [p for p in ROOT.rglob("*.py") if not {"migrations", "tests"} & set(p.parts)]
TEMPLATES = list(ROOT.rglob("templates/**/*.html"))
MAY_KNOW = {
    "organisation": "the roles are its own",
    "identity/rules": "an address of a role: info@, support@",
    "identity/actions/compare.py": "an address of a role",
    "provision": "directories and files give the built-in roles by name",
    "exchange/actions/demo": "the demo's colleagues",
    "screens/setup/views/first_run.py": "the first colleague is an administrator",
    "screens/setup/rights_words.py": "what the built-in roles are called",
    "screens/setup/templatetags/setup_words.py": "what a colleague's role is called",
    "screens/setup/views/roles.py": "the page of roles",
    "screens/setup/views/organisation.py": "the roles that can be given",
    "screens/setup/views/arrange.py": "a colleague's role in the form",
}
"""Where a role may be named, and why."""


def _free(path: Path) -> bool:
    here = path.relative_to(ROOT).as_posix()
    return not any(here == part or here.startswith((f"{part}/", f"{part}_")) or here == f"{part}.py" for part in MAY_KNOW)


def _names_a_role(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "Role" or (
            node.attr in {"role", "custom_role", "custom_role_id", "is_staff"} and isinstance(node.ctx, ast.Load)
        )
    if isinstance(node, ast.keyword):
        return node.arg in {"role", "role__in", "custom_role"}
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and bool(re.search(r"\brole(_id)?\s*(=|IN\b|<>|!=)\s*[('%]", node.value))
    )


def test_nobody_else_asks_for_a_role():
    found = [
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
        for path in SOURCES
        if _free(path)
        for node in ast.walk(ast.parse(path.read_text()))
        if _names_a_role(node)
    ]
    assert found == []


def test_every_place_that_may_know_one_is_there():
    assert [part for part in MAY_KNOW if not any((ROOT / part).parent.glob(f"{(ROOT / part).name}*"))] == []


def test_no_page_asks_for_a_role():
    asks = re.compile(r"\{%[^%]*(colleague|user|me|by)\.(role|custom_role|is_staff|is_superuser)\b[^%]*%\}")
    assert [str(path.relative_to(ROOT)) for path in TEMPLATES if asks.search(path.read_text())] == []


def test_a_page_asks_for_rights_that_there_are():
    asked = {name: path for path in TEMPLATES for name in re.findall(r"\brights\.(\w+)", path.read_text())}
    assert set(asked) <= set(Right), asked
    assert asked


def test_every_right_is_asked_for():
    """By an action, a query or a page: a right that nothing asks for would be a promise of nothing."""
    skipped = {ROOT / "organisation/rules/rights.py", ROOT / "screens/setup/rights_words.py"}
    text = "\n".join(path.read_text() for path in SOURCES if path not in skipped)
    assert [right.name for right in Right if f"Right.{right.name}" not in re.sub(r"Right\.(\w+)\s*:", "", text)] == []


def test_every_right_has_words_in_both_languages():
    assert set(WORDS) == set(Right)
    assert sorted(right for _title, some in GROUPS for right in some) == sorted(Right)
    assert set(REACHES) == set(Right)
    assert all(
        reaches[0] == Reach.NOWHERE and list(reaches) == sorted(reaches) and len(reaches) > 1 for reaches in REACHES.values()
    )
    told: dict[str, list[str]] = {}
    for language in ("da", "en"):
        with override(language):
            told[language] = [*(right_words(right) for right in Right), *(reach_words(reach) for reach in Reach)]
        assert len(set(told[language])) == len(told[language])
    same = [one for one, other in zip(told["da"], told["en"], strict=True) if one == other]
    assert same == []
